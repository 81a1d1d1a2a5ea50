"""Makes ops.safetensors: outputs and gradients in float64 of every op in autograd/ops.h and of both models, tiny.

    python3 tests/golden/ops.py

Cases are called op.variant; ops and attributes bear the names of autograd/ops.h. README.md describes the file's layout.
"""

import json
import pathlib

import numpy as np
import torch

from gradus_random import Random
from models import cnn_bound, cnn_logits, cnn_shapes, gpt_logits, gpt_shapes, initial
from recorder import OPS, SEED, case, cases, cross_entropy, draw, integers, model, tensors, write_safetensors


def away(shape, purpose, low=0.5, high=2.0):
    """Values of both signs, away from 0."""
    signs = np.where(draw(shape, purpose + "/sign") < 0, -1.0, 1.0)
    return signs * draw(shape, purpose, low, high)


def positive(shape, purpose):
    return draw(shape, purpose, 0.25, 3.0)


def few(shape, purpose, values=3):
    """Whole numbers, so few that there are ties."""
    return Random(SEED, "golden." + purpose).below(np.full(shape, values)).astype(np.float64) - 1.0


def whole(shape, values):
    return {"shape": list(shape), "values": list(values)}


def arithmetic():
    for op in ("add", "subtract", "multiply", "divide", "maximum", "minimum"):
        divide = op == "divide"

        def second(shape, variant):
            return away(shape, f"{op}.{variant}/in1") if divide else shape

        case(f"{op}.plain", (2, 3), second((2, 3), "plain"))
        case(f"{op}.row", (2, 3), second((3,), "row"))
        case(f"{op}.column", (2, 3), second((2, 1), "column"))
        case(f"{op}.both", (4, 1, 3), second((2, 1), "both"))
        scalar = -0.9 if op in ("maximum", "minimum") else ()  # between the values of the other argument
        case(f"{op}.scalar", (2, 3), scalar if scalar else second((), "scalar"))
        case(f"{op}.scalar_first", scalar, second((2, 3), "scalar_first"))
    for op in ("maximum", "minimum"):
        case(f"{op}.ties", few((3, 5), op + "/a"), few((3, 5), op + "/b"))
        case(f"{op}.ties_row", few((3, 5), op + "/c"), few((5,), op + "/d"))
    case("negate.plain", (2, 3))
    case("where.plain", few((2, 3), "where/plain"), (2, 3), (2, 3))
    case("where.broadcast", few((2, 1, 4), "where/broadcast"), (3, 4), (2, 1, 1))
    case("power.square", (2, 3), exponent=2.0)
    case("power.cube", (2, 3), exponent=3.0)
    case("power.inverse", away((2, 3), "power/inverse"), exponent=-1.0)
    case("power.inverse_square", away((2, 3), "power/inverse_square"), exponent=-2.0)
    case("power.root", positive((2, 3), "power/root"), exponent=0.5)
    case("power.fraction", positive((2, 3), "power/fraction"), exponent=-1.5)
    for exponent in (0.0, 1.0, 2.0, 3.0):
        case(f"power.at_zero_{exponent:.0f}", [-1.5, 0.0, 2.0], exponent=exponent)


def elementwise():
    for op in ("exp", "square", "abs", "tanh", "sigmoid", "relu", "gelu", "gelu_tanh"):
        case(f"{op}.plain", (2, 3))
        case(f"{op}.at_zero", [[-0.5, 0.0, 0.5]])
    for op in ("tanh", "sigmoid", "relu", "gelu", "gelu_tanh"):  # where exp(-x) or x^3 would overflow or cancel
        case(f"{op}.large", [-1000.0, -100.0, -30.0, -8.0, -5.0, 5.0, 8.0, 30.0, 100.0, 1000.0])
    for op in ("log", "sqrt"):
        case(f"{op}.plain", positive((2, 3), op))
    for op in ("sin", "cos", "silu"):
        case(f"{op}.plain", (2, 3))
        case(f"{op}.large", [-1000.0, -30.0, -5.0, 0.0, 5.0, 30.0, 1000.0])
    case("log1p.plain", positive((2, 3), "log1p"))
    case("log1p.small", [1e-12, -1e-6, 0.0, 1e-3])
    case("leaky_relu.plain", (2, 3), negative_slope=0.25)
    case("leaky_relu.at_zero", [[-0.5, 0.0, 0.5]], negative_slope=0.01)
    case("exp.large", [-800.0, -30.0, 30.0])
    case("clamp.plain", (3, 5), low=-0.75, high=1.25)
    case("clamp.on_bounds", [-2.0, -0.75, 0.0, 1.25, 2.0], low=-0.75, high=1.25)


