#!/usr/bin/python3
"""How long the notebooks' kernel takes: medians, beside their limits. On a quiet machine: tests/notebooks/measure.py [--runs N] BUILD

start     until a new kernel and the process of its cells answer
variable  `int x = 1;` in an empty notebook
headers   a cell that includes the library, its headers compiled by an earlier session (the build does it for the notebooks)
after     `int y = 1;` behind these headers
print     a line printed, behind these headers
step      a training step of the CNN in a cell, in turn with a program compiled with -O2: the ratio, and both in ms

Exit status 1 where a limit is passed."""
import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

sys.argv, arguments = sys.argv[:1] + sys.argv[-1:], sys.argv[1:]
from cells import BUILD, ROOT, Client, jupyter_path

LIMITS = {"start": 1500, "variable": 200, "headers": 400, "after": 200, "print": 300}  # ms
RATIO = 1.1
HEADERS = """#include <algorithm>
#include <chrono>
#include <iostream>
#include <vector>
#include "autograd/ops.h"
#include "autograd/tape.h"
#include "model/cnn.h"
#include "model/data/glyphs.h"
#include "nn/descend.h"
using namespace gradus;"""
STEP = """double now() { return 1e3 * std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }
double median_step() {
  TinyCnn cnn(CnnConfig{});
  cnn.initialize(1);
  const Images data = make_glyphs(1, 500, 0, THREADS);
  std::vector<double> times;
  double last = now();
  descend(cnn.parameters(), Adam{.lr = 1e-3}, Budget(60, 0, THREADS),
          [&](Tape& t, int step) { const Images b = image_batch(data, 64, 0, step); return cross_entropy(cnn(t.constant(b.pixels)), b.labels); },
          [&](const Step&) { const double at = now(); times.push_back(at - last); last = at; });
  std::sort(times.begin(), times.end());
  return times[times.size() / 2];
}"""


def ms(action):
    start = time.perf_counter()
    result = action()
    return 1e3 * (time.perf_counter() - start), result


def ok(client, code):
    taken, (ended, shown) = ms(lambda: client.run(code))
    if ended != "ok":
        sys.exit(f"{code}: {ended}")
    return taken, shown


def started():
    def start():
        client = Client()
        ok(client, "%debug")  # asks the process of the cells
        return client
    return ms(start)


def stop(client):
    client.client.stop_channels()
    client.manager.shutdown_kernel()


def program(folder, threads):
    source = Path(folder) / "step.cpp"
    source.write_text(f"{HEADERS}\n{STEP.replace('THREADS', str(threads))}\nint main() {{ std::cout << median_step(); }}\n")
    settings = json.loads((BUILD / "notebooks/settings.json").read_text())
    subprocess.run([settings["compiler"], "-std=c++20", "-O2", f"-I{ROOT}", str(source), "-o", f"{folder}/step", f"-L{BUILD}", "-lgradus", "-lgradus_base",
                    f"-Wl,-rpath,{BUILD}"], check=True)
    return [f"{folder}/step"]


def main():
    parse = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parse.add_argument("--runs", type=int, default=9)
    parse.add_argument("--threads", type=int, default=2)
    parse.add_argument("build")
    o = parse.parse_args(arguments)
    os.environ.update(jupyter_path(BUILD))
    os.environ.setdefault("GOMP_SPINCOUNT", "1000")  # as the kernel sets it
    found = {name: [] for name in LIMITS}
    in_cell, in_program = [], []
    with tempfile.TemporaryDirectory() as folder:
        command = program(folder, o.threads)
        for run in range(o.runs + 1):
            taken, client = started()
            values = {"start": taken, "variable": ok(client, "int x = 1;")[0], "headers": ok(client, HEADERS)[0], "after": ok(client, "int y = 1;")[0],
                      "print": ok(client, 'std::cout << x << "\\n";')[0]}
            ok(client, STEP.replace("THREADS", str(o.threads)))
            step = float(ok(client, "median_step()")[1])
            stop(client)
            alone = float(subprocess.run(command, check=True, capture_output=True, text=True).stdout)
            if run > 0:  # the first compiles the headers
                for name, value in values.items():
                    found[name].append(value)
                in_cell.append(step)
                in_program.append(alone)
    over = False
    for name, values in found.items():
        median = statistics.median(values)
        over = over or median > LIMITS[name]
        print(f"{name:9} {median:6.0f} ms   limit {LIMITS[name]} ms{'   OVER' if median > LIMITS[name] else ''}   ({min(values):.0f} to {max(values):.0f})")
    ratio = statistics.median(a / b for a, b in zip(in_cell, in_program))
    print(f"step      {ratio:6.3f}      limit {RATIO}{'   OVER' if ratio > RATIO else ''}   cell {statistics.median(in_cell):.2f} ms, program {statistics.median(in_program):.2f} ms")
    return 1 if over or ratio > RATIO else 0


if __name__ == "__main__":
    sys.exit(main())
