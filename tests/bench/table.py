#!/usr/bin/python3
"""The README's tables, by one command: measures against PyTorch (peers.py) and prints Markdown, the machine named.

    tests/bench/table.py [OPTIONS OF peers.py]
    tests/bench/table.py --from FILE.json [FILE.json ...]

--from: tables of a file that peers.py --json wrote, without measuring again; of further ones, from runs with another
PyTorch, its times and ratios are added as columns.
"""

import argparse
import json
import pathlib
import subprocess
import tempfile

import peers

WHAT = {
    "gpt_train_step": "GPT training step: 4 layers, 128 wide, context 64, batch 12",
    "gpt_train_step_10m": "GPT training step: 6 layers, 384 wide, context 256, batch 8",
    "gpt_forward": "GPT forward, 4 layers, batch 12",
    "gpt_maximize_step": "GPT maximization step, 5 embeddings",
    "gpt_maximize_step_768": "GPT maximization step, 12 x 64 embeddings",
    "cnn_train_step": "CNN training step, batch 64",
    "cnn_maximize_step/1": "CNN maximization step, 1 image",
    "cnn_maximize_step/64": "CNN maximization step, 64 images",
    "cnn_maximize_step_penalty/1": "CNN maximization step, 1 image, with penalties",
}


def milliseconds(times):
    digits = 2 if times["median"] < 10 else 1
    return f"{times['median']:.{digits}f} ({times['low']:.{digits}f} to {times['high']:.{digits}f})"


def count(row):
    return f"{row['threads']} thread{'s' if row['threads'] > 1 else ''}"


def further(row, other):
    """The columns that another run adds to a row. Its ratio is to Gradus' time in that run."""
    for r in other["rows"]:
        if (r["work"], r["threads"]) == (row["work"], row["threads"]):
            return f" {milliseconds(r['torch_ms'])} | {r['ratio']:.2f} |"
    return " | |"


def tables(result, *others):
    m, rows = result["machine"], result["rows"]
    peaks = {g["threads"]: g["gradus"] for g in result["gemm"]}
    lines = [
        f"{m['cpu']}, {m['cores']} cores, {m['system']}, {m['compiler']}, PyTorch {rows[0]['torch']} with OpenBLAS, {m['date']}."
        " Milliseconds, the median and the quartiles; both in turn in one run.",
        "",
        "| work | threads | Gradus | PyTorch | ratio | GFLOP/s | of `gemm_peak` |"
        + "".join(f" PyTorch {o['rows'][0]['torch']} | ratio |" for o in others),
        "|---|---|---|---|---|---|---|" + "---|---|" * len(others),
    ]
    for r in rows:
        share = f"{100 * r['gflops'] / peaks[r['threads']]:.0f} %" if r["threads"] in peaks else ""
        lines.append(
            f"| {WHAT[r['work']]} | {r['threads']} | {milliseconds(r['gradus_ms'])} | {milliseconds(r['torch_ms'])} | "
            f"{r['ratio']:.2f} | {r['gflops']:.0f} | {share} |"
            + "".join(further(r, o) for o in others)
        )
    lines.append("")
    for r in rows:
        if r["work"].startswith("gpt_train"):
            ours, theirs = r["gradus_peak_bytes"], r["torch_peak_bytes"]
            lines.append(
                f"Peak memory of `{r['work']}` on {count(r)}: {ours / 1e6:.0f} MB, "
                f"PyTorch {theirs / 1e6:.0f} MB, ratio {ours / theirs:.2f}."
            )
    for g in result["gemm"]:
        lines.append(f"`gemm_peak` on {count(g)}: {g['gradus']:.0f} GFLOP/s, PyTorch's BLAS {g['torch']:.0f}.")
    if result["scalar"]:
        s = result["scalar"]
        lines.append(
            f"Scalars, forward and backward, an operation: {s['gradus_ns']:.0f} ns; "
            f"Python objects {s['python_ns']:.0f} ns, PyTorch tensors of one number {s['torch_ns']:.0f} ns."
        )
    disturbed = [f"{r['work']} ({r['threads']})" for r in rows if r["others"] > 0.1]
    if disturbed:
        lines.append(f"Other processes took more than a tenth of a core during: {', '.join(disturbed)}.")
    return "\n".join(lines)


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--from", dest="files", type=pathlib.Path, nargs="+")
    options, measuring = parser.parse_known_args()
    if options.files:
        print(tables(*(json.loads(f.read_text()) for f in options.files)))
        return
    with tempfile.TemporaryDirectory() as folder:
        file = pathlib.Path(folder) / "peers.json"
        command = [peers.PYTHON, peers.HERE / "peers.py", *measuring, "--json", file]
        if subprocess.run(list(map(str, command)), stdout=subprocess.DEVNULL).returncode != 0:
            raise SystemExit(1)  # it said why
        print(tables(json.loads(file.read_text())))


if __name__ == "__main__":
    main()