def reductions():
    for op in ("sum", "mean", "max"):
        case(f"{op}.all", (2, 3), axes=[], keepdim=False)
        case(f"{op}.all_keepdim", (2, 3), axes=[], keepdim=True)
        case(f"{op}.first", (2, 3, 4), axes=[0], keepdim=False)
        case(f"{op}.middle_keepdim", (2, 3, 4), axes=[1], keepdim=True)
        case(f"{op}.last", (2, 3, 4), axes=[-1], keepdim=False)
        case(f"{op}.outer", (2, 3, 4), axes=[0, 2], keepdim=False)
        case(f"{op}.unordered_keepdim", (2, 4, 1, 3), axes=[-1, 1], keepdim=True)
        case(f"{op}.scalar", (), axes=[], keepdim=False)
    case("max.ties", few((2, 3, 4), "max/ties"), axes=[-1], keepdim=False)
    case("max.ties_outer", few((2, 3, 4), "max/ties_outer"), axes=[0, 2], keepdim=True)
    case("max.ties_all", few((2, 3, 4), "max/ties_all"), axes=[], keepdim=False)


    case("min.all", (2, 3), axes=[], keepdim=False)
    case("min.outer", (2, 3, 4), axes=[0, 2], keepdim=True)
    case("min.ties", few((2, 3, 4), "min/ties"), axes=[-1], keepdim=False)
    case("var.all", (2, 3), axes=[], correction=1, keepdim=False)
    case("var.outer", (2, 3, 4), axes=[0, 2], correction=1, keepdim=True)
    case("var.biased", (2, 3, 4), axes=[1], correction=0, keepdim=False)
    case("var.offset", 1000.0 + draw((3, 4), "var/offset"), axes=[-1], correction=2, keepdim=False)


def softmaxes():
    for op in ("softmax", "log_softmax", "logsumexp"):
        variants = [{"keepdim": False}, {"keepdim": True}] if op == "logsumexp" else [{}]
        for more in variants:
            suffix = "_keepdim" if more.get("keepdim") else ""
            case(f"{op}.last{suffix}", (2, 3), axis=-1, **more)
            case(f"{op}.first{suffix}", (2, 3), axis=0, **more)
            case(f"{op}.middle{suffix}", (2, 3, 4), axis=-2, **more)
        # Without the maximum subtracted, exp overflows or every exp is 0; within a row, some are 0 either way.
        large = [[1000.0, 1001.5, 999.0], [-1000.0, -1001.5, -1000.5], [800.0, -800.0, 799.0]]
        case(f"{op}.large", large, axis=-1, **variants[0])


def products():
    case("matmul.plain", (2, 3), (3, 4))
    case("matmul.row", (1, 3), (3, 4))
    case("matmul.column", (2, 3), (3, 1))
    case("matmul.outer", (2, 1), (1, 4))
    case("matmul.batched", (2, 3, 4), (2, 4, 5))
    case("matmul.batch_by_one", (2, 3, 4), (4, 5))
    case("matmul.one_by_batch", (3, 4), (2, 4, 5))
    case("matmul.broadcast", (2, 1, 3, 4), (5, 4, 2))
    case("matmul.dot", (4,), (4,))
    case("matmul.vector", (2, 3, 4), (4,))
    case("matmul.vector_first", (3,), (2, 3, 4))
    for variant, x in (("vector", (3,)), ("plain", (2, 3)), ("leading", (2, 4, 3))):
        case(f"linear.{variant}", x, (5, 3), (5,))
        case(f"linear.{variant}_without_bias", x, (5, 3))
        case(f"conv1d_1x1.{variant}", x, (3, 5), (5,))


