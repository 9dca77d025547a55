"""Exports a network at full size, and prints file size, seconds, memory, drift and latency.

    python -m benchmarks.full_size_export SMAResNet18 litert

The batch normalizations first take the statistics of two random samples, so that the neurons fire.
"""

import argparse
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.machine import peak_bytes
from benchmarks.ratio import timed

RUNS = 3


def network(name: str) -> tuple[keras.Model, np.ndarray]:
    """Builds the network with its default arguments; its neurons fire for the returned sample."""
    keras.utils.set_random_seed(0)
    model = getattr(keras_snn.applications, name)()
    x = np.random.default_rng(0).uniform(0, 1, (2, *model.input_shape[1:])).astype("float32")
    for layer in model._flatten_layers():
        normalizes = isinstance(layer, keras_snn.layers.BatchNormalization)
        if normalizes and not np.any(keras.ops.convert_to_numpy(layer.gamma)):
            layer.gamma.assign(np.full(layer.gamma.shape, 0.5))
    keras_snn.training.refresh_statistics(model, x)
    return model, x[:1]


def litert(path: Path, x: np.ndarray) -> Callable[[], np.ndarray]:
    """Returns a function that runs the file on two threads."""
    from ai_edge_litert.interpreter import Interpreter

    interpreter = Interpreter(str(path), num_threads=2)
    given = interpreter.get_input_details()[0]["index"]
    interpreter.resize_tensor_input(given, x.shape)
    interpreter.allocate_tensors()
    result = interpreter.get_output_details()[0]["index"]

    def run() -> np.ndarray:
        interpreter.set_tensor(given, x)
        interpreter.invoke()
        return interpreter.get_tensor(result)

    return run


def onnx(path: Path, x: np.ndarray) -> Callable[[], np.ndarray]:
    """Returns a function that runs the file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {session.get_inputs()[0].name: x})[0]


FORMATS = {"litert": (".tflite", litert), "onnx": (".onnx", onnx)}


def shortest(run: Callable[[], Any]) -> float:
    """Returns the seconds of the shortest of some runs."""
    return min(timed(run)[0] for _ in range(RUNS))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", help="a builder of keras_snn.applications")
    parser.add_argument("format", choices=FORMATS)
    options = parser.parse_args()
    suffix, runner = FORMATS[options.format]
    model, x = network(options.network)
    wanted, before = model.predict(x, verbose=0), peak_bytes() // 2**20
    path = Path(tempfile.mkdtemp()) / f"model{suffix}"
    export = getattr(keras_snn.export, f"export_{options.format}")
    clock, cpu = timed(lambda: export(model, path, sample=x))
    peak = peak_bytes() // 2**20
    print(f"export: {clock:.0f} s, {cpu:.0f} s of CPU, {peak} MiB (before {before})")
    run = runner(path, x)
    drift = np.abs(run() - wanted).max()
    print(f"file: {path.stat().st_size / 1e6:.1f} MB; drift {drift:.2g} of {wanted.max():.2g}")
    inference = shortest(lambda: model.predict(x, verbose=0))
    print(f"one sample: {shortest(run):.2f} s; predict of Keras {inference:.2f} s")


if __name__ == "__main__":
    main()
