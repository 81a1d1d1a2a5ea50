#!/usr/bin/python3
"""The same work by Gradus and by PyTorch, in turn, in one run.

    tests/bench/peers.py [WORK...] [--build build/release] [--threads 1,2] [--steps 30] [--json FILE]

Each side is a process of its own, which sleeps while the other works: a block of steps here, a block there, and so on.
First the losses are compared: from the same weights and data (a file that Gradus wrote) both must go the same way,
and start where the plain PyTorch models of tests/golden/models.py, in double, start. Before it is timed, PyTorch tries
its options (attention, optimizer, memory format, oneDNN, how idle threads wait) and keeps the fastest of each. Blocks during
which other processes took a tenth of a core or more are measured again.
"""

import argparse
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile

import machine
import scalars

HERE = pathlib.Path(__file__).resolve().parent
PYTHON = "/usr/bin/python3"  # Debian's, which python3-torch belongs to
GPT_OPTIONS = {"attention": ["plain", "early", "fused"], "adam": ["foreach", "fused", "plain"]}
CNN_OPTIONS = {"channels-last": [0, 1], "mkldnn": [1, 0], "adam": ["foreach", "fused", "plain"]}
WAITING = {"wait": ["active", "passive"]}
WORKS = {
    "gpt_train_step": GPT_OPTIONS,
    "gpt_train_step_10m": GPT_OPTIONS,
    "gpt_forward": {"attention": ["plain", "early", "fused"]},
    "gpt_maximize_step": GPT_OPTIONS,
    "gpt_maximize_step_768": GPT_OPTIONS,
    "cnn_train_step": CNN_OPTIONS,
    "cnn_maximize_step/1": CNN_OPTIONS,
    "cnn_maximize_step/64": CNN_OPTIONS,
    "cnn_maximize_step_penalty/1": CNN_OPTIONS,
}


class Peer:
    """A process that answers each line with one line of JSON."""

    def __init__(self, command, environment=None, quiet=False):
        self.process = subprocess.Popen(
            [str(x) for x in command],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if quiet else None,
            text=True,
            env={**os.environ, **(environment or {})},
        )

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.process.stdin.close()
        self.process.wait()

    def read(self):
        line = self.process.stdout.readline()
        if not line:
            raise RuntimeError(f"a peer ended: {' '.join(self.process.args)}")
        return json.loads(line)

    def ask(self, command):
        """Sends a command -> its answer"""
        self.process.stdin.write(command + "\n")
        self.process.stdin.flush()
        return self.read()


def steps(calm, peer, count):
    """milliseconds of each step, the first one, cold, left out; the cores that other work took"""
    answer, others = calm.measure([peer.process.pid], lambda: peer.ask(f"run {count + 1}"))
    return answer["ms"][1:], others


def gradus(build, work, threads, *options):
    return Peer([build / "tests/bench/gradus_peer", work, "--threads", threads, *options])


def torch(work, file, threads, options=None, keep_start=0, quiet=False):
    options = dict(options or {})
    wait = {"OMP_WAIT_POLICY": "passive"} if options.pop("wait", "active") == "passive" else {}
    environment = {"OMP_NUM_THREADS": str(threads), "OPENBLAS_NUM_THREADS": str(threads), **wait}
    arguments = [x for k, v in options.items() for x in (f"--{k}", v)]
    peer = Peer(
        [PYTHON, HERE / "torch_work.py", work, file, "--threads", threads, "--keep-start", keep_start, *arguments],
        environment,
        quiet,
    )
    peer.about = peer.read()
    blas = peer.about["blas"]
    if not blas or not any("openblas" in x or "mkl" in x for x in blas):
        raise SystemExit(
            f"peers: PyTorch must use OpenBLAS, it has loaded {blas}; install libopenblas0-pthread\n"
            "  (update-alternatives --display libblas.so.3-x86_64-linux-gnu)"
        )
    return peer


def same_losses(work, ours, theirs, plain):
    """Raises unless both go the same way: float32 sums in another order differ in the sixth digit."""
    for step, (a, b) in enumerate(zip(ours, theirs)):
        if abs(a - b) > 5e-4 * max(abs(a), abs(b), 1e-2):
            raise SystemExit(f"peers: {work}: step {step}: Gradus' loss is {a}, PyTorch's {b}: not the same work")
    if plain is not None and abs(ours[0] - plain) > 1e-5 * abs(plain):
        raise SystemExit(f"peers: {work}: Gradus' first loss is {ours[0]}, the plain PyTorch model's {plain}")


def best_options(calm, work, file, threads, tries):
    """PyTorch's fastest options, one kind after another; -> options, milliseconds of every combination tried"""
    best, tried = {}, {}
    for key, choices in {**WORKS[work], **(WAITING if threads > 1 else {})}.items():
        times = {}
        for choice in choices:
            options = {**best, key: choice}
            try:
                with torch(work, file, threads, options, quiet=True) as peer:
                    peer.ask("run 2")
                    times[choice] = statistics.median(steps(calm, peer, tries)[0])
            except RuntimeError:
                continue  # this version of PyTorch has no such option
            tried[" ".join(f"{k}={v}" for k, v in options.items())] = round(times[choice], 3)
        best[key] = min(times, key=times.get)
    return best, tried


def spread(values):
    """median, and the quartiles"""
    low, middle, high = statistics.quantiles(values, n=4)
    return {"median": middle, "low": low, "high": high, "least": min(values), "steps": len(values)}


