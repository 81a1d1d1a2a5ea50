#!/usr/bin/python3
"""How long the edit-compile loop takes, without ccache, in a temporary copy of the committed tree.

    tests/bench/compile_times.py [--json FILE] [--only NAME...] [--folder FOLDER]

demo     from a clean tree: everything that `cmake --workflow --preset demo` compiles
test     from a clean tree: everything that `cmake --workflow --preset test` compiles
op       in the default preset: after touching one op, rebuild the room's tests and run this op's
student  a file that includes autograd/ops.h and autograd/tape.h, compiled at -O0: the median of 5

The first two are timed with as many jobs as ninja starts by itself.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time

import machine

ROOT = pathlib.Path(__file__).resolve().parent.parent.parent
LIMITS = {"demo": 90, "test": 240, "op": 6, "student": 0.6}  # seconds, on 2 cores
STUDENT = """#include "autograd/ops.h"
#include "autograd/tape.h"
using namespace gradus;
int main() {
  Parameter w("w", Tensor({2}, {1, 2}));
  Tape t({&w});
  t.backward(sum(square(t.leaf(w))));
  return t.grad(w)[1] == 4 ? 0 : 1;
}
"""


def without_ccache():
    drop = ("CMAKE_CXX_COMPILER_LAUNCHER", "CMAKE_C_COMPILER_LAUNCHER")
    return {**{k: v for k, v in os.environ.items() if k not in drop}, "CCACHE_DISABLE": "1"}


def run(command, folder):
    done = subprocess.run(command, cwd=folder, env=without_ccache(), capture_output=True, text=True)
    if done.returncode:
        sys.exit(f"{' '.join(map(str, command))} failed:\n{done.stdout[-3000:]}{done.stderr[-3000:]}")


def seconds(*commands, folder):
    start = time.perf_counter()
    for command in commands:
        run(command, folder)
    return time.perf_counter() - start


def clean_build(folder, targets):
    run(["rm", "-rf", "build/release"], folder)
    return seconds(["cmake", "--preset", "release"], ["cmake", "--build", "build/release", *targets], folder=folder)


def touched_op(folder):
    tests = ["cmake", "--build", "build/debug", "--target", "autograd_tests"]
    run(["cmake", "--preset", "debug"], folder)
    run(tests, folder)
    times = []
    for _ in range(3):
        (folder / "autograd/ops/layer_norm.cpp").touch()
        times.append(seconds(tests, ["build/debug/tests/autograd_tests", "layer_norm*"], folder=folder))
    return statistics.median(times)


def student(folder):
    (folder / "student.cpp").write_text(STUDENT)
    command = ["c++", "-std=c++20", "-O0", "-I.", "-c", "student.cpp", "-o", "student.o"]
    return statistics.median(seconds(command, folder=folder) for _ in range(5))


KINDS = {
    "demo": lambda folder: clean_build(folder, ["--target", "gradus_program"]),
    "test": lambda folder: clean_build(folder, []),
    "op": touched_op,
    "student": student,
}


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--only", nargs="+", choices=KINDS, default=list(KINDS))
    parser.add_argument("--json", type=pathlib.Path)
    parser.add_argument("--folder", type=pathlib.Path, help="where to make the copy; without it, the system's temporary")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait, in all, for an idle machine")
    options = parser.parse_args()
    calm = machine.Calm(options.patience)
    rows = {}
    with tempfile.TemporaryDirectory(dir=options.folder) as temporary:
        folder = pathlib.Path(temporary)
        archive = subprocess.run(["git", "archive", "HEAD"], cwd=ROOT, check=True, capture_output=True).stdout
        subprocess.run(["tar", "-x"], cwd=folder, input=archive, check=True)
        for kind in options.only:
            calm.wait()
            load = os.getloadavg()[0]
            rows[kind] = {"seconds": KINDS[kind](folder), "at_most": LIMITS[kind], "load_before": load}
            print(f"{kind:8} {rows[kind]['seconds']:8.2f} s   at most {LIMITS[kind]} s   load before {load:.1f}", flush=True)
    if options.json:
        options.json.write_text(json.dumps({"machine": machine.describe(), "compile": rows}, indent=1) + "\n")


if __name__ == "__main__":
    main()
