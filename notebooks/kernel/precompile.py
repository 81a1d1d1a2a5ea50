"""precompile.py SETTINGS NOTEBOOK...: compiles the headers that notebooks include, as the kernel would before their first cell."""
import json
import shutil
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent))
from compiler import CompileError, Compiler
from session import Session


def main(settings, paths):
    compiler = Compiler(json.loads(Path(settings).read_text()))
    try:
        for path in paths:
            session, n = Session(), 0
            for cell in json.loads(Path(path).read_text())["cells"]:
                code = "".join(cell["source"])
                if cell["cell_type"] != "code" or not code.strip() or code.startswith(("%", "?")):
                    continue
                n += 1
                directives, _, _ = session.translate(n, code)
                session.preamble += session.fresh
                compiler.precompile(directives)
    except CompileError as e:
        sys.exit(f"{path}: {e}\n{e.said}")
    finally:
        shutil.rmtree(compiler.folder, ignore_errors=True)


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2:])