def shapes():
    case("transpose.plain", (2, 3), axis_a=-2, axis_b=-1)
    case("transpose.last", (2, 3, 4), axis_a=-2, axis_b=-1)
    case("transpose.outer", (2, 3, 4), axis_a=0, axis_b=2)
    case("transpose.heads", (2, 4, 3, 2), axis_a=1, axis_b=2)
    case("permute.cycle", (2, 3, 4), order=[2, 0, 1])
    case("permute.negative", (2, 3, 4), order=[-1, 0, -2])
    case("permute.images", (2, 4, 3, 2), order=[0, 2, 3, 1])
    case("reshape.plain", (2, 6), shape=[3, 4])
    case("reshape.inferred", (2, 3, 4), shape=[-1, 4])
    case("reshape.to_scalar", (1, 1), shape=[])
    case("squeeze.plain", (2, 1, 3), axis=1)
    case("squeeze.nothing", (2, 1, 3), axis=-1)
    case("unsqueeze.first", (2, 3), axis=0)
    case("unsqueeze.last", (2, 3), axis=-1)
    case("flatten.all", (2, 3, 4), first=0, last=-1)
    case("flatten.some", (2, 3, 4, 2), first=1, last=-2)
    case("flatten.scalar", (), first=0, last=-1)
    case("expand.plain", (2, 1, 3), shape=[4, 2, 5, 3])
    case("expand.scalar", (), shape=[2, 3])
    case("split.first", (5, 3), size=2, axis=0, piece=0)
    case("split.short", (5, 3), size=2, axis=0, piece=2)
    case("split.last", (2, 7), size=3, axis=-1, piece=1)
    case("slice.plain", (5, 3), axis=0, begin=1, end=4, step=1)
    case("slice.step", (2, 7), axis=-1, begin=1, end=7, step=2)
    case("slice.step_short", (2, 8, 3), axis=1, begin=0, end=8, step=3)
    case("slice.one", (2, 3, 4), axis=-2, begin=2, end=3, step=1)
    case("pad.plain", (2, 3), axis=0, before=1, after=2, value=0.0)
    case("pad.value", (2, 3, 4), axis=-2, before=2, after=0, value=1.5)
    case("pad.after", (2, 3), axis=-1, before=0, after=3, value=-0.5)
    case("concat.first", (2, 3), (1, 3), (4, 3), axis=0)
    case("concat.last", (2, 3), (2, 1), axis=-1)
    case("concat.middle", (2, 3, 4), (2, 2, 4), (2, 1, 4), axis=1)
    case("concat.one", (2, 3), axis=0)
    case("stack.first", (2, 3), (2, 3), (2, 3), (2, 3), axis=0)
    case("stack.middle", (2, 3), (2, 3), (2, 3), (2, 3), axis=1)
    case("stack.last", (2, 3), (2, 3), (2, 3), (2, 3), axis=-1)
    case("stack.scalars", (), (), (), axis=0)


def indexing():
    case("gather.columns", (3, 5), axis=1, index=whole((3, 2), [4, 0, 1, 1, 3, 2]))
    case("gather.rows", (3, 5), axis=0, index=whole((2, 5), [2, 0, 1, 1, 0, 2, 0, 0, 1, 2]))
    case("gather.negative", (2, 4, 3), axis=-2, index=whole((2, 1, 3), [3, 0, 3, 1, 2, 2]))
    case("gather.repeated", (2, 3), axis=1, index=whole((2, 5), [1, 1, 0, 1, 2, 2, 2, 2, 0, 2]))
    case("gather.fewer_rows", (3, 4), axis=1, index=whole((2, 3), [0, 3, 1, 2, 2, 0]))
    case("embedding.vector", (5, 4), ids=whole((3,), [4, 0, 2]))
    case("embedding.repeated", (5, 4), ids=whole((2, 3), [1, 3, 1, 4, 1, 3]))
    case("embedding.scalar", (5, 4), ids=whole((), [2]))


def images():
    case("conv2d.plain", (2, 3, 4, 5), (4, 3, 3, 2), (4,), stride=1, padding=0)
    case("conv2d.padding", (2, 1, 4, 3), (3, 1, 5, 5), (3,), stride=1, padding=2)
    case("conv2d.stride", (2, 3, 5, 6), (2, 3, 3, 2), (2,), stride=2, padding=0)
    case("conv2d.stride_padding", (2, 1, 6, 5), (3, 1, 2, 3), (3,), stride=2, padding=1)
    case("conv2d.stride_three", (1, 2, 8, 7), (3, 2, 3, 2), (3,), stride=3, padding=1)
    case("conv2d.one_by_one", (2, 3, 2, 4), (4, 3, 1, 1), (4,), stride=1, padding=0)
    case("conv2d.whole", (2, 3, 2, 4), (5, 3, 2, 4), (5,), stride=1, padding=0)
    for op in ("max_pool2d", "avg_pool2d"):
        case(f"{op}.plain", (2, 3, 4, 2), size=2)
        case(f"{op}.left_over", (1, 2, 5, 7), size=2)
        case(f"{op}.three", (1, 2, 3, 7), size=3)
        case(f"{op}.stride", (1, 2, 5, 7), size=3, stride=2)
        case(f"{op}.overlap", (1, 2, 4, 5), size=2, stride=1)
        case(f"{op}.apart", (1, 1, 7, 8), size=2, stride=3)
        case(f"{op}.padding", (2, 1, 5, 6), size=3, stride=2, padding=1)
    case("conv2d.without_bias", (2, 3, 4, 5), (4, 3, 3, 2), stride=2, padding=1)
    case("max_pool2d.ties", few((2, 1, 4, 6), "max_pool2d/ties"), size=2)
    case("max_pool2d.ties_three", few((1, 1, 6, 9), "max_pool2d/ties_three", 2), size=3)


