"""What mutants are run against: first the gradient checks, then all other tests of autograd."""
import os
import re
import subprocess
from pathlib import Path

from cpp_source import Source

from schemata import VARIABLE

# Tests of the check itself, which hold faults of their own.
ABOUT_THE_CHECK = re.compile(r"gradcheck_|gradcheck_test|scalar_mutants")


def gradient_cases(root):
    """The test cases that run a gradient check, themselves or through a function of their file: (file, name)."""
    for path in sorted((root / "tests/autograd").rglob("*_test.cpp")):
        if ABOUT_THE_CHECK.search(path.name):
            continue
        source = Source(str(path), path.read_text())
        functions, checking = source.functions, {"gradcheck", "require_gradient"}
        while True:
            more = {f.name for f in functions if f.name != "TEST_CASE" and f.calls() & checking} - checking
            if not more:
                break
            checking |= more
        for f in functions:
            if f.name == "TEST_CASE" and f.calls() & checking:
                literal = next(t for t in source.tokens[source.match[f.first - 2]:] if t.kind == "text")
                yield path.name, literal.text[1:-1]


def other_cases(root):
    """The other test cases of autograd, but for those about the check, about products, which forward passes call as well,
    and about threads, of which this build has one."""
    gradients = {name for _, name in gradient_cases(root)}
    for path in sorted((root / "tests/autograd").rglob("*_test.cpp")):
        if not ABOUT_THE_CHECK.search(path.name) and path.name != "product_test.cpp":
            for name in re.findall(r'^TEST_CASE\("(.*?)"\)', path.read_text(), re.MULTILINE):
                if name not in gradients and "thread" not in name:
                    yield name


class Killers:
    def __init__(self, root, build):
        self.checks, self.tests = build / "tests/mutation_checks", build / "tests/autograd_tests"
        self.cases = list(gradient_cases(root))
        self.others = list(other_cases(root))
        self.limits = {}
        self.last = {}  # by function: the check that killed the last mutant in it, which is tried first
        self.names = self._run([self.checks], None, 0, 600)[1].split()

    def _run(self, command, library, number, seconds):
        """The exit code (None where the time was up), the output, and the processor time that it took. The limit is one of
        processor time, so that what is slow on a busy machine is not taken for a loop without end."""
        environment = dict(os.environ, **{VARIABLE: str(number)})
        if library:
            environment["LD_LIBRARY_PATH"] = str(library.folder)
        limited = ["sh", "-c", f'ulimit -c 0; ulimit -v 4000000; ulimit -t {seconds}; exec "$@"', "sh", *map(str, command)]
        before = os.times()
        try:
            done = subprocess.run(limited, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, timeout=60 * seconds)
            code, output = done.returncode, done.stdout.decode(errors="replace")
        except subprocess.TimeoutExpired as e:
            code, output = None, (e.stdout or b"").decode(errors="replace")
        after = os.times()
        used = after.children_user + after.children_system - before.children_user - before.children_system
        return (None if code in (-9, -24, 137, 152) else code), output, used

    def _catch(self, names=None):
        quoted = [re.sub(r"([,\[\]\\*])", r"\\\1", name) for name in names or []]
        return [self.tests, *([",".join(quoted)] if quoted else []), "--abort"]

    def _stages(self, function):
        """Name, command, whether it is a gradient check. From the quickest to the slowest."""
        models = {"gpt", "cnn"}
        ops = [n for n in self.names if n not in models]
        for where in function.source.path, (function.source.path, function.full_name):
            known = [n for n in self.last.get(where, []) if n in ops]
            ops = known + [n for n in ops if n not in known]
        yield "checks", [self.checks, *ops], True
        stem = Path(function.source.path).stem
        own = [name for file, name in self.cases if file.startswith(stem)]
        if own:
            yield "own cases", self._catch(own), True
        yield "cases", self._catch([name for _, name in self.cases]), True
        yield "models", [self.checks, *sorted(models)], True
        yield "tests", self._catch(self.others), False

    def measure(self, libraries, functions, say):
        """Unchanged code must pass. Gives each command its limit of time."""
        for library in libraries:
            for function in {f.source.path: f for f in functions}.values():
                for name, command, _ in self._stages(function):
                    key = name, function.source.path if name == "own cases" else ""
                    if (key, library) in self.limits:
                        continue
                    say(f"unchanged code: {name} {key[1]}")
                    code, output, used = self._run(command, library, 0, 600)
                    if code != 0:
                        raise SystemExit(f"unchanged code does not pass {name} (exit code {code}):\n{output[-3000:]}")
                    self.limits[key, library] = int(3 * used) + 3

    def kill(self, number, mutant, library):
        """What kills it: (name, what was seen, whether a gradient check did), or None."""
        function, by_other_lines = mutant.function, None
        for name, command, gradient in self._stages(function):
            if by_other_lines and not gradient:
                return by_other_lines
            key = name, function.source.path if name == "own cases" else ""
            code, output, _ = self._run(command, library, number, self.limits[key, library])
            if code == 0:
                continue
            seen = "out of time" if code is None else "crashed" if code < 0 else "failed"
            if name == "checks":
                last = next((w for w in reversed(output.split()) if w in self.names), "")
                for where in function.source.path, (function.source.path, function.full_name):
                    known = self.last.setdefault(where, [])
                    if last in known:
                        known.remove(last)
                    known.insert(0, last)
            elif gradient and seen == "failed" and not re.search(r"FAILED:\s+\w+\( .*passed|exception with message", output):
                by_other_lines = name, seen, False  # in a test case that runs a gradient check
                continue
            return name, seen, gradient
        return None
