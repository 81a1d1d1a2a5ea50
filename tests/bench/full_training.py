#!/usr/bin/python3
"""Whole training runs by Gradus and by PyTorch, in turn, from the same start, with the same recipe.

    tests/bench/full_training.py [--text FILE] [--mnist FOLDER] [--build build/release] [--threads 2] [--runs 3] [--steps N]

--text: 2,000 steps of TinyGpt on it, as `gradus train gpt --data FILE`. --mnist: TinyCnn on MNIST's test files for the
fewest rounds (of 125 steps) after which the median accuracy of Gradus' runs is 98.3 % or more. Before, PyTorch tries its
options for 60 steps each and keeps the fastest. --steps: so many steps instead of all these. Seconds are those of the
steps alone, without starting and testing.
"""

import argparse
import itertools
import json
import os
import pathlib
import statistics
import subprocess
import tempfile

import peers

ROUND = 125
WANTED = 0.983


def answer(command, environment=None):
    result = subprocess.run(list(map(str, command)), check=True, stdout=subprocess.PIPE, text=True,
                            env={**os.environ, **(environment or {})}, stderr=subprocess.PIPE)
    return json.loads(result.stdout)


class Training:
    def __init__(self, model, data, options, folder):
        self.model, self.data, self.options, self.folder = model, data, options, folder

    def gradus(self, steps, seed, out="weights", *more):
        file = self.folder / f"{out}.safetensors"
        return answer([self.options.build / "gradus", "train", self.model, "--data", self.data, "--steps", steps,
                       "--seed", seed, "--threads", self.options.threads, "--checkpoint-every", 0, "--out", file,
                       "--json", *more])

    def torch(self, steps, seed, choice):
        flags = [x for k, v in choice.items() if k != "wait" for x in (f"--{k}", v)]
        return answer([peers.PYTHON, peers.HERE / "torch_train.py", self.model, self.folder / "start.safetensors",
                       self.data, "--steps", steps, "--seed", seed, "--threads", self.options.threads, *flags],
                      {"OMP_WAIT_POLICY": choice["wait"]})

    def best_choice(self, kinds):
        kinds = {**kinds, **peers.WAITING}
        found = []
        for values in itertools.product(*kinds.values()):
            choice = dict(zip(kinds, values))
            try:
                found.append((self.torch(self.options.steps or 60, 0, choice)["seconds"], sorted(choice.items())))
            except subprocess.CalledProcessError:
                pass  # this version of PyTorch has no such option
        if not found:
            raise SystemExit("full_training: PyTorch failed with every option; run torch_train.py by hand to see why")
        return dict(min(found)[1])

    def compare(self, steps, kinds, quality):
        self.gradus(1, 0, "start", "--lr", 1e-30, "--min-lr", 0)
        choice = self.best_choice(kinds)
        ours, theirs = [], []
        for seed in range(self.options.runs):
            ours.append(self.gradus(steps, seed))
            theirs.append(self.torch(steps, seed, choice))
        middle = lambda runs, key: statistics.median(r[key] for r in runs)
        a, b = middle(ours, "seconds"), middle(theirs, "seconds")
        print(f"train {self.model}, {steps} steps, {self.options.threads} threads, {self.options.runs} runs: "
              f"Gradus {a:.2f} s, PyTorch {theirs[0]['torch']} {b:.2f} s, ratio {a / b:.2f}; "
              f"{quality}: {middle(ours, quality):.4f} and {middle(theirs, 'loss' if self.model == 'gpt' else quality):.4f} "
              f"(PyTorch with {', '.join(f'{k} {v}' for k, v in choice.items())})", flush=True)

    def rounds(self):
        """how many steps it takes to the wanted accuracy"""
        for steps in range(4 * ROUND, 13 * ROUND, ROUND):
            if statistics.median(self.gradus(steps, s)["accuracy"] for s in range(3)) >= WANTED:
                return steps
        raise SystemExit(f"full_training: {100 * WANTED} % was not reached in {12 * ROUND} steps")


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--text", type=pathlib.Path)
    parser.add_argument("--mnist", type=pathlib.Path)
    parser.add_argument("--build", type=pathlib.Path, default=peers.HERE.parent.parent / "build/release")
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument("--steps", type=int)
    options = parser.parse_args()
    if not options.text and not options.mnist:
        parser.error("expected --text or --mnist")
    for path in filter(None, (options.text, options.mnist, options.build / "gradus")):
        if not path.exists():
            parser.error(f"{path}: no such file or folder")
    with tempfile.TemporaryDirectory() as name:
        folder = pathlib.Path(name)
        if options.mnist:
            cnn = Training("cnn", options.mnist, options, folder)
            cnn.compare(options.steps or cnn.rounds(), peers.CNN_OPTIONS, "accuracy")
        if options.text:
            Training("gpt", options.text, options, folder).compare(options.steps or 2000, peers.GPT_OPTIONS, "validation_loss")


if __name__ == "__main__":
    main()
