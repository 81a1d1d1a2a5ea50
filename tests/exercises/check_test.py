#!/usr/bin/python3
"""Tests the exercises' checker, in a copy of the exercises: check_test.py BUILD."""
import csv
import io
import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop()).resolve()
EXERCISES = ROOT / "notebooks/exercises"


class Copy:
    """A project with the first two exercises in it, whose library and tests are those of BUILD."""

    def __init__(self, folder):
        self.root = Path(folder)
        (self.root / "tests/exercises").mkdir(parents=True)
        (self.root / "tests/exercises/check_test.py").write_text("it knows the answers")
        for name in ("autograd", "nn", "model", "maximize", "cmake", "tests/catch.h", "tests/catch_main.cpp"):
            (self.root / name).symlink_to(ROOT / name)
        self.here = self.root / "notebooks/exercises"
        self.here.mkdir(parents=True)
        for name in ("checker", "01-chain-rule", "02-accumulate"):
            shutil.copytree(EXERCISES / name, self.here / name, ignore=shutil.ignore_patterns("__pycache__"))
        shutil.copy2(EXERCISES / "check", self.here)
        for name in ("01-chain-rule", "02-accumulate"):
            shutil.copy2(self.here / name / "exercise.cpp", self.here / name / ".untouched.cpp")

    def file(self, name):
        return self.here / name / "exercise.cpp"

    def solve(self, name):
        self.file(name).write_text((self.here / name / "solution.cpp").read_text())

    def check(self, *arguments):
        done = subprocess.run([self.here / "check", *map(str, arguments), "--build", BUILD], capture_output=True, text=True, cwd=self.root, timeout=300)
        return done.returncode, done.stdout, done.stderr


class WithCopy(unittest.TestCase):
    maxDiff = None

    def setUp(self):
        self.folder = tempfile.TemporaryDirectory()
        self.addCleanup(self.folder.cleanup)
        self.copy = Copy(self.folder.name)

    def expect(self, status, text, *arguments):
        got, out, err = self.copy.check(*arguments)
        self.assertEqual(got, status, out + err)
        self.assertIn(text, out + err)
        return out


class Student(WithCopy):
    def test_the_first_failure_is_the_starting_point(self):
        out = self.expect(1, "This is the starting point, not a fault")
        gap = next(n for n, line in enumerate(self.copy.file("01-chain-rule").read_text().splitlines(), 1) if "starting_point()" in line)
        self.assertIn(f"01-chain-rule/exercise.cpp:{gap}", out)

    def test_it_goes_on_where_the_student_stopped(self):
        self.copy.solve("01-chain-rule")
        self.expect(0, "Next: 02-accumulate")
        self.expect(1, "02-accumulate: accumulate")
        self.copy.solve("02-accumulate")
        self.expect(0, "All exercises have passed")
        self.copy.file("01-chain-rule").write_text((self.copy.here / "01-chain-rule/.untouched.cpp").read_text())
        self.expect(1, "01-chain-rule")  # a file that changed since has not passed

    def test_a_wrong_answer_gets_the_gradient_checks_table_and_diagnosis(self):
        self.copy.file("02-accumulate").write_text((self.copy.here / "02-accumulate/solution.cpp").read_text().replace("(*to.grad)[j] +=", "(*to.grad)[j] ="))
        out = self.expect(1, "likely: my_product", 2)
        self.assertIn("overwritten", out)
        self.assertRegex(out, r"my_product +b +\[\d, \d\] .* WRONG")
        self.assertNotIn("three products of the same numbers", out)  # a test that is not shown
        self.assertIn("1 of 3 shown tests passed, 2 of 5 others", out)

    def test_hints_tell_more_each_time(self):
        for n in (1, 2, 3, 3):
            self.expect(0, f"hint {n} of 3", "01", "--hint")
        self.expect(0, "hint 1 of 3", "01", "--hint", 1)
        self.expect(2, "expected 1 to 3, got 4", "01", "--hint", 4)

    def test_the_solution_is_for_who_has_passed(self):
        self.expect(2, "01-chain-rule has not passed yet", "01", "--solution")
        self.expect(0, "Backpropagation", "01", "--solution", "--instructor")
        self.copy.solve("01-chain-rule")
        self.expect(0, "Passed", "01")
        self.expect(0, "for (const From& f", "01", "--solution")

    def test_reset_keeps_the_students_file(self):
        self.copy.file("01-chain-rule").write_text("// mine\n")
        self.expect(0, "exercise.1.before-reset.cpp", "reset", "01")
        self.assertEqual((self.copy.here / "01-chain-rule/exercise.1.before-reset.cpp").read_text(), "// mine\n")
        self.assertIn("starting_point()", self.copy.file("01-chain-rule").read_text())
        self.expect(0, "exercise.2.before-reset.cpp", "reset", "01")

    def test_watch_runs_again_when_the_file_is_saved(self):
        watching = subprocess.Popen([self.copy.here / "check", "--watch", "01", "--build", BUILD], stdout=subprocess.PIPE, text=True)
        try:
            until(watching, "waiting for")
            self.copy.solve("01-chain-rule")
            self.assertIn("Passed", until(watching, "waiting for"))
            watching.send_signal(2)
            self.assertEqual(watching.wait(10), 0)
        finally:
            watching.kill()
            watching.stdout.close()

    def test_bad_usage_is_one_line(self):
        for arguments, text in ((["99"], "there is no exercise '99'; there are 01, 02"), (["01", "02"], "expected one exercise"),
                                (["--json", self.folder.name], "cannot write"), (["--csv", self.copy.file("01-chain-rule")], "is a source file"),
                                (["new"], "expected a name"), (["new", "Bad Name"], "small letters"), (["reset"], "expected an exercise"),
                                (["--grade", "/nonexistent"], "expected a folder of submissions"), (["--nonsense"], "--nonsense")):
            before = sorted(self.copy.here.rglob("*"))
            status, out, err = self.copy.check(*arguments)
            self.assertEqual((status, out, err.count("\n")), (2, "", 1), (arguments, out, err))
            self.assertIn(text, err)
            self.assertEqual(sorted(p for p in self.copy.here.rglob("*") if "__pycache__" not in str(p)), [p for p in before if "__pycache__" not in str(p)])
        done = subprocess.run([self.copy.here / "check", "--build", self.folder.name], capture_output=True, text=True)
        self.assertEqual((done.returncode, done.stderr.count("\n")), (2, 1))
        self.assertIn("no build folder", done.stderr)


