"""micrograd's kind of work in Python: x <- tanh(a x + b) c - d over and over, forward and backward, 1,000 operations.
gradus_bench's scalar_op is the same in C++. Nanoseconds an operation, the median of several rounds."""

import math
import statistics
import time

OPERATIONS = 965  # 193 rounds of five, as many as scalar_op records on 1,000 nodes, 32 of them leaves
LEAVES = 32


class Value:
    """A number that remembers how it was computed; the gradient is passed on in the reverse order of recording."""

    tape = []

    def __init__(self, data, inputs=(), derivatives=()):
        self.data, self.grad, self.inputs, self.derivatives = data, 0.0, inputs, derivatives
        Value.tape.append(self)

    def __add__(self, other):
        return Value(self.data + other.data, (self, other), (1.0, 1.0))

    def __sub__(self, other):
        return Value(self.data - other.data, (self, other), (1.0, -1.0))

    def __mul__(self, other):
        return Value(self.data * other.data, (self, other), (other.data, self.data))

    def tanh(self):
        t = math.tanh(self.data)
        return Value(t, (self,), (1 - t * t,))

    def backward(self):
        self.grad = 1.0
        for value in reversed(Value.tape):
            for x, d in zip(value.inputs, value.derivatives):
                x.grad += d * value.grad


def chain(p, x):
    for i in range(0, OPERATIONS // 5):
        i = 4 * i % LEAVES
        x = (p[i] * x + p[i + 1]).tanh() * p[i + 2] - p[i + 3]
    return x


def python_ns(rounds=15):
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        Value.tape = []
        p = [Value(0.1 + 0.02 * i) for i in range(LEAVES)]
        chain(p, p[0]).backward()
        times.append(time.perf_counter() - start)
    return 1e9 * statistics.median(times) / OPERATIONS


def torch_ns(rounds=15):
    import torch

    torch.set_num_threads(1)
    p = [torch.tensor(0.1 + 0.02 * i, requires_grad=True) for i in range(LEAVES)]
    times = []
    for _ in range(rounds):
        start = time.perf_counter()
        for x in p:
            x.grad = None
        chain(p, p[0]).backward()
        times.append(time.perf_counter() - start)
    return 1e9 * statistics.median(times) / OPERATIONS
