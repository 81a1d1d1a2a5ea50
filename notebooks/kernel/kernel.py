"""The Jupyter kernel of Gradus' notebooks: ipykernel speaks the protocol, the compiler that built the library makes a shared object of each
cell, notebook_host loads it. How a cell becomes one: session.py; README.md beside this file tells the way through."""
import base64
import json
import os
import re
import shutil
import sys
from pathlib import Path

from ipykernel.kernelapp import IPKernelApp
from ipykernel.kernelbase import Kernel

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compiler import CompileError, Compiler
from glossary import Glossary
from host import Died, Host
from session import Session

OURS = re.compile(r'#\s*include\s*[<"](autograd|nn|model|maximize)/|#\s*include\s*[<"]show\.h')
DOUBLE = re.compile(r"#\s*define\s+GRADUS_DOUBLE\b")
KEYWORDS = "auto bool break case catch char class const constexpr continue default delete do double else enum explicit extern false float for if inline int long namespace new nullptr operator private protected public return short signed sizeof static static_assert struct switch template this throw true try typedef typename union unsigned using virtual void volatile while".split()


class Cells:
    """A notebook's C++: what was declared, the compiler, the process that runs it."""

    def __init__(self, settings, on_stream, on_bundle):
        self.settings, self.on_stream = settings, on_stream
        self.session, self.compiler = Session(), Compiler(settings)
        self.host = Host(settings["host"], on_stream, on_bundle)
        self.library = None  # of ours, the one that is loaded

    def load_library(self, directives):
        """libgradus, or libgradus64 where GRADUS_DOUBLE is defined before: as soon as a cell includes one of our headers."""
        if self.library or not any(OURS.match(text) for _, text in directives):
            return
        double = any(DOUBLE.match(text) for _, text in directives)
        self.library = self.settings["gradus64" if double else "gradus"]
        answer = self.host.load(self.library)
        if answer["status"] != "ok":
            raise CompileError(answer["evalue"])

    def run(self, n, code):
        """How it ended: status (ok, error, crash), ename, evalue, text. Throws Died, CompileError."""
        compiled_once, unit, cell = self.session.translate(n, code)
        try:
            said = self.compiler.precompile(compiled_once)
            path, more = self.compiler.build(n, code, unit)
        except CompileError as e:
            e.said += self.session.why(e.said)
            raise
        if said + more:
            self.on_stream("stderr", said + more)
        self.load_library(compiled_once)
        end = self.host.run(n, path)
        self.session.learn(cell, None if end["status"] == "crash" else end["reached"], end["types"])
        return end

    def debug(self):
        steps = "" if self.settings["steps"] else " -ex 'echo To step into the library: notebooks/start --build build/debug\\n'"
        return (f"gdb -q -p {self.host.pid} -x {self.settings['root']}/autograd/inspect/gdb/gradus.py "
                f"-ex 'directory {self.compiler.folder}' -ex 'set breakpoint pending on'{steps}")

    def close(self):
        shutil.rmtree(self.compiler.folder, ignore_errors=True)
        return self.host.close()


def as_image(svg):
    """A drawing once more, in HTML: JupyterLab shows no bare SVG of a notebook that is not trusted yet, and nbconvert 6.5 empties it."""
    about = re.search(r'aria-label="([^"]*)"', svg)
    return f'<img alt="{about[1] if about else "a drawing"}" src="data:image/svg+xml;base64,{base64.b64encode(svg.encode()).decode()}">'


