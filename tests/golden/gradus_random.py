"""The generator of autograd/random.h in NumPy, so that PyTorch can start from the weights and batches that C++ draws.

A draw depends on (seed, purpose, step, position) alone: mixing SplitMix64's counter gives any number of draws at once.
"""

import numpy as np

GOLDEN = np.uint64(0x9E3779B97F4A7C15)


def _mix(x):
    """SplitMix64's output function, on an array of uint64; products wrap around at 2^64."""
    x = (x ^ (x >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
    x = (x ^ (x >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
    return x ^ (x >> np.uint64(31))


class Random:
    def __init__(self, seed, purpose, step=0):
        # Arrays of one value: NumPy warns when a scalar wraps around, and does not for an array.
        state = _mix(np.array([seed], np.uint64) + GOLDEN)
        for byte in purpose.encode():
            state = _mix((state ^ np.uint64(byte)) + GOLDEN)
        self._state = _mix((state ^ np.uint64(step)) + GOLDEN)

    def bits(self, count):
        """The next `count` numbers of 64 bits."""
        states = self._state + np.arange(1, count + 1, dtype=np.uint64) * GOLDEN
        self._state = self._state + np.array([count], np.uint64) * GOLDEN
        return _mix(states)

    def uniform(self, count, low=0.0, high=1.0):
        """float64 in [low, high). Product and sum are rounded one after the other, not fused."""
        return low + (high - low) * ((self.bits(count) >> np.uint64(11)).astype(np.float64) * 2.0**-53)

    def below(self, bounds):
        """int64, one for each bound (an array, each bound below 2^32): the high half of the 128-bit product."""
        bounds = np.asarray(bounds, np.uint64)
        x = self.bits(bounds.size).reshape(bounds.shape)
        high, low = x >> np.uint64(32), x & np.uint64(0xFFFFFFFF)
        return ((high * bounds + (low * bounds >> np.uint64(32))) >> np.uint64(32)).astype(np.int64)
