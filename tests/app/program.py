"""What the tests of the program share: a temporary home with small data and weights, runs, and the shape of an error.

The program is copied to HOME/bin beside HOME/share/gradus/weights, so that the weights it takes by default are the test's own.
"""
import json
import os
import random
import shutil
import struct
import subprocess
import sys
import tempfile
import unittest

ENVIRONMENT = dict(os.environ, OMP_WAIT_POLICY="passive", LC_ALL="C.UTF-8")
CNN = ["train", "cnn", "--data", "mini", "--batch", "4", "--threads", "1"]
GPT = ["train", "gpt", "--data", "text", "--batch", "4", "--layers", "1", "--heads", "2", "--width", "16", "--context", "8",
       "--dropout", "0.1", "--threads", "1"]


def idx(path, shape, data):
    with open(path, "wb") as f:
        f.write(bytes([0, 0, 8, len(shape)]) + struct.pack(f">{len(shape)}I", *shape) + bytes(data))


def header_of(path):
    """The JSON header of a safetensors file."""
    with open(path, "rb") as f:
        length, = struct.unpack("<Q", f.read(8))
        return json.loads(f.read(length))


def instead(run, *options):
    """The run with other values of these options: each name is followed by its value."""
    run = list(run)
    for name, value in zip(options[::2], options[1::2]):
        if name in run:
            run[run.index(name) + 1] = value
        else:
            run += [name, value]
    return run


class ProgramTest(unittest.TestCase):
    maxDiff = None

    @classmethod
    def setUpClass(cls):
        cls.folder = tempfile.TemporaryDirectory(prefix="gradus-app-")
        cls.addClassCleanup(cls.folder.cleanup)
        cls.home = cls.folder.name
        for name in ("bin", "share/gradus/weights", "mini"):
            os.makedirs(cls.path(name))
        cls.program = shutil.copy(sys.argv[1], cls.path("bin/gradus"))
        r = random.Random(1)
        for part, n in (("train", 40), ("t10k", 10)):
            idx(cls.path(f"mini/{part}-images-idx3-ubyte"), [n, 28, 28], r.choices(range(256), k=n * 784))
            idx(cls.path(f"mini/{part}-labels-idx1-ubyte"), [n], r.choices(range(10), k=n))
        with open(cls.path("text"), "w") as f:
            f.write("".join(r.choices("abcd \n", k=1000)))
        cls.make("cnn.safetensors", CNN + ["--steps", "20"])
        cls.make("cnn_noise.safetensors", CNN + ["--noise", "--steps", "20"])
        for seed in "12":
            cls.make(f"judge{seed}.safetensors", ["train", "judge", "--data", "mini", "--batch", "5", "--steps", "4", "--threads", "1",
                                                  "--seed", seed])
        cls.make("characters.safetensors", GPT + ["--steps", "20"])
        cls.make("gpt.safetensors", ["train", "gpt", "--layers", "2", "--heads", "2", "--width", "32", "--context", "16",
                                     "--steps", "30", "--threads", "1"])

    @classmethod
    def path(cls, name):
        return os.path.join(cls.home, name)

    @classmethod
    def make(cls, name, arguments):
        done = cls.run_program(*arguments, "--out", "share/gradus/weights/" + name)
        if done.returncode != 0:
            raise RuntimeError(f"{name}: {done.stderr}")
        os.link(cls.path("share/gradus/weights/" + name), cls.path(name))

    @classmethod
    def run_program(cls, *arguments, text=True, **more):
        more = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE, **more}
        return subprocess.run([cls.program, *arguments], cwd=cls.home, env=ENVIRONMENT, stdin=subprocess.DEVNULL, timeout=120,
                              text=text, **more)

    def bytes_of(self, name):
        with open(self.path(name), "rb") as f:
            return f.read()

    def files(self):
        return sorted(os.path.relpath(os.path.join(folder, name), self.home)
                      for folder, _, names in os.walk(self.home) for name in names)

    def succeeds(self, *arguments):
        done = self.run_program(*arguments)
        self.assertEqual((done.returncode, done.stderr), (0, ""), arguments)
        return done.stdout

    def fails(self, *arguments, words=(), status=(2,)):
        """The run ends with this status, nothing on standard output, one line which has the words, and no new file."""
        before = self.files()
        done = self.run_program(*arguments, text=False)
        error = done.stderr.decode()  # of any input: the message is UTF-8
        self.assertIn(done.returncode, status, (arguments, error))
        self.assertEqual(done.stdout, b"", arguments)
        self.assertRegex(error, r"\Agradus: [^\n]+\n\Z", arguments)
        self.assertLess(len(error), 1000, arguments)
        for word in words:
            self.assertIn(word, error, arguments)
        self.assertEqual(self.files(), before, arguments)
        return error


def main():
    if len(sys.argv) < 2:
        sys.exit(f"usage: {sys.argv[0]} PROGRAM [TEST]")
    sys.argv[1] = os.path.abspath(sys.argv[1])
    unittest.main(module="__main__", argv=[sys.argv[0], *sys.argv[2:]])
