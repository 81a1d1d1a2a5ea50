"""For the notebooks' tests: cells run through nbconvert, or one after the other by a client of the kernel.

A test is started with the build folder as its last argument, and ends with status 77 where Jupyter is not installed."""
import json
import os
import re
import sys
import unittest
from contextlib import contextmanager
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
sys.path[:0] = [str(ROOT / "notebooks"), str(ROOT / "notebooks/kernel")]
try:
    import ipykernel, nbconvert  # noqa: F401
except ImportError as e:
    print(f"skipped: {e}: apt-get install python3-ipykernel jupyter-nbconvert")
    sys.exit(77)
from jupyter_client.manager import start_new_kernel
from notebook import execute, jupyter_path, new_notebook

BUILD = Path(sys.argv.pop()).resolve()
GNU = json.loads((BUILD / "notebooks/settings.json").read_text())["compiler_id"] == "GNU"
GRADUS = '#include "autograd/error.h"\n#include "autograd/ops.h"\n#include "autograd/tape.h"\nusing namespace gradus;'


def outputs(notebook):
    """What each cell showed: results and displays as bundles, streams as text, errors as "ENAME: EVALUE" and their traceback."""
    found = []
    for cell in notebook.cells:
        out = []
        for o in cell.get("outputs", []):
            if o.output_type == "stream":
                out.append(o.text)
            elif o.output_type == "error":
                out += [f"{o.ename}: {o.evalue}", "\n".join(o.traceback)]
            else:
                out.append(o.data)
        found.append(out)
    return found


def run(*cells):
    return outputs(execute(new_notebook(cells), BUILD, stop_at_error=False))


def error(out):
    """ "ENAME: EVALUE" of a cell that failed, past the compiler's warnings."""
    return next(o for o in out if isinstance(o, str) and re.match(r"[\w:]+: ", o) and "warning" not in o)


def text(out):
    return [o["text/plain"] if isinstance(o, dict) else o for o in out]


class Client:
    """A running kernel, cell by cell."""

    def __init__(self):
        self.manager, self.client = start_new_kernel(kernel_name="xcpp20")

    def run(self, code, seconds=120, on_text=lambda text: None):
        """(status or "ENAME: EVALUE", what it showed)"""
        shown = []

        def hook(message):
            content = message["content"]
            if message["msg_type"] == "stream":
                on_text(content["text"])
            if message["msg_type"] in ("stream", "execute_result", "display_data"):
                shown.append(content.get("text") or content["data"]["text/plain"])

        reply = self.client.execute_interactive(code, timeout=seconds, output_hook=hook, stop_on_error=False)["content"]
        return f"{reply['ename']}: {reply['evalue']}" if reply["status"] == "error" else reply["status"], "".join(shown)


@contextmanager
def client():
    one = Client()
    try:
        yield one
    finally:
        one.manager.shutdown_kernel()  # not at once: it removes its folder
        one.client.stop_channels()


def main():
    os.environ.update(jupyter_path(BUILD))
    unittest.main(argv=sys.argv[:1], verbosity=1, warnings="ignore")
