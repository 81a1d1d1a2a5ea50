"""What each op of autograd/ops.h is in PyTorch, and the recording of one case of it: inputs, output and gradients."""

import json
import math
import struct

import numpy as np
import torch
import torch.nn.functional as F

from gradus_random import Random
from models import causal_attention

SEED = 1


def all_or(axes, x):
    return tuple(axes) or tuple(range(x.ndim))


def padded(x, axis, before, after, value):
    following = x.ndim - 1 - axis % x.ndim  # F.pad counts axes from the last one
    return F.pad(x, [0, 0] * following + [before, after], value=value)


def along(axis, begin, end, step, x):
    index = [slice(None)] * x.ndim
    index[axis] = slice(begin, end, step)
    return x[tuple(index)]


def integers(tensor):
    return torch.tensor(tensor["values"]).reshape(tensor["shape"])


def cross_entropy(logits, targets, label_smoothing=0.0):
    rows = logits.reshape(-1, logits.shape[-1])
    return F.cross_entropy(rows, torch.tensor(targets), ignore_index=-100, label_smoothing=label_smoothing)


# What each op is in PyTorch: tensors come first, then the attributes by name.
OPS = {
    "add": lambda a, b: a + b,
    "subtract": lambda a, b: a - b,
    "multiply": lambda a, b: a * b,
    "divide": lambda a, b: a / b,
    "negate": lambda a: -a,
    "maximum": torch.maximum,
    "minimum": torch.minimum,
    "where": lambda condition, a, b: torch.where(condition != 0, a, b),
    "power": lambda a, exponent: torch.pow(a, exponent),
    "exp": torch.exp,
    "log": torch.log,
    "log1p": torch.log1p,
    "sin": torch.sin,
    "cos": torch.cos,
    "sqrt": torch.sqrt,
    "square": torch.square,
    "abs": torch.abs,
    "clamp": lambda x, low, high: torch.clamp(x, low, high),
    "tanh": torch.tanh,
    "sigmoid": torch.sigmoid,
    "relu": torch.relu,
    "leaky_relu": F.leaky_relu,
    "silu": F.silu,
    "gelu": F.gelu,
    "gelu_tanh": lambda x: F.gelu(x, approximate="tanh"),
    "sum": lambda x, axes, keepdim: torch.sum(x, all_or(axes, x), keepdim),
    "mean": lambda x, axes, keepdim: torch.mean(x, all_or(axes, x), keepdim),
    "max": lambda x, axes, keepdim: torch.amax(x, all_or(axes, x), keepdim),
    "min": lambda x, axes, keepdim: torch.amin(x, all_or(axes, x), keepdim),
    "var": lambda x, axes, correction, keepdim: torch.var(x, all_or(axes, x), correction=correction, keepdim=keepdim),
    "softmax": lambda x, axis: torch.softmax(x, axis),
    "log_softmax": lambda x, axis: torch.log_softmax(x, axis),
    "logsumexp": lambda x, axis, keepdim: torch.logsumexp(x, axis, keepdim),
    "matmul": torch.matmul,
    "linear": F.linear,
    "conv1d_1x1": lambda x, weight, bias: x @ weight + bias,
    "transpose": lambda x, axis_a, axis_b: torch.transpose(x, axis_a, axis_b),
    "permute": lambda x, order: torch.permute(x, order),
    "reshape": lambda x, shape: torch.reshape(x, shape),
    "squeeze": lambda x, axis: torch.squeeze(x, axis),
    "unsqueeze": lambda x, axis: torch.unsqueeze(x, axis),
    "flatten": lambda x, first, last: torch.flatten(x, first, last),
    "expand": lambda x, shape: x.expand(shape),
    "split": lambda x, size, axis, piece: torch.split(x, size, axis)[piece],
    "slice": lambda x, axis, begin, end, step: along(axis, begin, end, step, x),
    "pad": padded,
    "concat": lambda *parts, axis: torch.cat(parts, axis),
    "stack": lambda *parts, axis: torch.stack(parts, axis),
    "gather": lambda x, axis, index: torch.gather(x, axis, integers(index)),
    "embedding": lambda weight, ids: F.embedding(integers(ids), weight),
    "conv2d": lambda x, weight, bias=None, *, stride, padding: F.conv2d(x, weight, bias, stride, padding),
    "max_pool2d": lambda x, size, stride=None, padding=0: F.max_pool2d(x, size, stride, padding),
    "avg_pool2d": lambda x, size, stride=None, padding=0: F.avg_pool2d(x, size, stride, padding),
    "layer_norm": lambda x, weight, bias=None, *, eps: F.layer_norm(x, weight.shape, weight, bias, eps),
    "causal_attention": causal_attention,
    "causal_attention_qkv": lambda qkv, n_head: causal_attention(*qkv.chunk(3, -1), n_head),
    "cross_entropy": cross_entropy,
    "mse_loss": F.mse_loss,
}
FROZEN = {"where": [0]}  # arguments that have no gradient

