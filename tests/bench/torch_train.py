#!/usr/bin/python3
"""`gradus train gpt` and `gradus train cnn` in PyTorch: a whole training run, for full_training.py.

    torch_train.py gpt|cnn START DATA [--steps N] [--threads N] [--seed N] [--attention ...] [--adam ...] [...]

START: the weights to begin with, a file of Gradus. DATA: a text file, or a folder with MNIST's test files. Prints one
line of JSON: the seconds of the steps alone, and the loss on the last tenth of the text, or the accuracy on 2,000 images
that were not trained on.
"""

import argparse
import gzip
import json
import math
import pathlib
import time

import numpy as np
import torch
import torch.nn.functional as F

import torch_work


def cosine(step, steps, warmup, lr, min_lr):
    """the learning rate: up in a line, down in a half cosine"""
    if step < warmup:
        return lr * (step + 1) / warmup
    return min_lr + 0.5 * (lr - min_lr) * (1 + math.cos(math.pi * (step - warmup) / max(1, steps - warmup)))


def run(work, steps, rate):
    begin = time.perf_counter()
    for i in range(steps):
        for group in work.optimizer.param_groups:
            group["lr"] = rate(i)
        work.step()
    return time.perf_counter() - begin


def gpt(options, start):
    text = pathlib.Path(options.data).read_text()
    ids = {c: i for i, c in enumerate(sorted(set(text)))}
    tokens = torch.tensor([ids[c] for c in text])
    train, others = tokens[: len(tokens) * 9 // 10], tokens[len(tokens) * 9 // 10 :]
    B, T = 12, start["wpe.weight"].shape[0]
    begins = torch.from_numpy(np.random.default_rng(options.seed).integers(0, len(train) - T, (options.steps, B, 1)))
    at = begins + torch.arange(T)
    data = {"inputs": train[at], "targets": train[at + 1], "n_head": torch.tensor(4)}
    work = torch_work.GptTraining({**start, **{f"data.{k}": v for k, v in data.items()}}, options)
    seconds = run(work, options.steps, lambda i: cosine(i, options.steps, 100, 1e-3, 1e-4))
    with torch.inference_mode():
        windows = others[: (len(others) - 1) // T * T + 1]
        logits = torch.cat([work.gpt(x) for x in windows[:-1].view(-1, T).split(64)])
        return {"seconds": seconds, "loss": F.cross_entropy(logits.flatten(0, 1), windows[1:]).item()}


def idx(path, header):
    return np.frombuffer(gzip.decompress(path.read_bytes()), np.uint8)[header:].copy()


def cnn(options, start):
    folder, rng = pathlib.Path(options.data), np.random.default_rng(options.seed)
    images = torch.from_numpy(idx(folder / "mnist-t10k-images-idx3-ubyte.gz", 16)).view(-1, 1, 28, 28) / 255.0
    labels = torch.from_numpy(idx(folder / "mnist-t10k-labels-idx1-ubyte.gz", 8)).long()
    order = torch.from_numpy(rng.permutation(len(images)))
    train, others = order[:8000], order[8000:]
    rounds = [train[torch.from_numpy(rng.permutation(8000))] for _ in range(-(-options.steps * 64 // 8000))]
    batches = torch.cat(rounds)[: options.steps * 64]
    data = {"images": images[batches], "labels": labels[batches].view(-1, 64)}
    work = torch_work.CnnTraining({**start, **{f"data.{k}": v for k, v in data.items()}}, options)
    seconds = run(work, options.steps, lambda i: cosine(i, options.steps, 0, 2e-3, 0))
    with torch.inference_mode():
        right = (torch_work.models.cnn_logits(work.p, images[others]).argmax(1) == labels[others]).double().mean()
    return {"seconds": seconds, "accuracy": right.item()}


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("model", choices=["gpt", "cnn"])
    parser.add_argument("start")
    parser.add_argument("data")
    parser.add_argument("--steps", type=int, default=2000)
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--adam", choices=["foreach", "fused", "plain"], default="foreach")
    parser.add_argument("--attention", choices=["fused", "early", "plain"], default="plain")
    parser.add_argument("--channels-last", type=int, default=0)
    parser.add_argument("--mkldnn", type=int, default=1)
    options = parser.parse_args()
    options.keep_start = False
    torch.set_num_threads(options.threads)
    torch._C._set_mkldnn_enabled(bool(options.mkldnn))
    start = torch_work.read_safetensors(options.start)
    print(json.dumps({"torch": torch.__version__, **{"gpt": gpt, "cnn": cnn}[options.model](options, start)}))


if __name__ == "__main__":
    main()