def until(process, text):
    """What it prints, to the line with this text."""
    printed = ""
    for line in process.stdout:
        printed += line
        if text in line:
            return printed
    raise AssertionError(f"'{text}' was not printed: {printed}")


ENDS = "#include <cstdio>\n#include <cstdlib>\nstatic const int early = [] { %s; return 0; }();\n"
# What a submission is, and the verdict that it must get. The solution of 02 is what they begin with.
SUBMISSIONS = {
    "right": (lambda s: s, "passed"),
    "right-other-words": (lambda s: s.replace("contribution", "c"), "passed"),
    "right-and-talks": (lambda s: ENDS % 'std::puts("hello")' + s, "passed"),
    "assigned": (lambda s: s.replace("(*to.grad)[j] +=", "(*to.grad)[j] ="), "failed"),
    "swapped": (lambda s: s.replace("in(1 - i)", "in(i)"), "failed"),
    "zero": (lambda s: s.replace("grad[j] * other[j]", "0 * other[j]"), "failed"),
    "library-op": (lambda s: re.sub(r"const Inputs in\(.*?return in\.run[^\n]*", "return a * b;", s, flags=re.S), "failed"),
    "untouched": (lambda s: (EXERCISES / "02-accumulate/exercise.cpp").read_text(), "starting point"),
    "empty": (lambda s: "", "not compiled"),
    "not-compiling": (lambda s: s.replace("++forward_runs;", "++forward_runs"), "not compiled"),
    "not-text": (lambda s: "\udcff\udcfe\x01\x02", "not compiled"),
    "endless": (lambda s: s.replace("++backward_runs;", "for (volatile int i = 0;;) i = i + 1;"), "endless"),
    "sleeping": (lambda s: "#include <unistd.h>\n" + s.replace("++forward_runs;", "sleep(1000);"), "endless"),
    "crashing": (lambda s: s.replace("++backward_runs;", "*(volatile int*)nullptr = 1;"), "crashed"),
    "recursing": (lambda s: s.replace("++forward_runs;", "forward();"), "crashed"),
    "fake-verdict": (lambda s: ENDS % 'std::puts("All tests passed (9 assertions in 8 test cases)\\nPassed: 3 of 3"); std::exit(0)' + s, "no tests"),
    "leaves": (lambda s: ENDS % "std::exit(0)" + s, "no tests"),
    "aborts": (lambda s: "#include <cstdlib>\n" + s.replace("++backward_runs;", "std::abort();"), "crashed"),
    "eats-memory": (lambda s: "#include <vector>\n" + s.replace("++forward_runs;", "static std::vector<std::vector<char>> all; for (;;) all.emplace_back().reserve(1 << 28);"), "failed"),
    "writes-a-lot": (lambda s: "#include <cstdio>\n" + s.replace("++forward_runs;", 'for (;;) std::puts("spam");'), "crashed"),
    "missing": (None, "missing"),
}


