"""A long sequence in chunks of time steps, so that one compilation serves all of them.

Chunks are turns of a loop in TensorFlow's graph: nodes of it would take 9 ms each before the first
step, and the same loop inside of XLA twice the time and memory.
"""

import math
from collections.abc import Callable
from typing import Any

import tensorflow as tf

MIN_STEPS, MAX_STEPS = 8, 20
"""Lengths of the chunks of a longer sequence that one length divides."""


def steps_of_chunks(time_steps: int) -> int:
    """Gives the length of all chunks but the last, which is shorter where no length divides."""
    if time_steps <= MAX_STEPS:
        return time_steps
    lengths = range(MAX_STEPS, MIN_STEPS - 1, -1)
    even = next((steps for steps in lengths if time_steps % steps == 0), None)
    return even or math.ceil(time_steps / math.ceil(time_steps / MAX_STEPS))


def over_chunks(
    run: Callable, carry: Any, time_steps: int, dtypes: tuple, *, reverse: bool = False
) -> tuple[list[tuple[Any, ...]], Any]:
    """Calls `run(k, steps, carry) -> found, carry` for each chunk k.

    Returns:
        What was found of each chunk, tensors of these dtypes, and the last carry.
    """
    steps = steps_of_chunks(time_steps)
    count, rest = divmod(time_steps, steps)
    if count == 1 and not rest:
        found, carry = run(0, steps, carry)
        return [found], carry
    last = []
    if rest and reverse:
        found, carry = run(count, rest, carry)
        last = [found]

    def turn(number: Any, carry: Any, arrays: Any) -> tuple[Any, Any, Any]:
        k = count - 1 - number if reverse else number
        found, carry = run(k, steps, carry)
        written = (array.write(k, value) for array, value in zip(arrays, found, strict=True))
        return number + 1, carry, tuple(written)

    arrays = tuple(tf.TensorArray(dtype, count) for dtype in dtypes)
    _, carry, arrays = tf.while_loop(lambda number, *_: number < count, turn, (0, carry, arrays))
    if rest and not reverse:
        found, carry = run(count, rest, carry)
        last = [found]
    return [tuple(array.read(k) for array in arrays) for k in range(count)] + last, carry
