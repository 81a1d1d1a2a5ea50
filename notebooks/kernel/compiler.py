"""A cell's way from text to a shared object: the compiler, objcopy and ld in a folder of the session's own."""
import hashlib
import os
import subprocess
import tempfile
from pathlib import Path

KERNEL = Path(__file__).resolve().parent


class CompileError(Exception):
    """`said` is what the compiler or the linker printed."""

    def __init__(self, said):
        lines = said.splitlines()
        super().__init__(next((line for line in lines if "error:" in line), lines[0] if lines else "no message"))
        self.said = said


class Compiler:
    """settings: as cmake wrote them (settings.json): compiler, flags, root, build."""

    def __init__(self, settings):
        self.command = [settings["compiler"], *settings["flags"], "-fPIC", "-g", "-Wall", "-Wno-unused",
                        "-I" + str(KERNEL), "-I" + settings["root"]]
        self.clang = settings["compiler_id"] == "Clang"
        self.cache = Path(settings["build"]) / "notebooks" / "precompiled"
        self.root = Path(settings["root"])
        self.folder = Path(tempfile.mkdtemp(prefix="gradus-cells-"))
        self.precompiled, self.use = None, []  # the directives that are compiled already, and the options that use them

    def tool(self, *command):
        r = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, stdin=subprocess.DEVNULL)
        if r.returncode != 0:
            raise CompileError(r.stderr)
        return r.stderr

    def precompile(self, directives):
        """Compiles what all cells have included: once for each list of includes; the build keeps those of the notebooks."""
        if directives == self.precompiled:
            return ""
        text = '#include "cell.h"\n' + "".join(f"{line}\n{directive}\n" for line, directive in directives)
        what = [directive for _, directive in directives]
        key = hashlib.sha256(repr((self.command, what, self.newest_header())).encode()).hexdigest()[:16]
        folder = self.cache / key
        folder.mkdir(parents=True, exist_ok=True)
        header, made = folder / "includes.h", folder / ("includes.h.pch" if self.clang else "includes.h.gch")
        said = ""
        if not made.exists():
            header.write_text(text)
            part = folder / f"part.{os.getpid()}"
            more = ["-Xclang", "-fpch-instantiate-templates"] if self.clang else []
            said = self.tool(*self.command, *more, "-x", "c++-header", str(header), "-o", str(part))
            part.rename(made)
        self.precompiled, self.use = directives, ["-include-pch", str(made)] if self.clang else ["-include", str(header)]
        return said

    def newest_header(self):
        rooms = [self.root / room for room in ("autograd", "nn", "model", "maximize")] + [KERNEL]
        return max((h.stat().st_mtime_ns for room in rooms for h in room.rglob("*.h")), default=0)

    def build(self, n, code, unit):
        """The shared object of cell n, and the compiler's warnings. Throws CompileError."""
        name = f"cell_{n}"
        (self.folder / f"{name}.cpp").write_text(unit)
        (self.folder / f"In[{n}]").write_text(code)  # the compiler quotes, and gdb shows, the file that #line names
        said = self.tool(*self.command, *self.use, "-c", f"{name}.cpp", "-o", f"{name}.o")
        # The host calls the initializers itself: an exception that leaves dlopen would leave its lock taken.
        self.tool("objcopy", "--rename-section", ".init_array=cell_init", f"{name}.o")
        self.tool("ld", "-shared", "--eh-frame-hdr", f"{name}.o", "-o", f"{name}.so")
        return self.folder / f"{name}.so", said
