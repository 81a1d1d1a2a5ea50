#!/usr/bin/python3
"""The pieces of work of work.h in PyTorch, as fast as PyTorch does them: a worker process for peers.py.

    torch_work.py WORK FILE [--threads N] [--attention plain|fused|early] [--adam foreach|fused|plain] [...]

FILE is what `gradus_peer WORK` saved: the start and the data. Commands are those of gradus_peer: run N, memory; and
`check`: the first loss by the plain models of tests/golden/models.py, in float64. WORK `gemm` needs no file and knows
`gemm K`: the rate of K x K products.
"""

import argparse
import json
import math
import pathlib
import struct
import sys
import time

sys.path.insert(0, str(pathlib.Path(__file__).resolve().parent.parent / "golden"))

import numpy as np
import torch
import torch.nn.functional as F

import models


def read_safetensors(path):
    """name -> tensor; the values are F32 or I64."""
    data = pathlib.Path(path).read_bytes()
    (length,) = struct.unpack("<Q", data[:8])
    types = {"F32": np.float32, "I64": np.int64}
    tensors = {}
    for name, entry in json.loads(data[8 : 8 + length]).items():
        if name != "__metadata__":
            begin, end = (8 + length + x for x in entry["data_offsets"])
            values = np.frombuffer(data[begin:end], types[entry["dtype"]]).reshape(entry["shape"])
            tensors[name] = torch.from_numpy(values.copy())
    return tensors


def accepts(cls, option):
    return option in cls.__init__.__code__.co_varnames


def adam_options(cls, kind):
    """One kernel for all parameters (fused), one call an operation (foreach), or a loop in Python (plain)."""
    if kind == "fused":
        return {"fused": True}  # an error where this version has none, or none for processors
    if accepts(cls, "foreach"):
        return {"foreach": kind == "foreach"}
    return {}


def clip_grad_norm(parameters, largest):
    """torch.nn.utils.clip_grad_norm_, with one call for all parameters."""
    grads = [p.grad for p in parameters]
    norm = torch.linalg.vector_norm(torch.stack(list(torch._foreach_norm(grads))))
    torch._foreach_mul_(grads, torch.clamp(largest / (norm + 1e-6), max=1.0).item())


def attend(q, k, v, kind, later):
    """q, k, v (B, nh, T, hs) -> the same"""
    if kind == "fused":
        return F.scaled_dot_product_attention(q, k, v, is_causal=True)
    if kind == "early":  # the same function in PyTorch 1.13, under its first name
        return F._scaled_dot_product_attention(q, k, v, is_causal=True)[0]
    scores = (q @ k.transpose(-2, -1)) * (1 / math.sqrt(q.shape[-1]))
    return F.softmax(scores.masked_fill(later, -math.inf), -1) @ v


