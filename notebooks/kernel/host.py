"""The host process of a session, seen from the kernel: its pipes, its output, its end."""
import json
import os
import selectors
import signal
import struct
import subprocess


class Died(Exception):
    """The host process is gone, and with it the state. Says why."""


class Host:
    """on_stream(name, text): what the cells print. on_bundle(kind, bundle): what they show, 'D' or 'R'."""

    def __init__(self, program, on_stream, on_bundle):
        self.on_stream, self.on_bundle = on_stream, on_bundle
        cell_in, self.to_host = os.pipe()
        self.from_host, cell_out = os.pipe()
        out, cell_stdout = os.pipe()
        err, cell_stderr = os.pipe()
        # Threads that spin while they wait cost much on a busy machine, and one core is the browser's.
        self.process = subprocess.Popen([program, str(cell_in), str(cell_out)], stdin=subprocess.DEVNULL, stdout=cell_stdout,
                                        stderr=cell_stderr, pass_fds=(cell_in, cell_out), start_new_session=True,
                                        env={"GOMP_SPINCOUNT": "1000", **os.environ})
        for fd in (cell_in, cell_out, cell_stdout, cell_stderr):
            os.close(fd)
        self.streams, self.rest = {out: "stdout", err: "stderr"}, {out: b"", err: b""}
        self.selector = selectors.DefaultSelector()
        for fd in (self.from_host, out, err):
            self.selector.register(fd, selectors.EVENT_READ)
        for fd in self.streams:
            os.set_blocking(fd, False)
        self.pid = self.until_end()["pid"]  # of the process that runs the cells: another one after a crash

    def drain(self, fd):
        """Hands on what was printed; an incomplete character waits for the next time."""
        while True:
            try:
                b = os.read(fd, 65536)
            except BlockingIOError:
                return
            if not b:
                if fd in self.selector.get_map():
                    self.selector.unregister(fd)
                return
            b, self.rest[fd] = self.rest[fd] + b, b""
            try:
                text = b.decode()
            except UnicodeDecodeError as e:
                cut = e.start if len(b) - e.start < 4 else len(b)
                text, self.rest[fd] = b[:cut].decode(errors="replace"), b[cut:]
            if text:
                self.on_stream(self.streams[fd], text)

    def exactly(self, n):
        b = b""
        while len(b) < n:
            part = os.read(self.from_host, n - len(b))
            if not part:
                raise Died
            b += part
        return b

    def until_end(self):
        """Hands on all output until the cell ends; returns how it did."""
        while True:
            ready = [key.fd for key, _ in self.selector.select()]
            for fd in self.streams:
                if fd in ready:
                    self.drain(fd)
            if self.from_host not in ready:
                continue
            kind = self.exactly(1).decode()
            body = json.loads(self.exactly(struct.unpack("<I", self.exactly(4))[0]))
            for fd in self.streams:  # what was printed before it
                self.drain(fd)
            if kind == "E":
                self.pid = body["pid"]
                return body
            self.on_bundle(kind, body)
            os.write(self.to_host, b"k")

    def ask(self, kind, text):
        b = text.encode()
        try:
            os.write(self.to_host, kind.encode() + struct.pack("<I", len(b)) + b)
        except BrokenPipeError:
            raise Died from None
        try:
            return self.until_end()
        except KeyboardInterrupt:
            os.kill(self.pid, signal.SIGINT)
            return self.until_end()

    def load(self, library):
        return self.ask("L", str(library))

    def run(self, n, shared_object):
        return self.ask("X", f"{n}\n{shared_object}")

    def close(self):
        """Ends it; returns in words how it ended."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        status = self.process.wait()
        for fd in [self.from_host, self.to_host, *self.streams]:
            os.close(fd)
        return signal.strsignal(-status) if status < 0 else f"exit status {status}"
