"""Exports a network at its full size, and prints file, seconds, memory, drift and latency.

The batch normalizations take the statistics of two random samples first, so that the neurons fire.

    python -m benchmarks.full_size_export SMAResNet18 litert
"""

import argparse
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_snn
from benchmarks.machine import peak_bytes

SUFFIXES = {"litert": ".tflite", "onnx": ".onnx"}
RUNS = 3


def network(name: str, x: np.ndarray) -> keras.Model:
    """The network with its default arguments, whose neurons fire for `x`."""
    model = getattr(keras_snn.applications, name)()
    for layer in model._flatten_layers():
        normalizes = isinstance(layer, keras_snn.layers.BatchNormalization)
        if normalizes and not np.any(keras.ops.convert_to_numpy(layer.gamma)):
            layer.gamma.assign(np.full(layer.gamma.shape, 0.5))
    keras_snn.training.refresh_statistics(model, x)
    return model


def litert(path: Path, x: np.ndarray) -> Callable[[], np.ndarray]:
    """A function that runs the file on two threads."""
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
    """A function that runs the file."""
    import onnxruntime

    session = onnxruntime.InferenceSession(str(path), providers=["CPUExecutionProvider"])
    return lambda: session.run(None, {session.get_inputs()[0].name: x})[0]


RUNNERS = {"litert": litert, "onnx": onnx}


def seconds(run: Callable[[], Any]) -> float:
    """The shortest of some runs."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return min(times)


def peak() -> int:
    """Greatest memory of this process so far, in MiB."""
    return peak_bytes() // 2**20


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("network", help="a builder of keras_snn.applications")
    parser.add_argument("format", choices=SUFFIXES)
    options = parser.parse_args()
    keras.utils.set_random_seed(0)
    shape = getattr(keras_snn.applications, options.network)().input_shape[1:]
    x = np.random.default_rng(0).uniform(0, 1, (2, *shape)).astype("float32")
    model, x = network(options.network, x), x[:1]
    wanted, before = model.predict(x, verbose=0), peak()
    path = Path(tempfile.mkdtemp()) / f"model{SUFFIXES[options.format]}"
    clock, process = time.perf_counter(), time.process_time()
    getattr(keras_snn.export, f"export_{options.format}")(model, path, sample=x)
    clock, process = time.perf_counter() - clock, time.process_time() - process
    print(f"export: {clock:.0f} s, {process:.0f} s of CPU, {peak()} MiB (before {before})")
    run = RUNNERS[options.format](path, x)
    drift = np.abs(run() - wanted).max()
    print(f"file: {path.stat().st_size / 1e6:.1f} MB; drift {drift:.2g} of {wanted.max():.2g}")
    inference = seconds(lambda: model.predict(x, verbose=0))
    print(f"one sample: {seconds(run):.2f} s; predict of Keras {inference:.2f} s")


if __name__ == "__main__":
    main()