def norms_and_attention():
    case("layer_norm.plain", (2, 5), (5,), (5,), eps=1e-5)
    case("layer_norm.leading", (2, 3, 4), (4,), (4,), eps=1e-5)
    case("layer_norm.vector", (5,), (5,), (5,), eps=1e-5)
    case("layer_norm.without_bias", (2, 3, 4), (4,), eps=0.1)
    case("layer_norm.eps", (3, 4), (4,), (4,), eps=0.1)
    case("layer_norm.equal_row", [[0.5, 0.5, 0.5], [1.0, 0.0, 2.0]], (3,), (3,), eps=1e-5)
    case("layer_norm.offset", 1000.0 + draw((3, 4), "layer_norm/offset"), (4,), (4,), eps=1e-5)
    for variant, size, n_head in (("plain", (2, 5, 6), 2), ("one_head", (2, 5, 3), 1), ("three_heads", (1, 4, 6), 3),
                                  ("one_position", (2, 1, 6), 2)):  # fmt: skip
        B, T, C = size
        case(f"causal_attention.{variant}", size, size, size, n_head=n_head)
        case(f"causal_attention_qkv.{variant}", (B, T, 3 * C), n_head=n_head)
    q, k = (40.0 * draw((1, 5, 4), "attention/" + name) for name in "qk")
    case("causal_attention.large", q, k, (1, 5, 4), n_head=2)


def losses():
    case("cross_entropy.plain", (5, 7), targets=[6, 0, 3, 3, 1])
    case("cross_entropy.ignore", (5, 7), targets=[6, -100, 3, -100, 1])
    case("cross_entropy.leading", (2, 3, 5), targets=[4, 0, -100, 2, 2, 1])
    case("cross_entropy.vector", (7,), targets=[5])
    case("cross_entropy.large", [[1000.0, 998.5, 999.0], [-1000.0, 700.0, -300.0]], targets=[1, 2])
    case("cross_entropy.smoothed", (5, 7), targets=[6, -100, 3, 3, 1], label_smoothing=0.1)
    case("cross_entropy.uniform", (2, 3), targets=[0, 2], label_smoothing=1.0)
    case("mse_loss.plain", (2, 3), (2, 3))
    case("mse_loss.images", (2, 1, 3, 4), (2, 1, 3, 4))


def models():
    sizes = {"n_layer": 2, "n_embd": 8, "block_size": 5, "vocab_size": 7}
    parameters = initial(SEED, gpt_shapes(**sizes), lambda shape: 0.6)
    short = whole((2, 4), [0, 6, 2, 2, 5, 1, 3, 6])  # shorter than the block: the last position has no gradient
    full = whole((2, 5), [3, 1, 4, 1, 5, 6, 2, 6, 5, 3])
    targets = [1, 4, 1, 5, -100, 2, 6, 5, 3, 5]
    model("gpt.logits", {**sizes, "n_head": 2, "tokens": short}, parameters,
          lambda p: gpt_logits(p, integers(short), 2))  # fmt: skip
    model("gpt.loss", {**sizes, "n_head": 2, "tokens": full, "targets": targets}, parameters,
          lambda p: cross_entropy(gpt_logits(p, integers(full), 2), targets))  # fmt: skip

    sizes = {"channels1": 2, "channels2": 3, "hidden": 5, "classes": 4, "kernel": 5, "height": 12, "width": 12}
    parameters = initial(SEED, cnn_shapes(**sizes), cnn_bound)
    pictures = draw((2, 1, 12, 12), "cnn/in0", 0.0, 1.0)
    labels = [2, 0]
    model("cnn.logits", {**sizes, "padding": 2}, parameters, lambda p: cnn_logits(p, p["in0"], 2), in0=pictures)
    model("cnn.loss", {**sizes, "padding": 2, "targets": labels}, parameters,
          lambda p: cross_entropy(cnn_logits(p, p["in0"], 2), labels), in0=pictures)  # fmt: skip


def main():
    torch.set_num_threads(1)
    for group in (arithmetic, elementwise, reductions, softmaxes, products, shapes, indexing, images,
                  norms_and_attention, losses, models):  # fmt: skip
        group()
    missing = set(OPS) - {name.split(".")[0] for name in cases}
    if missing:
        raise SystemExit(f"no case for {sorted(missing)}")
    for name, array in tensors.items():
        if not np.isfinite(array).all():
            raise SystemExit(f"{name} has values that are not finite")
    metadata = {"made_by": "tests/golden/ops.py", "torch": torch.__version__}
    metadata |= {name: json.dumps(attributes) for name, attributes in cases.items()}
    write_safetensors(pathlib.Path(__file__).with_suffix(".safetensors"), metadata, tensors)


if __name__ == "__main__":
    main()
