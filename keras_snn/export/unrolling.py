"""Loops over time written out step by step: LiteRT and ONNX have no form for a loop."""

import contextlib
import math
from collections.abc import Iterator

import keras

from keras_snn.functional import time


@contextlib.contextmanager
def unrolled(model: keras.Model) -> Iterator[None]:
    """While it lasts, loops of a model over fixed numbers of time steps are unrolled, however long.

    This package's layers are unrolled in this thread alone, `keras.layers.RNN` in all.
    """
    token = time.LONGEST_UNROLLED.set(math.inf)
    rnns = [x for x in model._flatten_layers() if isinstance(x, keras.layers.RNN)]
    before = [rnn.unroll for rnn in rnns]
    try:
        for rnn in rnns:
            rnn.unroll = True
        yield
    finally:
        for rnn, unroll in zip(rnns, before, strict=True):
            rnn.unroll = unroll
        time.LONGEST_UNROLLED.reset(token)
