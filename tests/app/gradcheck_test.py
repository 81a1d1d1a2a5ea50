#!/usr/bin/env python3
"""gradcheck_test.py GRADUS LIBRARY: `gradus gradcheck` passes, and fails with a diagnosis when LIBRARY's wrong tanh is in
place of the right one."""
import json
import os
import subprocess
import sys


def run(*arguments, wrong):
    environment = dict(os.environ, LD_PRELOAD=sys.argv[2]) if wrong else None
    return subprocess.run([sys.argv[1], "gradcheck", *arguments], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True,
                          env=environment, timeout=120)


def expect(condition, done):
    if not condition:
        sys.exit(f"not as expected: {done}")


done = run("--op", "tanh", wrong=False)
expect(done.returncode == 0 and "1 arguments, 12 elements: all passed" in done.stdout, done)
for seed in range(31):  # of which 3, 14, 16 and 29 draw values that leave nothing to check, so that others are drawn
    done = run("--seed", str(seed), wrong=False)
    expect(done.returncode == 0 and "131 arguments, 4761 elements: all passed" in done.stdout, done)
done = run("--op", "tanh", wrong=True)
expect(done.returncode == 1 and done.stderr == "" and "1 FAILED" in done.stdout, done)
expect("the gradient of 'x' is wrong" in done.stdout, done)
expect("likely: tanh, input 1 of 1 ('x'), called at op_checks.cpp:" in done.stdout, done)
expect(": the sign is flipped" in done.stdout, done)
done = run("--op", "tanh", "--json", wrong=True)
expect(done.returncode == 1 and [row["passed"] for row in json.loads(done.stdout)] == [False], done)
done = run("--op", "no_such_op", wrong=False)
expect(done.returncode == 2 and done.stdout == "" and done.stderr.count("\n") == 1 and "no_such_op" in done.stderr, done)