class Grader(WithCopy):
    def setUp(self):
        super().setUp()
        data = self.copy.here / "02-accumulate/exercise.json"
        data.write_text(json.dumps({**json.loads(data.read_text()), "seconds": 3}))

    def test_a_class_of_submissions_gets_the_right_verdicts_and_never_stops(self):
        self.assertGreaterEqual(len(SUBMISSIONS), 20)
        solution = (EXERCISES / "02-accumulate/solution.cpp").read_text()
        submissions = self.copy.root / "submissions"
        for name, (make, _) in SUBMISSIONS.items():
            folder = submissions / name / "some/where/02-accumulate"
            folder.mkdir(parents=True)
            if make:
                text = make(solution)
                self.assertTrue(name in ("right", "untouched") or text != solution, name)
                (folder / "exercise.cpp").write_text(text, errors="surrogateescape")
        start = time.time()
        self.expect(0, "right: 02-accumulate: passed", "02", "--grade", submissions, "--csv", self.copy.root / "grades.csv", "--json", self.copy.root / "grades.json")
        self.assertLess(time.time() - start, 120)
        rows = list(csv.DictReader(io.StringIO((self.copy.root / "grades.csv").read_text())))
        self.assertEqual({r["submission"]: r["verdict"] for r in rows}, {name: verdict for name, (_, verdict) in SUBMISSIONS.items()})
        data = json.loads((self.copy.root / "grades.json").read_text())
        self.assertEqual([(d["submission"], d["passed"]) for d in data], [(r["submission"], r["passed"] == "True") for r in rows])
        self.assertEqual(sum(d["passed"] for d in data), 3)

    def test_nothing_of_a_stopped_submission_goes_on(self):
        mark = f"sleep 98765.{os.getpid()}"
        source = (EXERCISES / "02-accumulate/solution.cpp").read_text()
        self.copy.file("02-accumulate").write_text("#include <cstdlib>\n" + source.replace("++forward_runs;", f'std::system("{mark}");'))
        self.expect(1, "stopped after 3 seconds", "02")
        self.assertNotIn(mark, subprocess.run(["ps", "ax", "-o", "args"], capture_output=True, text=True).stdout)

    def test_the_files_for_graders(self):
        self.copy.solve("01-chain-rule")
        out = {name: self.copy.root / f"{name}.out" for name in ("json", "csv", "gradescope", "exercism")}
        self.expect(1, "1 of 2 exercises passed", "--all", "--json", out["json"], "--csv", out["csv"], "--gradescope", out["gradescope"])
        data = json.loads(out["json"].read_text())
        self.assertEqual([(d["exercise"], d["passed"], d["verdict"], d["shown"], d["unshown"]) for d in data],
                         [("01-chain-rule", True, "passed", 4, 4), ("02-accumulate", False, "starting point", 3, 5)])
        self.assertEqual(len(list(csv.DictReader(io.StringIO(out["csv"].read_text())))), 2)
        scope = json.loads(out["gradescope"].read_text())
        self.assertEqual([(t["score"], t["max_score"], t["status"]) for t in scope["tests"] if "score" in t], [(1, 1, "passed"), (0, 1, "failed")])
        self.assertEqual({t["visibility"] for t in scope["tests"]}, {"visible", "hidden"})
        unshown = re.findall(r'TEST_CASE\("([^"]+)', (self.copy.here / "01-chain-rule/unshown_test.cpp").read_text())
        for name in unshown:
            self.assertNotIn(name, out["gradescope"].read_text())
        self.expect(0, "Passed", "01", "--exercism", out["exercism"])
        exercism = json.loads(out["exercism"].read_text())
        self.assertEqual((exercism["version"], exercism["status"], len(exercism["tests"])), (3, "pass", 5))
        self.assertIn("TEST_CASE", exercism["tests"][0]["test_code"])
        self.expect(1, "starting point", "02", "--exercism", out["exercism"])
        self.assertEqual(json.loads(out["exercism"].read_text())["status"], "fail")
        self.copy.file("02-accumulate").write_text("int x = ;")
        self.expect(1, "does not compile yet", "02", "--exercism", out["exercism"])
        self.assertEqual(json.loads(out["exercism"].read_text())["status"], "error")


