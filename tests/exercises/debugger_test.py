#!/usr/bin/python3
"""Every exercise opens in gdb at its gap, with the printers; what the pages show is what gdb says: debugger_test.py BUILD, a debug build.

Exit status 77, with the reason, where gdb is missing or may not run programs."""
import re
import subprocess
import sys
import unittest
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
BUILD = Path(sys.argv.pop()).resolve()
EXERCISES = ROOT / "notebooks/exercises"
sys.path.insert(0, str(EXERCISES))
from checker.exercises import all_exercises, find


def gdb(exercise, *commands):
    """What gdb says to the commands at the first gap that is reached, started as `check --gdb` does it."""
    made = subprocess.run([EXERCISES / "check", exercise.name, "--program", "--build", BUILD], capture_output=True, text=True)
    if made.returncode:
        raise AssertionError(made.stdout + made.stderr)
    answer = BUILD / "exercises/debug" / exercise.name
    words = [w for c in ("run", *commands) for w in ("-ex", c)]
    done = subprocess.run(["gdb", "-nx", "-q", "-batch", "-x", f"{answer}.gdb", *words, answer], capture_output=True, text=True, timeout=120)
    return done.stdout + done.stderr


class Debugger(unittest.TestCase):
    def test_each_opens_at_its_gap(self):
        for exercise in all_exercises():
            shown = gdb(exercise, "frame")
            stops = re.findall(r"exercise\.cpp:(\d+)\n(\d+)\t", shown)
            self.assertTrue(stops, f"{exercise.name}: {shown}")
            self.assertLessEqual(min(abs(int(stops[0][0]) - gap) for gap in exercise.gaps()), 4, exercise.name)  # at it, or where code begins beside it

    def test_what_the_page_of_02_shows(self):
        page = (EXERCISES / "02-accumulate/README.md").read_text()
        shown = gdb(find("02"), "print grad", "print to.add", "up", "tape")
        for line in re.findall(r"^(\$\d = .*|>?\d  \w.*)$", page, re.M):
            self.assertIn(line.strip(), shown.replace("\t", " "), shown)
        self.assertRegex(page, r"\$1 = ")

    def test_every_exercise_has_a_target_and_a_launch_configuration_serves_all(self):
        targets = subprocess.run(["cmake", "--build", BUILD, "--target", "help"], capture_output=True, text=True).stdout
        for exercise in all_exercises():
            self.assertIn(f"gdb-{exercise.name}", targets)
        launch, tasks = (ROOT / ".vscode/launch.json").read_text(), (ROOT / ".vscode/tasks.json").read_text()
        self.assertIn("build/debug/exercises/debug/${fileDirnameBasename}", launch)
        self.assertIn("check ${fileDirnameBasename} --program", tasks)


if __name__ == "__main__":
    if subprocess.run("gdb -nx -q -batch -ex 'python print(6 * 7)'", shell=True, capture_output=True, text=True).stdout.strip() != "42":
        print("skipped: no gdb with Python here")
        sys.exit(77)
    made = subprocess.run(["cmake", "--build", BUILD, "--target", "exercises"], capture_output=True, text=True)
    if made.returncode:
        sys.exit(made.stdout + made.stderr)
    if re.search("ptrace: |not trace", gdb(find("01"))):
        print("skipped: gdb may not run programs here")
        sys.exit(77)
    unittest.main()