class Gpt:
    """TinyGpt, its weights transposed to (out, in), PyTorch's own layout."""

    def __init__(self, p, n_head, options, moving):
        self.p = {
            name: (x.T.contiguous() if x.ndim == 2 and name.startswith("h.") else x).requires_grad_(moving)
            for name, x in p.items()
        }
        self.n_head, self.attention, self.layers = n_head, options.attention, 0
        while f"h.{self.layers}.ln_1.weight" in p:
            self.layers += 1
        T = p["wpe.weight"].shape[0]
        self.later = torch.ones(T, T, dtype=torch.bool).triu(1)

    def norm(self, x, name):
        return F.layer_norm(x, x.shape[-1:], self.p[f"{name}.weight"], self.p[f"{name}.bias"], 1e-5)

    def dense(self, x, name):
        return F.linear(x, self.p[f"{name}.weight"], self.p[f"{name}.bias"])

    def from_embeddings(self, x, stop_at_act=False):
        B, T, C = x.shape
        x = x + self.p["wpe.weight"][:T]
        for i in range(self.layers):
            qkv = self.dense(self.norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").view(B, T, 3, self.n_head, -1)
            q, k, v = qkv.permute(2, 0, 3, 1, 4).unbind(0)
            heads = attend(q, k, v, self.attention, self.later[:T, :T]).transpose(1, 2).reshape(B, T, C)
            x = x + self.dense(heads, f"h.{i}.attn.c_proj")
            act = F.gelu(self.dense(self.norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), approximate="tanh")
            if stop_at_act and i == self.layers - 1:
                return act
            x = x + self.dense(act, f"h.{i}.mlp.c_proj")
        return F.linear(self.norm(x, "ln_f"), self.p["wte.weight"])

    def __call__(self, tokens):
        return self.from_embeddings(F.embedding(tokens, self.p["wte.weight"]))


def split(tensors):
    """parameters, data"""
    data = {k[5:]: v for k, v in tensors.items() if k.startswith("data.")}
    return {k: v for k, v in tensors.items() if not k.startswith("data.")}, data


class GptTraining:
    def __init__(self, tensors, options):
        p, self.data = split(tensors)
        self.start = {k: v.clone() for k, v in p.items()} if options.keep_start else None
        self.n_head = int(self.data["n_head"])
        self.gpt = Gpt(p, self.n_head, options, True)
        self.parameters = list(self.gpt.p.values())
        groups = [
            {"params": [x for x in self.parameters if x.ndim >= 2], "weight_decay": 0.1},
            {"params": [x for x in self.parameters if x.ndim < 2], "weight_decay": 0.0},
        ]
        kind = adam_options(torch.optim.AdamW, options.adam)
        self.optimizer = torch.optim.AdamW(groups, lr=1e-3, betas=(0.9, 0.99), eps=1e-8, **kind)
        self.n = 0

    def step(self):
        i = self.n % len(self.data["inputs"])
        self.n += 1
        self.optimizer.zero_grad(set_to_none=True)
        logits = self.gpt(self.data["inputs"][i])
        loss = F.cross_entropy(logits.view(-1, logits.shape[-1]), self.data["targets"][i].view(-1))
        loss.backward()
        clip_grad_norm(self.parameters, 1.0)
        self.optimizer.step()
        return loss.item()

    def check(self):
        p = {k: v.double() for k, v in self.start.items()}
        logits = models.gpt_logits(p, self.data["inputs"][0], self.n_head)
        return F.cross_entropy(logits.flatten(0, 1), self.data["targets"][0].flatten()).item()


class GptMaximization:
    def __init__(self, tensors, options):
        p, data = split(tensors)
        self.x = p.pop("embeddings").requires_grad_()
        self.gpt = Gpt(p, int(data["n_head"]), options, False)
        self.optimizer = torch.optim.Adam([self.x], lr=0.01, **adam_options(torch.optim.Adam, options.adam))

    def loss(self):
        act = self.gpt.from_embeddings(self.x, stop_at_act=True)
        return 0.001 * self.x.square().sum(-1).mean() - act[..., 37].mean()

    def step(self):
        self.optimizer.zero_grad(set_to_none=True)
        loss = self.loss()
        loss.backward()
        self.optimizer.step()
        return loss.item()


def cnn_to(p, options):
    form = torch.channels_last if options.channels_last else torch.contiguous_format
    return {k: v.contiguous(memory_format=form) if v.ndim == 4 else v for k, v in p.items()}


class CnnTraining:
    def __init__(self, tensors, options):
        p, self.data = split(tensors)
        self.start = {k: v.clone() for k, v in p.items()} if options.keep_start else None
        self.p = {k: v.requires_grad_() for k, v in cnn_to(p, options).items()}
        N = self.data["labels"].shape[1]
        form = torch.channels_last if options.channels_last else torch.contiguous_format
        self.images = [x.contiguous(memory_format=form) for x in self.data["images"].split(N)]
        self.optimizer = torch.optim.Adam(
            list(self.p.values()), lr=1e-3, **adam_options(torch.optim.Adam, options.adam)
        )
        self.n = 0

    def step(self):
        i = self.n % len(self.images)
        self.n += 1
        self.optimizer.zero_grad(set_to_none=True)
        loss = F.cross_entropy(models.cnn_logits(self.p, self.images[i]), self.data["labels"][i])
        loss.backward()
        self.optimizer.step()
        return loss.item()

    def check(self):
        p = {k: v.double() for k, v in self.start.items()}
        return F.cross_entropy(models.cnn_logits(p, self.images[0].double()), self.data["labels"][0]).item()


class CnnMaximization:
    def __init__(self, tensors, options):
        p, _ = split(tensors)
        self.x = p.pop("image").requires_grad_()
        self.p = cnn_to(p, options)
        self.penalty = options.work.startswith("cnn_maximize_step_penalty")
        self.form = torch.channels_last if options.channels_last else torch.contiguous_format
        self.optimizer = torch.optim.Adam([self.x], lr=0.05, **adam_options(torch.optim.Adam, options.adam))

    def step(self):
        p = self.p
        self.optimizer.zero_grad(set_to_none=True)
        pixels = torch.sigmoid(self.x)
        x = F.relu(F.conv2d(pixels.contiguous(memory_format=self.form), p["conv1.weight"], p["conv1.bias"], padding=2))
        x = F.relu(F.conv2d(F.max_pool2d(x, 2), p["conv2.weight"], p["conv2.bias"], padding=2))
        loss = -x[:, 5].mean()
        if self.penalty:
            down = (pixels[:, :, 1:] - pixels[:, :, :-1]).abs().mean()
            right = (pixels[:, :, :, 1:] - pixels[:, :, :, :-1]).abs().mean()
            loss = 0.05 * pixels.square().mean() + 0.1 * (down + right) + loss
        loss.backward()
        self.optimizer.step()
        return loss.item()


class Forward:
    def __init__(self, tensors, options):
        p, data = split(tensors)
        self.gpt = Gpt(p, 4, options, False)
        self.tokens = data["inputs"]

    def step(self):
        with torch.inference_mode():
            return self.gpt(self.tokens).flatten()[0].item()


def make(options):
    tensors = read_safetensors(options.file)
    kinds = {
        "gpt_train_step": GptTraining,
        "gpt_train_step_10m": GptTraining,
        "gpt_forward": Forward,
        "gpt_maximize_step": GptMaximization,
        "gpt_maximize_step_768": GptMaximization,
        "cnn_train_step": CnnTraining,
    }
    return kinds.get(options.work, CnnMaximization)(tensors, options)


def loaded_blas():
    """The BLAS libraries in this process' memory map."""
    paths = {line.split()[-1] for line in open("/proc/self/maps") if "blas" in line and "/" in line}
    return sorted(paths)


def peak_memory():
    for line in open("/proc/self/status"):
        if line.startswith("VmHWM:"):
            return 1024 * int(line.split()[1])


def run(work, steps):
    ms, losses = [], []
    for _ in range(steps):
        start = time.perf_counter()
        losses.append(work.step())
        ms.append(1000 * (time.perf_counter() - start))
    return {"ms": ms, "loss": losses}


def gemm(K):
    """GFLOP/s of torch.mm on K x K, the best of some."""
    a, b = torch.randn(K, K), torch.randn(K, K)
    c = torch.empty(K, K)
    best = 0
    for _ in range(max(10, int(2e10 / (2 * K**3)))):
        start = time.perf_counter()
        torch.mm(a, b, out=c)
        best = max(best, 2 * K**3 / (time.perf_counter() - start) / 1e9)
    return best


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("work")
    parser.add_argument("file")
    parser.add_argument("--threads", type=int, default=1)
    parser.add_argument("--adam", choices=["foreach", "fused", "plain"], default="foreach")
    parser.add_argument("--attention", choices=["fused", "early", "plain"], default="plain")
    parser.add_argument("--channels-last", type=int, default=0)
    parser.add_argument("--mkldnn", type=int, default=1)
    parser.add_argument("--keep-start", type=int, default=0)
    options = parser.parse_args()
    torch.set_num_threads(options.threads)
    torch._C._set_mkldnn_enabled(bool(options.mkldnn))
    work = None if options.work == "gemm" else make(options)
    torch.mm(torch.ones(2, 2), torch.ones(2, 2))
    print(json.dumps({"torch": torch.__version__, "blas": loaded_blas(), "threads": torch.get_num_threads(),
                      "mkldnn": bool(options.mkldnn) and torch.backends.mkldnn.is_available()}), flush=True)
    for line in sys.stdin:
        command, _, argument = line.strip().partition(" ")
        if command == "run":
            answer = run(work, int(argument))
        elif command == "memory":
            answer = {"peak": peak_memory()}
        elif command == "check":
            answer = {"loss": work.check() if hasattr(work, "check") else None}
        elif command == "gemm":
            answer = {"gflops": gemm(int(argument))}
        print(json.dumps(answer), flush=True)


if __name__ == "__main__":
    main()