class Author(WithCopy):
    def test_the_skeleton_of_a_new_exercise_holds_its_gates(self):
        self.expect(0, "03-my-op is a starting point", "new", "my-op")
        folder = self.copy.here / "03-my-op"
        settings = json.loads((BUILD / "exercises/settings.json").read_text())
        for kind in ("shown", "unshown"):  # CMake knows the project's own exercises alone, so these are compiled here
            subprocess.run([settings["compiler"], *settings["flags"], "-DGRADUS_DOUBLE", f"-I{self.copy.root}", f"-I{self.copy.here}", "-c",
                            folder / f"{kind}_test.cpp", "-o", folder / f"{kind}.o"], check=True)
        done = subprocess.run([sys.executable, "-B", "-c", f"""
import sys
sys.path.insert(0, {str(self.copy.here)!r})
from checker.building import Build
from checker.exercises import find
from checker.gates import gates
Build._make = lambda self, announce: None
build = Build({str(BUILD)!r})
build.settings["tests"]["03-my-op"] = [{str(folder / "shown.o")!r}, {str(folder / "unshown.o")!r}]
sys.exit(0 if gates(build, [find("my-op")], print) else 1)
"""], capture_output=True, text=True)
        self.assertEqual(done.returncode, 0, done.stdout + done.stderr)
        self.assertIn("1 untouched ones are starting points, 1 solutions pass, 3 of 3 wrong answers", done.stdout)
        self.expect(2, "there is an exercise 'my-op' already", "new", "my-op")

    def test_gates_notice_what_is_wrong(self):
        self.copy.solve("01-chain-rule")  # an "untouched" file that passes
        wrong = self.copy.here / "01-chain-rule/wrong.json"
        answers = json.loads(wrong.read_text())
        answers[0]["by"] = answers[0]["replace"]  # a "wrong" answer that is right
        answers[1]["expect"] = "words that nobody says"
        wrong.write_text(json.dumps(answers[:2]))
        out = self.expect(1, "0 untouched ones are starting points, 1 solutions pass, 0 of 2 wrong answers", "gates", "01")
        for text in ("is not the starting point but: passed", "is not found wrong: passed", "is not told 'words that nobody says'", "at least three"):
            self.assertIn(text, out)
        wrong.write_text(json.dumps([{**answers[0], "replace": "not there"}]))
        self.expect(2, "expected its text once in solution.cpp, found it 0 times", "gates", "01")

    def test_a_students_copy_has_no_answers(self):
        target = self.copy.root.parent / (self.copy.root.name + "-students")
        self.addCleanup(shutil.rmtree, target, True)
        self.copy.solve("01-chain-rule")
        self.expect(0, "without solutions", "--student-copy", target)
        names = {p.name for p in (target / "notebooks").rglob("*")}
        for name in ("solution.cpp", "unshown_test.cpp", "wrong.json", "instructor.md", ".progress.json"):
            self.assertNotIn(name, names)
        for name in ("exercise.cpp", "shown_test.cpp", "hints.md", "check"):
            self.assertIn(name, names)
        self.assertIn("starting_point()", (target / "notebooks/exercises/01-chain-rule/exercise.cpp").read_text())
        self.assertFalse((target / "tests/exercises").exists())
        there = subprocess.run([target / "notebooks/exercises/check", "gates", "02", "--build", BUILD], capture_output=True, text=True)
        self.assertEqual((there.returncode, there.stderr.count("\n")), (2, 1), there.stderr)
        self.assertIn("02-accumulate has no wrong.json", there.stderr)
        self.expect(2, "exists already", "--student-copy", target)
        self.expect(2, "outside of this one", "--student-copy", self.copy.root / "inside")


class Start(unittest.TestCase):
    def test_the_examples_print_what_is_stored(self):
        for name in ("xor", "by_hand"):
            printed = subprocess.run([BUILD / "exercises" / name], capture_output=True, text=True, check=True).stdout
            self.assertEqual(printed, (EXERCISES / f"00-start/{name}.txt").read_text())
        self.assertIn((EXERCISES / "00-start/xor.txt").read_text(), (EXERCISES / "00-start/README.md").read_text())

    def test_every_page_has_its_parts_and_every_link_a_file(self):
        pages = [EXERCISES / "README.md", EXERCISES / "instructor.md", *sorted(EXERCISES.glob("[0-9]*/README.md"))]
        self.assertEqual(len(pages), 2 + 13)
        for page in pages:
            for link in re.findall(r"\]\(([^)#]+)\)", re.sub(r"`[^`]*`", "", page.read_text())):
                self.assertTrue((page.parent / link).exists(), f"{page}: {link}")
            for path in re.findall(r"`((?:autograd|nn|model|maximize|notebooks)/[\w/.]+\.\w+)`", page.read_text()):
                self.assertTrue((ROOT / path).exists(), f"{page}: {path}")
        for hints in EXERCISES.glob("[0-9]*/hints.md"):
            self.assertEqual(re.findall(r"^## (\d)$", hints.read_text(), re.M), ["1", "2", "3"], hints)
        for page in pages[3:]:
            for part in ("## What", "## Why", "## Check it", "## In the debugger", "## The same in the library", "An example with numbers"):
                self.assertIn(part, page.read_text(), page)


def main():
    made = subprocess.run(["cmake", "--build", BUILD, "--target", "exercises"], capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stdout + made.stderr)
    unittest.main()


if __name__ == "__main__":
    main()
