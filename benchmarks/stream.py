"""Follows a stream for many windows; prints growth of memory, drift and latency of each format.

    python -m benchmarks.stream                          # a small network, 100,000 windows
    python -m benchmarks.stream --network VGG8 --windows 2000

A window is one time step. The drift is the largest difference between the scores of a window and
those of `predict` for the whole recording, which has as many windows, or 20 for a prebuilt network.
The growth is that of the process's memory between the first 1,000 windows and the last one.
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np
import psutil

import keras_snn

WARM = 1000
"""Windows before the growth is counted."""

Step = Callable[[np.ndarray], np.ndarray]


def network(name: str | None) -> keras.Model:
    """A network with a score for each time step: a builder's, or two dense layers with LIF."""
    if name:
        widths: dict[str, Any] = {"filters": (16, 16, 32, 64, 64), "units": (1024, 512)}
        builder = getattr(keras_snn.applications, name)
        return builder(input_shape=(20, 34, 34, 2), classes=10, return_sequences=True, **widths)
    inputs = keras.Input((None, 64))
    x = keras_snn.layers.LIF()(keras.layers.Dense(32)(inputs))
    return keras.Model(inputs, keras.layers.Dense(10)(x))


def savedmodel(path: Path) -> Step:
    import tensorflow as tf

    stream = tf.saved_model.load(str(path))
    return lambda window: stream.step(window).numpy()


def litert(path: Path) -> Step:
    from ai_edge_litert.interpreter import Interpreter

    runner = Interpreter(str(path)).get_signature_runner()
    shapes = {name: entry["shape"] for name, entry in runner.get_input_details().items()}
    return with_states(shapes, lambda inputs: list(_sorted(runner(**inputs)).values()))


def onnx(path: Path) -> Step:
    import onnxruntime

    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    shapes = {entry.name: entry.shape for entry in session.get_inputs()}
    return with_states(shapes, lambda inputs: session.run(None, inputs))


def with_states(shapes: dict[str, Any], run: Callable[[dict[str, Any]], list[Any]]) -> Step:
    """A step of a file whose outputs are the scores and the states of the next step."""
    first, *rest = _sorted(shapes)
    states = {name: np.zeros(shapes[name], "float32") for name in rest}

    def step(window: np.ndarray) -> np.ndarray:
        scores, *after = run({first: window, **states})
        states.update(zip(rest, after, strict=True))
        return scores

    return step


def _sorted(named: dict[str, Any]) -> dict[str, Any]:
    """The entries in the order x, state0, state1, and so on, or that of the outputs."""

    def place(name: str) -> tuple[bool, int]:
        return name != "x", int("".join(filter(str.isdigit, name)) or 0)

    return {name: named[name] for name in sorted(named, key=place)}


FORMATS = {"stream": savedmodel, "stream.tflite": litert, "stream.onnx": onnx}


def drift(step: Step, x: np.ndarray, wanted: np.ndarray) -> float:
    """Returns the largest difference between the scores of a recording's windows and the wanted."""
    windows = np.split(x, x.shape[1], axis=1)
    return max(np.abs(step(w)[:, 0] - wanted[:, t]).max() for t, w in enumerate(windows))


def follow(step: Step, windows: list[np.ndarray], number: int) -> tuple[np.ndarray, int]:
    """Returns the seconds of every tenth window, and the bytes by which the process grew.

    The windows are shown again and again, so that nothing but the stream can grow.
    """
    process, before, seconds = psutil.Process(), 0, np.full(-(-number // 10), np.nan, "float32")
    for t in range(number):
        start = time.perf_counter()
        step(windows[t % len(windows)])
        seconds[t // 10] = time.perf_counter() - start
        if t + 1 == min(WARM, number):
            before = process.memory_info().rss
    return seconds, process.memory_info().rss - before


def main(arguments: list[str] | None = None) -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--network", help="a causal builder of keras_snn.applications")
    parser.add_argument("--windows", type=int, default=100_000)
    options = parser.parse_args(arguments)
    keras.utils.set_random_seed(0)
    model = network(options.network)
    length = model.input_shape[1] or options.windows
    x = np.random.default_rng(0).poisson(0.5, (1, length, *model.input_shape[2:]))
    x = x.astype("float32")
    if options.network:
        keras_snn.training.refresh_statistics(model, x)
        keras_snn.training.calibrate(model, x)  # so that every neuron layer fires
    wanted = model.predict(x, verbose=0)
    windows = np.split(x[:, :WARM].copy(), min(WARM, length), axis=1)
    folder = Path(tempfile.mkdtemp())
    for name, load in FORMATS.items():
        path = keras_snn.export.export_stream(model, folder / name)
        error = drift(load(path), x, wanted)
        seconds, growth = follow(load(path), windows, options.windows)
        median, late = 1000 * np.quantile(seconds, [0.5, 0.99])
        print(
            f"{name:<14} growth {growth / 2**20:.2f} MiB, drift {error:.1g} of "
            f"{np.abs(wanted).max():.2g}, a window {median:.3f} ms, 99 % within {late:.3f} ms"
        )


if __name__ == "__main__":
    main()
