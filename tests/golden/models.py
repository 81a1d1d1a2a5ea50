"""The two models in PyTorch's functions, over a dictionary of parameters by their dotted names.

Names and layouts are those of the weight files: PyTorch's for the CNN, Hugging Face's GPT-2 for the GPT, whose linear
layers hold their weight as (in, out).
"""

import math

import numpy as np
import torch
import torch.nn.functional as F

from gradus_random import Random


def initial(seed, shapes, bound):
    """Parameters by name, float32: uniform, biases in [-0.05, 0.05], layer norm's weights in [0.9, 1.1], others within
    bound(shape) of 0. Parameter NAME is drawn in row-major order from Random(seed, "golden.NAME")."""

    def interval(name, shape):
        if name.endswith(".bias"):
            return -0.05, 0.05
        if name.split(".")[-2].startswith("ln_"):
            return 0.9, 1.1
        return -bound(shape), bound(shape)

    def draw(name, shape):
        values = Random(seed, "golden." + name).uniform(math.prod(shape), *interval(name, shape))
        return values.astype(np.float32).reshape(shape)

    return {name: draw(name, shape) for name, shape in shapes.items()}


def cnn_bound(shape):
    """sqrt(3 / fan in): a sum over the inputs keeps their variance."""
    return math.sqrt(3 / math.prod(shape[1:]))


def cnn_shapes(channels1, channels2, hidden, classes, kernel, height, width):
    flat = channels2 * (height // 2 // 2) * (width // 2 // 2)
    return {
        "conv1.weight": (channels1, 1, kernel, kernel),
        "conv1.bias": (channels1,),
        "conv2.weight": (channels2, channels1, kernel, kernel),
        "conv2.bias": (channels2,),
        "fc1.weight": (hidden, flat),
        "fc1.bias": (hidden,),
        "fc2.weight": (classes, hidden),
        "fc2.bias": (classes,),
    }


def cnn_logits(p, images, padding=2):
    """images (N, 1, H, W) -> logits (N, classes)"""
    x = F.max_pool2d(F.relu(F.conv2d(images, p["conv1.weight"], p["conv1.bias"], padding=padding)), 2)
    x = F.max_pool2d(F.relu(F.conv2d(x, p["conv2.weight"], p["conv2.bias"], padding=padding)), 2)
    x = F.relu(F.linear(x.flatten(1), p["fc1.weight"], p["fc1.bias"]))
    return F.linear(x, p["fc2.weight"], p["fc2.bias"])


def gpt_shapes(n_layer, n_embd, block_size, vocab_size):
    shapes = {"wte.weight": (vocab_size, n_embd), "wpe.weight": (block_size, n_embd)}
    for i in range(n_layer):
        shapes |= {
            f"h.{i}.ln_1.weight": (n_embd,),
            f"h.{i}.ln_1.bias": (n_embd,),
            f"h.{i}.attn.c_attn.weight": (n_embd, 3 * n_embd),
            f"h.{i}.attn.c_attn.bias": (3 * n_embd,),
            f"h.{i}.attn.c_proj.weight": (n_embd, n_embd),
            f"h.{i}.attn.c_proj.bias": (n_embd,),
            f"h.{i}.ln_2.weight": (n_embd,),
            f"h.{i}.ln_2.bias": (n_embd,),
            f"h.{i}.mlp.c_fc.weight": (n_embd, 4 * n_embd),
            f"h.{i}.mlp.c_fc.bias": (4 * n_embd,),
            f"h.{i}.mlp.c_proj.weight": (4 * n_embd, n_embd),
            f"h.{i}.mlp.c_proj.bias": (n_embd,),
        }
    return shapes | {"ln_f.weight": (n_embd,), "ln_f.bias": (n_embd,)}


def causal_attention(q, k, v, n_head):
    """q, k, v (B, T, C) -> (B, T, C): softmax(q k^T / sqrt(hs) + mask) v in each head, hs = C / n_head"""
    B, T, C = q.shape
    q, k, v = (x.view(B, T, n_head, C // n_head).transpose(1, 2) for x in (q, k, v))  # (B, nh, T, hs)
    scores = q @ k.transpose(-2, -1) / math.sqrt(C // n_head)  # (B, nh, T, T)
    later = torch.ones(T, T, dtype=torch.bool).triu(1)
    return (F.softmax(scores.masked_fill(later, -math.inf), -1) @ v).transpose(1, 2).reshape(B, T, C)


def gpt_logits(p, tokens, n_head):
    """tokens (B, T) -> logits (B, T, V); pre-norm blocks, learned positions, GELU by tanh, the head tied to wte"""

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], 1e-5)

    def dense(x, name):
        return x @ p[f"{name}.weight"] + p[f"{name}.bias"]

    x = p["wte.weight"][tokens] + p["wpe.weight"][: tokens.shape[1]]
    i = 0
    while f"h.{i}.ln_1.weight" in p:
        q, k, v = dense(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").chunk(3, -1)
        x = x + dense(causal_attention(q, k, v, n_head), f"h.{i}.attn.c_proj")
        hidden = F.gelu(dense(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), approximate="tanh")
        x = x + dense(hidden, f"h.{i}.mlp.c_proj")
        i += 1
    return norm(x, "ln_f") @ p["wte.weight"].T