cases = {}  # a case's name -> its attributes
tensors = {}  # "case/what" -> float64 array


def draw(shape, purpose, low=-2.0, high=2.0):
    return Random(SEED, "golden." + purpose).uniform(math.prod(shape), low, high).reshape(shape)


def rounded(value):
    """To the nearest float32, as float64: an op in float then gets the very same arguments."""
    return np.array(value, np.float32).astype(np.float64)


def record(name, attributes, inputs, function, stored):
    """inputs: by name, the name of the gradient ("" for none) and the value; function: a dictionary of tensors -> out;
    stored: the inputs to store."""
    leaves = {key: torch.tensor(rounded(value)) for key, (_, value) in inputs.items()}
    moving = {key: leaves[key].requires_grad_() for key, (gradient, _) in inputs.items() if gradient}
    out = function(leaves)
    cotangent = rounded(draw(tuple(out.shape), name + "/cotangent", -1.0, 1.0))
    gradients = torch.autograd.grad(out, list(moving.values()), torch.tensor(cotangent))
    cases[name] = attributes
    for key in stored:
        tensors[f"{name}/{key}"] = leaves[key].detach().numpy()
    tensors[f"{name}/cotangent"] = cotangent
    tensors[f"{name}/out"] = out.detach().numpy()
    for key, gradient in zip(moving, gradients):
        tensors[f"{name}/{inputs[key][0]}"] = gradient.numpy()


def case(name, *inputs, **attributes):
    """inputs: values, or shapes (tuples), which are filled from [-2, 2)."""
    op = name.split(".")[0]
    named = {}
    for i, x in enumerate(inputs):
        value = draw(x, f"{name}/in{i}") if isinstance(x, tuple) else np.array(x, np.float64)
        named[f"in{i}"] = ("" if i in FROZEN.get(op, []) else f"grad{i}", value)
    record(name, {"op": op, **attributes}, named, lambda leaves: OPS[op](*leaves.values(), **attributes), named)


def model(name, attributes, parameters, function, **inputs):
    """A case of the model that the name begins with; its parameters are stored once, as MODEL/parameter/NAME."""
    op = name.split(".")[0]
    tensors.update({f"{op}/parameter/{key}": rounded(value) for key, value in parameters.items()})
    arguments = {key: (f"grad{i}", value) for i, (key, value) in enumerate(inputs.items())}
    moving = {key: (f"grad/{key}", value) for key, value in parameters.items()}
    record(name, {"op": op, **attributes}, arguments | moving, function, stored=inputs)


def write_safetensors(path, metadata, arrays):
    """A length (8 bytes, little-endian), a JSON header of that length, then the values; all arrays are float64."""
    header, end = {"__metadata__": metadata}, 0
    for name, array in arrays.items():
        header[name] = {"dtype": "F64", "shape": list(array.shape), "data_offsets": [end, end + array.nbytes]}
        end += array.nbytes
    text = json.dumps(header, separators=(",", ":")).encode()
    text += b" " * (-len(text) % 8)  # so that the values begin at a multiple of 8 bytes
    path.write_bytes(struct.pack("<Q", len(text)) + text + b"".join(x.astype("<f8").tobytes() for x in arrays.values()))
