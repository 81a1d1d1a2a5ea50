#!/usr/bin/python3
"""Makes a folder as Hugging Face keeps GPT-2, with random weights, and what PyTorch computes from it.

    gpt2.py                              tests/golden/gpt2: 2 layers, 12 wide, a vocabulary of bytes and a few pairs; committed
    gpt2.py --full FOLDER TOKENIZER      GPT-2 small's exact shape in FOLDER, with the vocab.json and merges.txt of TOKENIZER

FOLDER/model.safetensors is in float32; FOLDER/half and FOLDER/bfloat have the same weights in float16 and bfloat16. Each has
its expected.safetensors: tokens (1, T), logits (1, T, V), and the gradient of sum(logits * cotangent) by the embeddings (1, T, C), all
from the weights as they are stored, in float64. The names carry "transformer.", there are mask buffers and an lm_head.weight, and
the vocabulary has more rows than there are tokens."""
import json
import shutil
import struct
import sys
from pathlib import Path

import torch
from models import causal_attention, gpt_shapes

F = torch.nn.functional
DTYPES = {torch.float32: "F32", torch.float16: "F16", torch.bfloat16: "BF16", torch.float64: "F64", torch.int64: "I64", torch.uint8: "U8"}


def write(path, tensors):
    header, pieces, end = {"__metadata__": {"format": "pt"}}, [], 0
    for name, t in tensors.items():
        raw = t.contiguous().view(torch.int16) if t.dtype == torch.bfloat16 else t.contiguous()  # NumPy has no bfloat16
        pieces.append(raw.numpy().tobytes())
        header[name] = {"dtype": DTYPES[t.dtype], "shape": list(t.shape), "data_offsets": [end, end + len(pieces[-1])]}
        end += len(pieces[-1])
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(pieces))


def logits_of(p, embeddings, config):
    """embeddings (1, T, C) -> logits (1, T, V)"""

    def norm(x, name):
        return F.layer_norm(x, x.shape[-1:], p[f"{name}.weight"], p[f"{name}.bias"], config["layer_norm_epsilon"])

    def dense(x, name):
        return x @ p[f"{name}.weight"] + p[f"{name}.bias"]

    x = embeddings + p["wpe.weight"][: embeddings.shape[1]]
    for i in range(config["n_layer"]):
        q, k, v = dense(norm(x, f"h.{i}.ln_1"), f"h.{i}.attn.c_attn").chunk(3, -1)
        x = x + dense(causal_attention(q, k, v, config["n_head"]), f"h.{i}.attn.c_proj")
        x = x + dense(F.gelu(dense(norm(x, f"h.{i}.ln_2"), f"h.{i}.mlp.c_fc"), approximate="tanh"), f"h.{i}.mlp.c_proj")
    return norm(x, "ln_f") @ p["wte.weight"].T


def make(folder, weights, config, dtype, tokens, cotangent):
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "config.json").write_text(json.dumps(config, indent=2) + "\n")
    stored = {name: w.to(dtype) for name, w in weights.items()}
    tensors = {f"transformer.{name}": w for name, w in stored.items()}
    T = config["n_positions"]
    for i in range(config["n_layer"]):
        tensors[f"transformer.h.{i}.attn.bias"] = torch.ones(T, T, dtype=torch.uint8).tril().view(1, 1, T, T)
        tensors[f"transformer.h.{i}.attn.masked_bias"] = torch.tensor(-1e4)
    if dtype == torch.float32:
        tensors["lm_head.weight"] = stored["wte.weight"]
    write(folder / "model.safetensors", tensors)
    exact = {name: w.double() for name, w in stored.items()}
    embeddings = exact["wte.weight"][tokens].requires_grad_()
    logits = logits_of(exact, embeddings, config)
    (logits * cotangent).sum().backward()
    write(folder / "expected.safetensors", {"tokens": tokens, "logits": logits.detach(), "cotangent": cotangent, "gradient": embeddings.grad})


def small_tokenizer(folder):
    from byte_pairs import visible_bytes
    visible = visible_bytes()
    tokens = [visible[b] for b in range(256)]
    merges = [("t", "h"), ("th", "e"), ("Ġ", "the"), ("a", "n"), ("i", "n"), ("e", "r"), ("Ġ", "a"), ("in", "g"), ("Ã", "©")]
    tokens += ["".join(m) for m in merges] + ["<|endoftext|>"]
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "vocab.json").write_text(json.dumps({t: n for n, t in enumerate(tokens)}))
    (folder / "merges.txt").write_text("#version: 0.2\n" + "".join(f"{a} {b}\n" for a, b in merges))


def main():
    full = len(sys.argv) == 4 and sys.argv[1] == "--full"
    if not full and len(sys.argv) != 1:
        sys.exit(__doc__)
    folder = Path(sys.argv[2]) if full else Path(__file__).with_name("gpt2")
    sizes = (50257, 1024, 768, 12, 12, 1e-5) if full else (272, 16, 12, 2, 3, 1e-3)
    config = dict(zip(("vocab_size", "n_positions", "n_embd", "n_layer", "n_head", "layer_norm_epsilon"), sizes))
    config |= {"model_type": "gpt2", "activation_function": "gelu_new", "n_inner": None, "resid_pdrop": 0.1}
    torch.manual_seed(1)
    weights = {}
    for name, shape in gpt_shapes(config["n_layer"], config["n_embd"], config["n_positions"], config["vocab_size"]).items():
        scale = (0.02 if full else 0.2) if "ln_" not in name else 0.1
        weights[name] = torch.randn(shape) * scale + (1 if "ln_" in name and name.endswith("weight") else 0)
    T = 6 if full else 9
    tokens = torch.randint(0, config["vocab_size"], (1, T))
    cotangent = torch.randn(1, T, config["vocab_size"], dtype=torch.float64).float().double()
    if full:
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("vocab.json", "merges.txt"):
            shutil.copy(Path(sys.argv[3]) / name, folder)
    else:
        small_tokenizer(folder)
    for where, dtype in (("", torch.float32), ("half", torch.float16), ("bfloat", torch.bfloat16)):
        make(folder / where, weights, config, dtype, tokens, cotangent)


if __name__ == "__main__":
    main()