def compare(calm, build, work, threads, least, folder):
    """-> a row of the table"""
    file = pathlib.Path(folder) / (work.replace("/", "-") + ".safetensors")
    with gradus(build, work, threads) as ours:
        flops = ours.ask(f"save {file}")["flops"]
        once = ours.ask("run 2")["ms"][1]
        options, tried = best_options(calm, work, file, threads, 3 if once > 300 else 15)
        with torch(work, file, threads, options, keep_start=1) as theirs, gradus(build, work, threads) as again:
            first = 3
            a, b = again.ask(f"run {first}"), theirs.ask(f"run {first}")
            same_losses(work, a["loss"], b["loss"], theirs.ask("check")["loss"])
        about = theirs.about
        with torch(work, file, threads, options) as theirs:
            ours.ask("run 3")
            theirs.ask("run 3")
            ours_ms, theirs_ms, others = [], [], []
            block = max(3, min(300, int(300 / max(once, 0.1))))
            for _ in range(max(5, -(-least // block))):
                for peer, kept in ((ours, ours_ms), (theirs, theirs_ms)):
                    ms, cores = steps(calm, peer, block)
                    kept += ms
                    others.append(cores)
            memory = [peer.ask("memory")["peak"] for peer in (ours, theirs)]
    a, b = spread(ours_ms), spread(theirs_ms)
    return {
        "work": work,
        "threads": threads,
        "gradus_ms": a,
        "torch_ms": b,
        "ratio": a["median"] / b["median"],
        "gflops": flops / a["median"] / 1e6,
        "torch_gflops": flops / b["median"] / 1e6,
        "gradus_peak_bytes": memory[0],
        "torch_peak_bytes": memory[1],
        "torch_options": options,
        "torch_tried_ms": tried,
        "others": statistics.mean(others),
        "blas": about["blas"],
        "torch": about["torch"],
    }


def gemm(calm, build, threads):
    """The largest rate of products: Gradus' and Eigen's, and PyTorch's BLAS."""
    calm.wait()
    command = [build / "tests/bench/gradus_bench", "--threads", threads, "--benchmark_filter=gemm_peak"]
    ours = json.loads(subprocess.run([*map(str, command), "--benchmark_format=json"], check=True, capture_output=True).stdout)
    with torch("gemm", "-", threads) as theirs:
        blas = max(theirs.ask(f"gemm {k}")["gflops"] for k in (256, 512, 1024))
    rates = [b["GFLOP/s"] for b in ours["benchmarks"]]
    return {"threads": threads, "gradus": max(rates), "torch": blas}


def scalar(calm, build):
    """ns an operation of micrograd-style scalars: Gradus, PyTorch's tensors of one number, Python's objects"""
    calm.wait()
    command = [build / "tests/bench/gradus_bench", "--threads", "1", "--benchmark_filter=scalar_op"]
    out = json.loads(subprocess.run([*map(str, command), "--benchmark_format=json"], check=True, capture_output=True).stdout)
    code = f"import sys; sys.path.insert(0, {str(HERE)!r}); import scalars; print(scalars.torch_ns())"
    theirs = float(subprocess.run([PYTHON, "-c", code], check=True, capture_output=True, text=True).stdout)
    return {"gradus_ns": out["benchmarks"][0]["ns/op"], "torch_ns": theirs, "python_ns": scalars.python_ns()}


def show(row):
    a, b = row["gradus_ms"], row["torch_ms"]
    print(
        f"{row['work']:28} {row['threads']}  Gradus {a['median']:9.3f} [{a['least']:.3f}: {a['low']:.3f}, {a['high']:.3f}]"
        f"  PyTorch {b['median']:9.3f} [{b['least']:.3f}: {b['low']:.3f}, {b['high']:.3f}] ms  ratio {row['ratio']:.2f}"
        f"  {row['gflops']:.1f} GFLOP/s  others {row['others']:.2f}",
        flush=True,
    )


def save(result, file):
    if file:
        file.write_text(json.dumps(result, indent=1) + "\n")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("works", nargs="*", help=f"of {', '.join(WORKS)}; all without it")
    parser.add_argument("--build", type=pathlib.Path, default=HERE.parent.parent / "build/release")
    parser.add_argument("--threads", default="1,2")
    parser.add_argument("--steps", type=int, default=30, help="timed steps of each side, at least")
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait, in all, for an idle machine")
    parser.add_argument("--json", type=pathlib.Path, help="the file to write")
    options = parser.parse_args()
    unknown = set(options.works) - set(WORKS)
    if unknown:
        parser.error(f"expected work of {', '.join(WORKS)}, got {', '.join(unknown)}")
    result = {"machine": machine.describe(), "rows": [], "gemm": [], "scalar": None}
    calm = machine.Calm(options.patience)
    with tempfile.TemporaryDirectory() as folder:
        for threads in map(int, options.threads.split(",")):
            for work in options.works or WORKS:
                result["rows"].append(compare(calm, options.build, work, threads, options.steps, folder))
                show(result["rows"][-1])
                save(result, options.json)
            if not options.works:
                result["gemm"].append(gemm(calm, options.build, threads))
                print(result["gemm"][-1], flush=True)
        if not options.works:
            result["scalar"] = scalar(calm, options.build)
            print(result["scalar"], flush=True)
    for row in result["rows"][:1]:
        print(f"PyTorch {row['torch']}, BLAS {row['blas']}")
    save(result, options.json)


if __name__ == "__main__":
    main()
