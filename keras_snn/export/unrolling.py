"""Loops over time written out step by step: LiteRT and ONNX have no form for a loop."""

import contextlib
import math
from collections.abc import Iterator

from keras_snn.functional import time


@contextlib.contextmanager
def unrolled() -> Iterator[None]:
    """While it lasts, a loop over a fixed number of time steps is unrolled however long it is."""
    token = time.LONGEST_UNROLLED.set(math.inf)
    try:
        yield
    finally:
        time.LONGEST_UNROLLED.reset(token)
