"""Runs one answer against an exercise's tests, and judges it.

The verdict comes from a result file in a folder of its own whose name the program is told, never from what the program prints; it
must hold exactly the test cases that the test files have. The program runs in a process group of its own, limited in time, memory
and file size. This is no sandbox: it keeps accidents in, not an attacker.
"""
import os
import resource
import signal
import subprocess
import tempfile
import time
import xml.etree.ElementTree as xml
from dataclasses import dataclass, field
from pathlib import Path

from .exercises import STARTING_POINT

MEMORY = 4 << 30  # bytes of address space
FILE = 64 << 20   # bytes that it may write
PRINTED = 20000   # characters of its own output that are kept


@dataclass
class Test:
    name: str
    shown: bool
    passed: bool
    text: str = ""  # why it failed


@dataclass
class Verdict:
    exercise: str
    # passed; starting point; not compiled; failed (a test); crashed; endless (stopped after the time limit); no tests
    kind: str
    tests: list = field(default_factory=list)
    text: str = ""     # the compiler's words, or what happened
    printed: str = ""  # what the program wrote
    seconds: float = 0

    @property
    def passed(self):
        return self.kind == "passed"

    def count(self, shown):
        of = [t for t in self.tests if t.shown == shown]
        return sum(t.passed for t in of), len(of)


def limits():
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (FILE, FILE))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def run_program(command, seconds, folder):
    """(exit status, its output); the status is None where it was stopped. Its whole process group is gone afterwards."""
    with open(Path(folder) / "printed", "w+b") as printed:
        process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=printed, stderr=printed, start_new_session=True,
                                   preexec_fn=limits, cwd=folder, env={**os.environ, "OMP_NUM_THREADS": "2"})
        try:
            status = process.wait(seconds)
        except subprocess.TimeoutExpired:
            status = None
        finally:
            try:
                os.killpg(process.pid, signal.SIGKILL)
            except ProcessLookupError:
                pass
            process.wait()
        printed.seek(0)
        return status, printed.read(PRINTED).decode(errors="replace")


def words(case):
    """Why a test case failed: each expression that did not hold with its values, and the messages beside it."""
    lines, messages = [], []  # messages: those that were not said yet

    def say(messages):
        lines.extend(m for m in messages if m not in lines)
        messages.clear()

    def walk(node):
        for part in node:
            text = (part.text or "").strip("\n")
            if part.tag == "Info":
                messages.append(text.strip())
            elif part.tag == "Expression" and part.get("success") == "false":
                say(messages)
                original, expanded = (part.findtext("Original") or "").strip(), (part.findtext("Expanded") or "").strip("\n")
                lines.append(f"{part.get('type', 'CHECK')}( {original} )   at {Path(part.get('filename', '')).name}:{part.get('line')}")
                if expanded.strip() and expanded.strip() != original:
                    lines.append("  " + expanded.strip())
                walk(part)
            elif part.tag in ("Exception", "FatalErrorCondition", "Failure"):
                say(messages)
                lines.append(text.strip())
            elif part.tag == "Section":
                walk(part)

    walk(case)
    return "\n".join(lines)


def read_results(path):
    """The test cases in a result file, or None where it is missing or was not written to its end."""
    try:
        tree = xml.parse(path)
    except (OSError, xml.ParseError):
        return None
    found = []
    for case in tree.iter("TestCase"):
        result = case.find("OverallResult")
        if result is None:
            return None
        found.append(Test(case.get("name"), not case.get("filename", "").endswith("unshown_test.cpp"), result.get("success") == "true",
                          words(case)))
    return found


def judge(build, exercise, source):
    """Compiles `source` as the answer to the exercise, runs the tests, and says how it went."""
    began = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="gradus-check-") as folder:
        program, results = Path(folder) / "answer", Path(folder) / f"results-{os.urandom(8).hex()}.xml"
        verdict = Verdict(exercise.name, "failed")
        complaint = build.compile(exercise, source, program)
        if complaint:
            verdict.kind, verdict.text = "not compiled", complaint
        else:
            status, verdict.printed = run_program([program, "--reporter", "xml", "--out", results], exercise.seconds, folder)
            classify(verdict, exercise, status, read_results(results))
    verdict.seconds = time.monotonic() - began
    return verdict


def classify(verdict, exercise, status, tests):
    expected = sorted(exercise.cases("shown") + exercise.cases("unshown"))
    verdict.tests = tests or []
    if status is None:
        verdict.kind, verdict.text = "endless", f"stopped after {exercise.seconds} seconds: is there a loop that does not end?"
    elif tests is None or sorted(t.name for t in tests) != expected:
        if status < 0:
            verdict.kind, verdict.text = "crashed", f"the program ended by signal {signal.Signals(-status).name}"
        else:
            verdict.kind = "no tests"
            verdict.text = f"the program ended with status {status} before the tests were through: it must not call exit()"
    elif not expected:
        verdict.kind, verdict.text = "no tests", "this exercise has no tests"
    elif any(STARTING_POINT in t.text for t in tests):
        verdict.kind = "starting point"
    elif all(t.passed for t in tests) and status == 0:
        verdict.kind = "passed"
    elif status < 0 or any("SIG" in t.text.split(" ")[0] for t in tests if not t.passed):
        verdict.kind = "crashed"
        verdict.text = next((t.text for t in tests if not t.passed), "")
    # else a test failed
