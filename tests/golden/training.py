"""Makes training.json: the losses of 100 training steps of both models in PyTorch, in float32 and in float64.

    python3 tests/golden/training.py

Neither weights nor batches are stored: both come from gradus_random.py, which draws what gradus::Random draws.
"""

import json
import math
import pathlib

import numpy as np
import torch
import torch.nn.functional as F

from gradus_random import Random
from models import cnn_bound, cnn_logits, cnn_shapes, gpt_logits, gpt_shapes, initial

SEED = 1
STEPS = 100


# --- The CNN: a bright bar of four rows, whose height is the label, in noise

CNN_BATCH = 16
CNN = {"channels1": 16, "channels2": 32, "hidden": 64, "classes": 10, "kernel": 5, "height": 28, "width": 28}


def cnn_batch(step):
    """images (16, 1, 28, 28) float32, rounded once, after the bar was added in float64; labels (16)"""
    height, width = CNN["height"], CNN["width"]
    shape = (CNN_BATCH, 1, height, width)
    images = Random(SEED, "golden.images", step).uniform(math.prod(shape)).reshape(shape)
    labels = Random(SEED, "golden.labels", step).below(np.full(CNN_BATCH, CNN["classes"]))
    for image, label in zip(images, labels):
        image[0, 2 * label : 2 * label + 4] += 1.0
    return images.astype(np.float32), labels


def train_cnn(start, dtype):
    p = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in start.items()}
    optimizer = torch.optim.Adam(p.values(), lr=1e-3, betas=(0.9, 0.999), eps=1e-8)
    losses = []
    for step in range(STEPS):
        images, labels = cnn_batch(step)
        loss = F.cross_entropy(cnn_logits(p, torch.tensor(images, dtype=dtype)), torch.tensor(labels))
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    return losses


# --- The GPT: each token follows from the one before it, but for a choice among four

GPT_BATCH = 8
N_HEAD = 4
GPT = {"n_layer": 2, "n_embd": 64, "block_size": 32, "vocab_size": 65}
WARMUP, LR, LR_END = 10, 1e-3, 1e-4


def gpt_batch(step):
    """inputs and targets, each (8, 32): rows of T + 1 tokens without the last, and without the first"""
    V, T = GPT["vocab_size"], GPT["block_size"]
    draws = Random(SEED, "golden.tokens", step).below(np.tile([V] + [4] * T, (GPT_BATCH, 1)))
    tokens = draws.copy()
    for t in range(1, T + 1):
        tokens[:, t] = (3 * tokens[:, t - 1] + 7 + draws[:, t]) % V
    return tokens[:, :-1], tokens[:, 1:]


def learning_rate(step):
    """A line up, then half a cosine down from LR to LR_END."""
    if step < WARMUP:
        return LR * (step + 1) / (WARMUP + 1)
    return LR_END + 0.5 * (1 + math.cos(math.pi * (step - WARMUP) / (STEPS - WARMUP))) * (LR - LR_END)


def train_gpt(start, dtype):
    p = {name: torch.tensor(value, dtype=dtype, requires_grad=True) for name, value in start.items()}
    groups = [
        {"params": [x for x in p.values() if x.ndim >= 2], "weight_decay": 0.1},
        {"params": [x for x in p.values() if x.ndim < 2], "weight_decay": 0.0},
    ]
    optimizer = torch.optim.AdamW(groups, lr=LR, betas=(0.9, 0.99), eps=1e-8)
    losses, norms = [], []
    for step in range(STEPS):
        for group in optimizer.param_groups:
            group["lr"] = learning_rate(step)
        inputs, targets = (torch.tensor(x) for x in gpt_batch(step))
        loss = F.cross_entropy(gpt_logits(p, inputs, N_HEAD).flatten(0, 1), targets.flatten())
        optimizer.zero_grad()
        loss.backward()
        norms.append(torch.nn.utils.clip_grad_norm_(p.values(), 1.0).item())
        optimizer.step()
        losses.append(loss.item())
    return losses, norms


def total(arrays):
    """The sum of all values, exact but for its last rounding: says whether two starts are the same."""
    return math.fsum(float(x) for array in arrays for x in array.flat)


def main():
    torch.set_num_threads(1)
    cnn = initial(SEED, cnn_shapes(**CNN), cnn_bound)
    gpt = initial(SEED, gpt_shapes(**GPT), lambda shape: 0.035)
    float32 = [float(f"{x:.9g}") for x in train_cnn(cnn, torch.float32)]
    gpt32, _ = train_gpt(gpt, torch.float32)
    gpt64, norms = train_gpt(gpt, torch.float64)
    images = cnn_batch(0)
    result = {
        "made_by": "tests/golden/training.py",
        "torch": torch.__version__,
        # Draw number `index` (from 0) of Random(seed, purpose, step).
        "random": [
            {"seed": 1, "purpose": "golden.images", "step": 0, "draw": "bits", "index": 2,
             "value": int(Random(1, "golden.images").bits(3)[2])},
            {"seed": 1, "purpose": "golden.images", "step": 99, "draw": "uniform", "index": 1,
             "value": Random(1, "golden.images", 99).uniform(2)[1]},
            {"seed": 1, "purpose": "golden.fc1.weight", "step": 0, "draw": "uniform", "low": -0.25, "high": 0.5,
             "index": 1, "value": Random(1, "golden.fc1.weight").uniform(2, -0.25, 0.5)[1]},
            {"seed": 1, "purpose": "golden.tokens", "step": 7, "draw": "below", "bound": 65, "index": 2,
             "value": int(Random(1, "golden.tokens", 7).below([65] * 3)[2])},
        ],
        "cnn": {
            "parameters": sum(x.size for x in cnn.values()),
            "parameter_sum": total(cnn.values()),
            "first_image_sum": total([images[0][0]]),
            "first_labels": images[1].tolist(),
            "float32": float32,
            "float64": train_cnn(cnn, torch.float64),
        },
        "gpt": {
            "parameters": sum(x.size for x in gpt.values()),
            "parameter_sum": total(gpt.values()),
            "first_tokens": gpt_batch(0)[0][0].tolist(),
            "float32": [float(f"{x:.9g}") for x in gpt32],
            "float64": gpt64,
            "gradient_norms": [float(f"{x:.9g}") for x in norms],  # of the float64 run, before clipping
        },
    }
    pathlib.Path(__file__).with_suffix(".json").write_text(json.dumps(result, indent=1) + "\n")


if __name__ == "__main__":
    main()
