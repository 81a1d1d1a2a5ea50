"""From the student's file to a program: that file is compiled, the tests are objects already."""
import json
import os
import re
import subprocess
from pathlib import Path

from .exercises import HERE, ROOT, Problem

COMPILER_SECONDS = 60


class Build:
    """What `cmake --build BUILD --target exercises` has made."""

    def __init__(self, build, announce=lambda text: None):
        self.folder = Path(build).resolve()
        if not (self.folder / "CMakeCache.txt").exists():
            raise Problem(f"{build} is no build folder: expected one, as cmake --preset release makes it")
        self._make(announce)
        self.settings = json.loads((self.folder / "exercises/settings.json").read_text())

    def _make(self, announce):
        """The tests' objects, where one is missing or older than its source. Only the first time takes long."""
        stamp = self.folder / "exercises/built"
        sources = [*HERE.glob("[0-9][0-9]-*/*_test.cpp"), *HERE.glob("[0-9][0-9]-*/exercise.h"), *HERE.glob("checker/exercise.*"),
                   ROOT / "cmake/exercises.cmake"]
        library = list(self.folder.glob("libgradus64.so"))
        if stamp.exists() and library and all(s.stat().st_mtime < stamp.stat().st_mtime for s in sources):
            return
        announce("building the tests (the first time takes a minute or two)")
        done = subprocess.run(["cmake", "--build", str(self.folder), "--target", "exercises"], capture_output=True, text=True)
        if done.returncode:
            found = [line for line in (done.stdout + done.stderr).splitlines() if re.search(r"error|No rule|unknown target", line)]
            raise Problem(f"the exercises' tests could not be built in {self.folder}: " + (found or ["cmake failed"])[0])
        stamp.write_text("")

    def compile(self, exercise, source, program):
        """Compiles `source` as the answer to an exercise, and links `program`. Returns the compiler's words, "" where all is well."""
        tests = [o for o in self.settings["tests"].get(exercise.name, []) if o.endswith(".o")]
        if not tests:
            raise Problem(f"{exercise.name} has no tests in {self.folder}: cmake --build {self.folder} --target exercises")
        runner = [o for o in self.settings["runner"] if not o.endswith(".gch")]
        libraries = self.settings["libraries"]
        command = [self.settings["compiler"], *self.settings["flags"], "-Wall", "-Wextra", "-DGRADUS_DOUBLE", "-DGRADUS_EXERCISE",
                   f"-I{ROOT}", f"-I{HERE}", f"-I{exercise.folder}", "-fdiagnostics-color=never", str(source), *tests,
                   *runner, *libraries, f"-Wl,-rpath,{Path(libraries[0]).parent}", "-o", str(program)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, errors="replace", timeout=COMPILER_SECONDS,
                                  env={**os.environ, "LC_ALL": "C.UTF-8"})
        except subprocess.TimeoutExpired:
            return f"error: the compiler was stopped after {COMPILER_SECONDS} seconds"
        return "" if done.returncode == 0 else done.stderr.strip() or "error: the compiler failed"