class GradusKernel(Kernel):
    implementation, implementation_version = "gradus", "0.1"
    language_info = {"name": "C++", "version": "20", "mimetype": "text/x-c++src", "file_extension": ".cpp",
                     "codemirror_mode": "text/x-c++src", "pygments_lexer": "cpp"}
    banner = "C++20 with Gradus. ?name shows what the headers say of it; %debug opens a debugger on this notebook."
    help_links = []
    settings = json.loads(Path(os.environ["GRADUS_NOTEBOOK_SETTINGS"]).read_text())
    cells, words, silent = None, None, False

    def stream(self, name, text):
        if not self.silent:
            self.send_response(self.iopub_socket, "stream", {"name": name, "text": text})

    def bundle(self, kind, data):
        if self.silent:
            return
        if "text/plain" not in data:
            data = {**data, "text/plain": "<" + ", ".join(data) + ">"}
        if "image/svg+xml" in data and "text/html" not in data:
            data = {**data, "text/html": as_image(data["image/svg+xml"])}
        message = {"data": data, "metadata": {}}
        if kind == "R":
            message["execution_count"] = self.execution_count
        self.send_response(self.iopub_socket, "execute_result" if kind == "R" else "display_data", message)

    def do_execute(self, code, silent, store_history=True, user_expressions=None, allow_stdin=False, **_):
        self.silent = silent
        if not code.strip():
            return self.ok()
        name = code.strip()
        if re.fullmatch(r"\?\s*[\w:~]+|[\w:~]+\s*\?", name):
            return self.explain(name.strip("? "))
        try:
            self.cells = self.cells or Cells(self.settings, self.stream, self.bundle)
            if name == "%debug":
                self.stream("stdout", self.cells.debug() + "\n")
                return self.ok()
            end = self.cells.run(self.execution_count, code)
        except CompileError as e:
            end = {"status": "error", "ename": "CompileError", "evalue": str(e), "text": e.said}
        except KeyboardInterrupt:
            end = {"status": "error", "ename": "Interrupt", "evalue": "while the cell was compiled", "text": ""}
        except Died:
            why, self.cells = self.cells.close() if self.cells else "it did not start", None
            end = {"status": "crash", "ename": "StateLost", "evalue": why,
                   "text": f"The C++ process ended ({why}). A new one starts with the next cell: run the cells above again."}
        return self.ok() if end["status"] == "ok" else self.failed(end)

    def failed(self, end):
        lines = [f"\x1b[0;31m{end['ename']}\x1b[0m: {end['evalue']}"] + end["text"].splitlines()
        error = {"ename": end["ename"], "evalue": end["evalue"], "traceback": lines}
        if not self.silent:
            self.send_response(self.iopub_socket, "error", error)
        return {"status": "error", "execution_count": self.execution_count, **error}

    def ok(self):
        return {"status": "ok", "execution_count": self.execution_count, "payload": [], "user_expressions": {}}

    # --- help and completion

    def glossary(self):
        self.words = self.words or Glossary(Path(self.settings["root"]))
        return self.words

    def what_is(self, name):
        own = [text for key, _, text, _ in (self.cells.session.entries if self.cells else []) if key[1] == name]
        return "\n\n".join(filter(None, [self.glossary().explain(name), *own]))

    def explain(self, name):
        self.stream("stdout", (self.what_is(name) or f"Neither the headers nor this notebook know {name}.") + "\n")
        return self.ok()

    def do_inspect(self, code, cursor_pos, detail_level=0, omit_sections=()):
        word = re.search(r"[\w:]*$", code[:cursor_pos])[0] + re.match(r"\w*", code[cursor_pos:])[0]
        text = self.what_is(word.strip(":")) if word else ""
        return {"status": "ok", "found": bool(text), "data": {"text/plain": text} if text else {}, "metadata": {}}

    def do_complete(self, code, cursor_pos):
        begun = re.search(r"\w*$", code[:cursor_pos])[0]
        member = re.search(r"(\.|->|::)\s*\w*$", code[:cursor_pos])
        names = self.glossary().names(members=bool(member))
        if not member:
            names |= set(KEYWORDS) | {key[1] for key, *_ in (self.cells.session.entries if self.cells else [])}
        if member and member[1] == "::":
            names |= self.glossary().names(members=False)
        matches = sorted(n for n in names if n.startswith(begun) and n != begun)
        return {"status": "ok", "matches": matches, "cursor_start": cursor_pos - len(begun), "cursor_end": cursor_pos, "metadata": {}}

    def do_is_complete(self, code):
        depth = sum(code.count(c) for c in "([{") - sum(code.count(c) for c in ")]}")
        return {"status": "incomplete", "indent": "  "} if depth > 0 else {"status": "complete"}

    def do_shutdown(self, restart):
        if self.cells:
            self.cells.close()
            self.cells = None
        return {"status": "ok", "restart": restart}


if __name__ == "__main__":
    IPKernelApp.launch_instance(kernel_class=GradusKernel)
