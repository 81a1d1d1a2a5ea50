#!/usr/bin/python3
"""How a GPT training step grows with its width, its context and its batch: time and peak memory, the exponents of both,
and the plot of the README.

    tests/bench/growth.py [--threads 2] [--build build/release] [--svg growth.svg] [--json FILE]

One size grows at a time, from a model of 4 layers, width 128, context 64, batch 12. The exponent p of time ~ size^p is
the slope of a least-squares line through the logarithms, over the range that is printed with it.
"""

import argparse
import json
import math
import pathlib
import statistics

import machine
import peers

BASE = {"width": 128, "context": 64, "batch": 12}
RANGES = {
    "width": [64, 128, 256, 512, 768],
    "context": [32, 64, 128, 256, 512],
    "batch": [3, 6, 12, 24, 48, 96],
}
COLOURS = {"width": "#d9622b", "context": "#2f8fd0", "batch": "#3d9b50"}  # told apart on white and on black
GREY = "#808890"


def measure(calm, build, threads, size):
    """milliseconds of a step (the median), bytes of the process at its peak"""
    options = [x for k, v in {**BASE, **size}.items() for x in (f"--{k}", v)]
    with peers.gradus(build, "gpt_train_step", threads, *options) as peer:
        once = peer.ask("run 2")["ms"][1]
        ms, _ = peers.steps(calm, peer, max(3, min(60, int(1500 / once))))
        return {**size, "ms": statistics.median(ms), "bytes": peer.ask("memory")["peak"]}


def exponent(sizes, values):
    """The slope of log(value) over log(size), by least squares."""
    x, y = [math.log(s) for s in sizes], [math.log(v) for v in values]
    mean_x, mean_y = statistics.mean(x), statistics.mean(y)
    return sum((a - mean_x) * (b - mean_y) for a, b in zip(x, y)) / sum((a - mean_x) ** 2 for a in x)


def panel(left, title, unit, curves):
    """One plot of 300 x 240, both axes logarithmic; curves: name -> (sizes, values, exponent)"""
    multiples = [s / BASE[name] for name, (sizes, _, _) in curves.items() for s in sizes]
    values = [v for _, all_values, _ in curves.values() for v in all_values]
    low_x, high_x = math.log2(min(multiples)), math.log2(max(multiples))
    low_y, high_y = math.floor(math.log10(min(values))), math.ceil(math.log10(max(values)))
    at_x = lambda m: left + 64 + 250 * (math.log2(m) - low_x) / (high_x - low_x)
    at_y = lambda v: 250 - 210 * (math.log10(v) - low_y) / (high_y - low_y)
    parts = [f'<text x="{left + 64}" y="22" font-weight="bold">{title}</text>']
    for power in range(low_y, high_y + 1):
        y = at_y(10**power)
        parts.append(f'<path d="M{left + 64} {y:.1f}h250" stroke="{GREY}" stroke-opacity=".35"/>')
        parts.append(f'<text x="{left + 58}" y="{y + 4:.1f}" text-anchor="end">{10**power:g}{unit}</text>')
    for power in range(math.ceil(low_x), math.floor(high_x) + 1):
        label = f"×{2**power}" if power >= 0 else f"×1/{2**-power}"
        parts.append(f'<text x="{at_x(2**power):.1f}" y="268" text-anchor="middle">{label}</text>')
    for row, (name, (sizes, all_values, slope)) in enumerate(curves.items()):
        points = [(at_x(s / BASE[name]), at_y(v)) for s, v in zip(sizes, all_values)]
        line = " ".join(f"{x:.1f},{y:.1f}" for x, y in points)
        parts.append(f'<polyline points="{line}" fill="none" stroke="{COLOURS[name]}" stroke-width="2"/>')
        parts += [f'<circle cx="{x:.1f}" cy="{y:.1f}" r="3" fill="{COLOURS[name]}"/>' for x, y in points]
        parts.append(
            f'<text x="{left + 74}" y="{52 + 16 * row}" fill="{COLOURS[name]}">{name} {sizes[0]} to {sizes[-1]}: '
            f"exponent {slope:.2f}</text>"
        )
    return parts


def plot(result):
    parts = [
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 720 300" width="720" height="300" '
        f'font-family="sans-serif" font-size="12" fill="{GREY}">'
    ]
    for left, key, title, unit, scale in (
        (0, "ms", "time of a GPT training step", " ms", 1),
        (360, "bytes", "peak memory of the process", " MB", 1e-6),
    ):
        curves = {
            name: ([r[name] for r in rows["points"]], [scale * r[key] for r in rows["points"]], rows[f"{key}_exponent"])
            for name, rows in result["growth"].items()
        }
        parts += panel(left, title, unit, curves)
    base = ", ".join(f"{k} {v}" for k, v in BASE.items())
    parts.append(f'<text x="64" y="291">×1: 4 layers, {base}. {result["machine"]["cpu"]}, {result["threads"]} thread{"s" * (result["threads"] > 1)}.</text>')
    return "\n".join([*parts, "</svg>\n"])


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--build", type=pathlib.Path, default=peers.HERE.parent.parent / "build/release")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--patience", type=float, default=600, help="seconds to wait, in all, for an idle machine")
    parser.add_argument("--svg", type=pathlib.Path, help="the plot to write")
    parser.add_argument("--json", type=pathlib.Path)
    options = parser.parse_args()
    calm = machine.Calm(options.patience)
    result = {"machine": machine.describe(), "threads": options.threads, "growth": {}}
    for name, sizes in RANGES.items():
        points = [measure(calm, options.build, options.threads, {name: size}) for size in sizes]
        rows = {"points": points}
        for key in ("ms", "bytes"):
            rows[f"{key}_exponent"] = exponent(sizes, [p[key] for p in points])
        result["growth"][name] = rows
        for p in points:
            print(f"{name:8} {p[name]:5}  {p['ms']:9.2f} ms  {p['bytes'] / 1e6:8.1f} MB")
        print(
            f"{name:8} from {sizes[0]} to {sizes[-1]}: time ~ {name}^{rows['ms_exponent']:.2f}, "
            f"memory ~ {name}^{rows['bytes_exponent']:.2f}",
            flush=True,
        )
    if options.json:
        options.json.write_text(json.dumps(result, indent=1) + "\n")
    if options.svg:
        options.svg.write_text(plot(result))


if __name__ == "__main__":
    main()
