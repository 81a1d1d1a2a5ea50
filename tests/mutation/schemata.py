"""One library that holds every mutant: each function's body becomes a switch over all its changed bodies, and an
environment variable picks one at run time (mutant schemata: Untch, Offutt, Harrold 1993). So a source file is compiled
once, not once a mutant.
"""
import hashlib
import json
import re
import shlex
import subprocess
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

VARIABLE = "GRADUS_MUTANT"
PICK = f"""#pragma once
#include <cstdlib>
namespace {{
const int gradus_mutant = std::getenv("{VARIABLE}") ? std::atoi(std::getenv("{VARIABLE}")) : 0;
}}
"""


def library_of(mutant):
    """Which of the libraries holds it. Mutants in a template would be compiled once for each mutant that calls it, and those
    in a header once for each file, so they are kept apart."""
    return "headers" if mutant.path.endswith(".h") else "templates" if mutant.function.template else "sources"


def one_line(text):
    return " ".join(re.sub(r"//[^\n]*", "", text).split())


def with_mutants(source, mutants):
    """The source with all these mutants inside: a list of (number, mutant). The compiler is told that mutant n stands in
    line n of a file "mutant", so that its errors name it."""
    text, tokens, insertions = source.text, source.tokens, []
    for function in source.functions:
        own = [(n, m) for n, m in mutants if m.function is function]
        if own:
            begin, end = tokens[function.first - 1].end, tokens[function.last].start
            cases = "".join(f'\n#line {n} "mutant"\ncase {n}: {{ {one_line(text[begin:m.start] + m.replacement + text[m.end:end])} }} break;'
                            for n, m in own)
            line = source.line(begin)
            insertions.append((begin, f'\nswitch (gradus_mutant) {{{cases}\ndefault: {{\n#line {line} "{source.path}"\n'))
            insertions.append((end, "}}"))
    for at, what in sorted(insertions, reverse=True):
        text = text[:at] + what + text[at:]
    return text


def blamed(errors):
    """The numbers of the mutants that do not compile."""
    found, context = set(), []
    for line in errors.splitlines():
        here = re.match(r"mutant:(\d+):\d+:\s+(.*)", line)
        if re.search(r"\berror:", line):
            if here:
                found.add(int(here[1]))
            elif context:
                found.add(context[0])
            context = []
        elif here and here[2].startswith("required"):
            context.append(int(here[1]))
    return found


class Library:
    """libgradus64 with the mutants of some sources; the other object files are those of the build."""

    def __init__(self, root, build, folder):
        self.root, self.build, self.folder = root, build, folder
        self.commands = {}
        for entry in json.loads((build / "compile_commands.json").read_text()):
            words = shlex.split(entry["command"])
            place = words[words.index("-o") + 1]
            if "gradus64.dir/" in place:
                self.commands[str(Path(entry["file"]).relative_to(root))] = words, place
        self.stillborn = set()

    def make(self, mutants, jobs, say):
        """mutants: (number, mutant), of .cpp files or of headers."""
        include = self.folder / "include"
        include.mkdir(parents=True, exist_ok=True)
        (include / "pick.h").write_text(PICK)
        headers = any(m.path.endswith(".h") for _, m in mutants)
        paths = sorted(p for p in self.commands if p.startswith("autograd/")) if headers else sorted({m.path for _, m in mutants})
        if headers:
            self._headers(mutants, paths, include, say)
        else:
            with ThreadPoolExecutor(jobs) as pool:
                for stillborn in pool.map(lambda p: self._compile(p, [(n, m) for n, m in mutants if m.path == p], include, say), paths):
                    self.stillborn |= stillborn
        self._link(paths)

    def _headers(self, mutants, paths, include, say):
        """A header is tried in one source first, to find what does not compile."""
        live = list(mutants)
        while True:
            for source in {id(m.source): m.source for _, m in mutants}.values():
                place = include / source.path
                place.parent.mkdir(parents=True, exist_ok=True)
                place.write_text(with_mutants(source, live))
            bad = set()
            for path in paths:
                _, errors = self._run(path, self.root / path, include, say)
                bad = blamed(errors)
                if errors:
                    break
            else:
                return
            if not bad:
                raise SystemExit(f"{path} does not compile:\n{errors[:4000]}")
            self.stillborn |= bad
            live = [(n, m) for n, m in live if n not in bad]

    def _compile(self, path, mutants, include, say):
        stillborn, place = set(), self.folder / path
        place.parent.mkdir(parents=True, exist_ok=True)
        while True:
            live = [(n, m) for n, m in mutants if n not in stillborn]
            place.write_text(with_mutants(mutants[0][1].source, live))
            _, errors = self._run(path, place, include, say)
            bad = blamed(errors) if errors else set()
            if not errors:
                return stillborn
            if not bad:
                raise SystemExit(f"{path} does not compile:\n{errors[:4000]}")
            stillborn |= bad

    def object_of(self, path):
        return self.folder / (path + ".o")

    def _run(self, path, source, include, say):
        """Compiles one source, unless that was done before: success, and the errors."""
        words, place = self.commands[path]
        while not re.search(r"(\+\+|g\+\+|clang)[-0-9.]*$", words[0]):  # a launcher before the compiler
            words = words[1:]
        out = self.object_of(path)
        out.parent.mkdir(parents=True, exist_ok=True)
        kept = [w for w in words[:words.index("-o")] if not w.startswith("-W")]
        command = [kept[0], f"-I{include}", "-include", "pick.h", "-w", "-fmax-errors=0", *kept[1:], "-c", str(source), "-o", str(out)]
        deps = "".join(one_line(p.read_text()) for folder in (self.root / "autograd", include) for p in sorted(folder.rglob("*.h")))
        stamp = hashlib.sha256("\0".join(command + [source.read_text(), deps]).encode()).hexdigest()
        note = out.with_suffix(".stamp")
        if note.exists() and out.exists() and note.read_text() == stamp:
            return True, ""
        say(f"compiling {path} with its mutants")
        done = subprocess.run(command, cwd=self.build, capture_output=True, text=True)
        if done.returncode == 0:
            note.write_text(stamp)
            return True, ""
        return False, done.stderr or "the compiler failed"

    def _link(self, paths):
        """As ninja does, with our object files in place of the build's and first, so that the linker takes their copies of
        what headers define."""
        name = next(self.build.glob("libgradus64.so.*.*.*")).name
        listing = subprocess.run(["ninja", "-t", "commands", name], cwd=self.build, capture_output=True, text=True, check=True)
        words = shlex.split(listing.stdout.strip().splitlines()[-1])
        words = words[words.index("&&") + 1:]
        words = words[:words.index("&&")]
        replaced = {self.commands[p][1]: str(self.object_of(p)) for p in paths}
        first = next(i for i, w in enumerate(words) if w.endswith(".o") and words[i - 1] != "-o")
        words = words[:first] + list(replaced.values()) + [w for w in words[first:] if w not in replaced]
        soname = next(w for w in words if "-soname," in w).split(",")[-1]
        words[words.index("-o") + 1] = str(self.folder / soname)
        subprocess.run(words, cwd=self.build, check=True)
