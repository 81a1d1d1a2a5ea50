#!/usr/bin/env python3
"""Starts gdb as users do, by the targets gdb and gdb-engine and by VS Code's launch configurations, and tries the first commands.

    targets.py BUILD     a debug build

Exit status: 0 all as expected, 1 not, 77 skipped, with the reason, where gdb is missing, may not run programs, or the
program was not built."""

import json
import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
BUILD = os.path.abspath(sys.argv[1])

# From the first line of train on: the next line, into the first backward pass, and what is on the tape there.
TRAIN = [
    ("next", r"both_directions\.cpp|descend\("),
    ("tape", r"no tape here yet"),
    ("step-back", r"next  #\d+ \w+|Tape::step_back"),
    ("tape", r"cross_entropy"),
    ("next", r"tape\.cpp|\d+\s"),
    ("frame function gradus::f32::train", r"both_directions\.cpp"),
]
ENGINE = [("next", r"fc\.weight"), ("step-back", r"next  #6"), ("tape", r">6  cross_entropy"), ("next", r"\d+\s")]


def below(first, text):
    """The number of the first line after one that contains `first` and which contains `text`."""
    with open(os.path.join(ROOT, first[0])) as lines:
        found = False
        for number, line in enumerate(lines, 1):
            found = found or first[1] in line
            if found and text in line:
                return number
    raise LookupError(text)


def run(command, session):
    typed = "".join("echo (typed) %s\\n\n%s\n" % (c, c) for c, _ in session) + "kill\nquit\n"
    done = subprocess.run(command, input="set confirm off\nset width 0\n" + typed, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          cwd=ROOT, timeout=1500)
    return done.stdout


def check(name, shown, start, session):
    if re.search(r"ptrace: |not trace|Couldn't get registers", shown):
        print("skipped: gdb may not run programs here:\n" + shown)
        sys.exit(77)
    parts = shown.split("(typed) ")
    wrong = [] if re.search(start, parts[0]) and "@plt" not in parts[0] else ["it does not start at " + start]
    for (command, expected), part in zip(session, parts[1:] + [""] * len(session)):
        if not re.search(expected, part.partition("\n")[2]):
            wrong.append("expected '%s' from %s" % (expected, command))
    for text in wrong:
        print("%s: %s" % (name, text))
    if wrong:
        print(shown)
    return len(wrong)


def main():
    if subprocess.run("gdb -nx -q -batch -ex 'python print(6 * 7)'", shell=True, capture_output=True, text=True).stdout.strip() != "42":
        print("skipped: no gdb with Python here")
        return 77
    # Its first line makes the objective, a lambda: compilers disagree on which of its lines that is.
    function = ("maximize/both_directions.cpp", "Progress train(TinyCnn")
    lines = range(below(function, "{"), below(function, "return descend") + 1)
    train = r"both_directions\.cpp:(%s)\b" % "|".join(map(str, lines))
    engine = r"debuggee\.cpp:%d\b" % below(("tests/debugger/debuggee.cpp", "int main"), "const Parameter image")
    wrong = done = 0
    for target, program, start, session in (("gdb", "gradus", train, TRAIN), ("gdb-engine", "tests/debuggee", engine, ENGINE)):
        if os.path.exists(os.path.join(BUILD, program)):
            wrong += check("--target " + target, run(["cmake", "--build", BUILD, "--target", target], session), start, session)
            done += 1
    with open(os.path.join(ROOT, ".vscode/launch.json")) as file:
        configurations = json.load(file)["configurations"]
    for c in configurations:
        # The program of this build, whichever preset it is.
        program = os.path.join(BUILD, re.sub(r"^\$\{workspaceFolder\}/build/[a-z]+/", "", c["program"]))
        if not os.path.exists(program):
            continue
        arguments = [a.replace("${workspaceFolder}/build", BUILD) for a in c["args"]]
        setup = [s["text"].replace("${workspaceFolder}", ROOT) for s in c["setupCommands"] if not s["text"].startswith("-")]
        stop = ["-ex", "start"] if c.get("stopAtEntry") else ["-ex", "run"]
        command = ["gdb", "-nx", "-q"] + [word for s in setup for word in ("-ex", s)] + stop + ["--args", program] + arguments
        trains = "train" in arguments
        wrong += check(c["name"], run(command, TRAIN if trains else ENGINE), train if trains else engine, TRAIN if trains else ENGINE)
        done += 1
    print("debugger targets: %d started, %d answers not as expected" % (done, wrong))
    return 77 if done == 0 else 1 if wrong else 0


sys.exit(main())
