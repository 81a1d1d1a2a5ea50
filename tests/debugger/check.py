#!/usr/bin/env python3
"""A scripted session in gdb: runs each command and checks what it shows.

    check.py DEBUGGEE [TRANSCRIPT]     TRANSCRIPT: a file for all that was shown

Exit status: 0 all as expected, 1 not, 77 skipped, with the reason, where gdb is missing or may not run programs."""

import os
import re
import subprocess
import sys

ROOT = os.path.dirname(os.path.dirname(os.path.dirname(os.path.abspath(__file__))))
GDB = ["gdb", "-nx", "-q", "-batch"]


def below(file, mark):
    """FILE:LINE of the line below a comment "gdb stops below: MARK"."""
    with open(os.path.join(ROOT, file)) as lines:
        return "%s:%d" % (file, next(n for n, line in enumerate(lines, 2) if "// gdb stops below: " + mark in line))


BACKWARD = below("autograd/tape.cpp", "a node's backward")
DEAD = below("tests/debugger/debuggee.cpp", "among the dead").rsplit("/", 1)[1]
HIDDEN = below("tests/debugger/debuggee.cpp", "hidden").rsplit("/", 1)[1]
LOGITS = below("tests/debugger/debuggee.cpp", "logits").rsplit("/", 1)[1]

# Each command, and what it must show.
SESSION = [
    ("break main", "debuggee.cpp"),
    ("run", "const Parameter image"),
    # From a line of the user's into the op that it calls: nothing of Operand, Var and leaf lies between.
    ("tbreak " + LOGITS,),
    ("continue", "const Var logits"),
    ("step", "gradus::f64::matmul", "autograd/ops/matmul.cpp:"),
    # By name: where the value has been computed, and where its gradient is about to be passed on.
    ("break-node logits",),
    ("continue", "computed: #5 MatMul 'logits'", "no gradient yet"),
    ("continue", "about to run backward: #5 MatMul 'logits'", BACKWARD),
    # One step from the engine's loop into the op, and one over each of its products.
    ("step", "MatMul::backward"),
    ("tbreak -source node.cpp -function accumulate_product",),
    ("continue", "accumulate_product (this=", "=0, a="),
    ("finish", "MatMul::backward"),
    ("python print(gdb.selected_frame().name())", "MatMul::backward"),
    ("print value", "= (2, 2) [[3.42104, -3.42104], [-0.0744256, 0.0744256]]"),
    ("tape", " 0  parameter      fc.weight    (3, 4)  0.1 .. 1.2 mean 0.65", "moves", "frozen", ">5  matmul         logits"),
    ("node logits", "#5 matmul: C = A B", "input 0   #3 tanh 'hidden' (2, 4) [[0.874053",
     "gradient  (2, 2) [[-0.000533366, 0.000533366]"),
    # Node by node, and out of tanh's backward back into the engine.
    ("step-back", "ran   #5 C = A B", "gradient of #3 hidden is now (2, 4) [[-0.00106673,", "next  #3 Tanh 'hidden'"),
    ("step", "Tanh::backward"),
    ("finish", "Tape::step_back"),
    ("step-back", "next  #2 MatMul"),
    # What the user's own variables hold.
    ("frame function main", "tape.backward(loss);"),
    ("print weight", "'fc.weight' (3, 4) [[0.1, 0.2, 0.3, 0.4], [0.5,", "changed 0 times"),
    ("print logits", "Var of #5 MatMul 'logits', " + LOGITS + ", value (2, 2) [[3.42104"),
    ("print film", "= (2, 3, 8, 9) [[[[0, 1, 2, ..., 6, 7, 8], [9,", "], ... 3 in all], ... 2 in all]"),
    ("print ramp", "= (1000) [0, 0.5, 1, ..., 498.5, 499, 499.5]"),
    ("print image", "'image' (2, 3) [[0.5, -1, 2], [1, 0, -0.25]], changed 0 times"),
    ("print tape", "tape of 7 nodes, 2 parameters move"),
    ("node nothing", "no node is named 'nothing'"),
    ("frame 0", BACKWARD),
    ("print n", "= #2 MatMul, " + HIDDEN + ", value (2, 4) [[1.35, 1.5, 1.65, 1.8], [-0.125,", "gradient (2, 4) [[-0.000251782,"),
    ("step-back", "gradient of #0 fc.weight is now (3, 4) [[", "the backward pass is over"),
    # Beside objects that are gone, or never were, the tape that is there is found.
    ("tbreak " + DEAD,),
    ("continue", "among_the_dead"),
    ("print dead", "dead Var: its tape is gone"),
    ("print value", "Var of #1 Exp"),
    ("print *(gradus::f64::Parameter*)never_made", "not readable"),
    ("print *(gradus::f64::Tensor*)never_made", "not readable"),
    ("print *(gradus::f64::Var*)never_made", "not readable"),
    ("tape", "1  exp", "frozen"),
    ("node 1", "#1 exp: y = exp(x)"),
    ("step-back", "the program has ended"),
]


def tidy(shown):
    """Without what differs from machine to machine and from run to run."""
    shown = re.sub(r"warning: Source file is more recent.*\n|\[Thread debugging.*\n|Using host libthread_db.*\n|\[Inferior .*\n", "", shown)
    shown = re.sub(r"/[^ :]*/(autograd|tests)/", r"\1/", shown)
    shown = re.sub(r"this=0x[0-9a-f]+", "this=...", shown)
    return re.sub(r"0x[0-9a-f]{4,}", "0x...", shown)


def main():
    try:
        python = subprocess.run(GDB + ["-ex", "python print(6 * 7)"], capture_output=True, text=True).stdout
    except FileNotFoundError:
        python = ""
    if "42" not in python:
        print("skipped: no gdb with Python here")
        return 77
    arguments = ["-ex", "set width 0", "-ex", "set debuginfod enabled off", "-x", ROOT + "/autograd/inspect/gdb/gradus.py"]
    for command, *_ in SESSION:
        arguments += ["-ex", "echo (gdb) %s\\n" % command, "-ex", command]
    # Both streams in one, so that errors stand where they were shown.
    done = subprocess.run(GDB + arguments + [sys.argv[1]], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                          stdin=subprocess.DEVNULL, timeout=300)
    if re.search(r"ptrace: |not trace|Couldn't get registers", done.stdout):
        print("skipped: gdb may not run programs here:\n" + done.stdout)
        return 77
    transcript = tidy(done.stdout)
    if len(sys.argv) > 2:
        with open(sys.argv[2], "w") as file:
            file.write(transcript)
    parts = ("\n" + transcript).split("\n(gdb) ")[1:]
    wrong = 0 if len(parts) == len(SESSION) else 1
    for (command, *expected), part in zip(SESSION, parts):
        for words in expected:
            if words not in part:
                wrong += 1
                print("expected '%s' from %s" % (words, part.strip()))
    if wrong:
        print(transcript)
    print("debugger: %d commands, %d not as expected" % (len(parts), wrong))
    return 1 if wrong else 0


sys.exit(main())
