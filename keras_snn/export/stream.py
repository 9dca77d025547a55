"""A network for windows of a recording, written with what it keeps between them."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, NamedTuple

import keras
import numpy as np
import tensorflow as tf

from keras_snn.export.litert import export_litert
from keras_snn.export.onnx import export_onnx
from keras_snn.export.samples import random_sample
from keras_snn.export.sliding_window import with_sliding_window
from keras_snn.export.stateless_stream import with_explicit_states
from keras_snn.export.streaming import rebuild
from keras_snn.export.verification import as_list, predict, require_agreement
from keras_snn.export.writing import checked_target, draft_path
from keras_snn.graphs.causality import takes_static_image
from keras_snn.layers import reset_states
from keras_snn.validation import count, require

WINDOWS = 3
"""Windows that a written network has to run through."""


def export_stream(
    model: keras.Model,
    path: Any,
    batch_size: int = 1,
    time_steps: int = 1,
    window: int | None = None,
) -> Path:
    """Writes a network that takes a recording window by window, as a SavedModel or a single file.

    A SavedModel has two endpoints:

    - `step(x)`, x of shape (batch_size, time_steps, ...), or (batch_size, ...) where the network
      takes a static image, which is then shown for `time_steps` more time steps. Membranes go on
      from window to window.
    - `reset()` puts every state back to its start, before another recording.

    A path that ends in `.tflite` (LiteRT) or `.onnx` gives a file of one function that needs
    neither TensorFlow nor a memory of its own. Its inputs are `x` and the states, its outputs
    those of the network and the states after the window, in the same order. A recording starts
    with states of zeros.

    What a step returns, after any number of windows:

    - a sequence, as of `return_sequences=True`: the outputs of this window's time steps. Windows
      put together are the whole sequence's outputs;
    - one vector a sample, where the head takes the mean over time (`MeanOverTime`,
      `GlobalAveragePooling1D`, `GlobalAveragePooling3D` or `ops.mean(x, 1)`): the output for
      everything so far, a running mean in place of the mean. After the last window it is the whole
      sequence's output.

    Layers that need later time steps, such as SMA and FSTA, cannot go from window to window. With
    `window` the network is run anew at every step, over the last `window` time steps and from
    resting membranes, with empty frames before the first one. A step then costs as much as
    predicting `window` time steps, and the mean is that of the window.

    What is written runs without keras_snn, and is run before it stands at `path`: over three
    windows it must compute what the network computes of them. TensorFlow backend.

    Args:
        model: A functional or sequential network with one input. Without `window` its layers
            compute every time step from it and earlier ones; networks inside it are allowed.
        path: The folder to write: new, empty or a SavedModel; or a file that ends in `.tflite` or
            `.onnx`.
        batch_size: Recordings side by side, fixed.
        time_steps: Frames of a step, fixed; independent of the length that the network was built
            for.
        window: Time steps of a sliding window, at least `time_steps`, and those that the network
            was built for where these are fixed. None to keep states in place of frames.

    Returns:
        The path.

    Raises:
        ValueError: for SMA, FSTA, a bidirectional layer or any other that needs later time steps,
            naming it and why, unless there is a `window`; for other arguments out of their range;
            and where what was written does not compute what the network computes.
        ImportError: without the extra of the format, `litert` or `onnx`.

    Example:
        >>> keras_snn.export.export_stream(model, "stream", batch_size=1, time_steps=1)
        >>> stream = tf.saved_model.load("stream")
        >>> frames = np.ones((8, 1, 1, 32, 32, 2), "float32")     # (batch, time, h, w, c) each
        >>> scores = [stream.step(frame) for frame in frames]
        >>> stream.reset()
    """
    require(keras.backend.backend() == "tensorflow", "backend", "be tensorflow", **_backend())
    batch_size, time_steps = count("batch_size", batch_size), count("time_steps", time_steps)
    suffix = next((suffix for suffix in FILES if str(path).endswith(suffix)), "")
    target = checked_target(model, path, suffix)
    if window is None:
        trial = _causal_trial(model, batch_size, time_steps, target)
    else:
        trial = _sliding_trial(model, batch_size, time_steps, window, target)
    if suffix:
        return _write_file(trial, target, FILES[suffix])
    with draft_path(target) as path_of_draft:
        _write(trial.stream, path_of_draft)
        trial.check(_run(path_of_draft, trial.windows))
    return target


FILES = {".tflite": export_litert, ".onnx": export_onnx}
CAUSAL = "compute every time step from it and earlier ones, so that windows equal the whole"
SLIDING = "compute in the stream what it computes of the last time steps"


class Trial(NamedTuple):
    """A network for windows, and some of them that it has to run through.

    Args:
        stream: The network, whose layers keep states.
        windows: Inputs, one after the other.
        check: Raises unless it is given the right outputs, a list of arrays per window.
    """

    stream: keras.Model
    windows: list[np.ndarray]
    check: Callable[[list[list[np.ndarray]]], None]


def _causal_trial(model: keras.Model, batch_size: int, time_steps: int, target: Path) -> Trial:
    """Windows put together are the whole sequence."""
    stream = rebuild(model, batch_size, time_steps, stateful=True)
    whole = rebuild(model, batch_size, WINDOWS * time_steps, stateful=False)
    x = random_sample(whole)
    wanted = predict(whole, x)

    def check(steps: list[list[np.ndarray]]) -> None:
        require_agreement(whole, x, wanted, _joined(steps, wanted), target, rule=CAUSAL)

    return Trial(stream, _windows(model, x), check)


def _sliding_trial(
    model: keras.Model, batch_size: int, time_steps: int, window: int, target: Path
) -> Trial:
    """Every step is the network's answer to the last frames."""
    stream = with_sliding_window(model, batch_size, time_steps, window)
    windows = [random_sample(stream, gain) for gain in (1.0, 2.0, 0.5)]
    empty = np.zeros((batch_size, window, *windows[0].shape[2:]), windows[0].dtype)

    def check(steps: list[list[np.ndarray]]) -> None:
        frames = empty
        for x, outputs in zip(windows, steps, strict=True):
            frames = np.concatenate([frames, x], axis=1)[:, -window:]
            latest = keras.tree.pack_sequence_as(model.input, [frames])
            wanted = predict(model, latest)
            require_agreement(model, latest, wanted, outputs, target, rule=SLIDING)

    return Trial(stream, windows, check)


def _backend() -> dict[str, str]:
    return {"backend": keras.backend.backend()}


def _windows(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    """A recording in windows; a static image is shown anew in each."""
    return [x] * WINDOWS if takes_static_image(model) else np.split(x, WINDOWS, axis=1)


def _joined(steps: list[list[np.ndarray]], wanted: list[np.ndarray]) -> list[np.ndarray]:
    """Outputs of windows put together as those of one sequence, or the last ones."""
    return [
        parts[-1] if parts[-1].shape == whole.shape else np.concatenate(parts, axis=1)
        for whole, *parts in zip(wanted, *steps, strict=True)
    ]


def _run(path: Path, windows: list[np.ndarray]) -> list[list[np.ndarray]]:
    """Outputs of the folder for windows, after a reset."""
    stream = tf.saved_model.load(str(path))
    stream.step(windows[-1])
    stream.reset()
    return [as_list(stream.step(tf.constant(window))) for window in windows]


def _write(stream: keras.Model, path: Path) -> None:
    archive = keras.export.ExportArchive()
    archive.track(stream)
    spec = tf.TensorSpec(stream.inputs[0].shape, stream.inputs[0].dtype, name="x")
    archive.add_endpoint("step", lambda x: stream(x, training=False), input_signature=[spec])
    archive.add_endpoint("reset", lambda: _reset(stream), input_signature=[])
    archive.write_out(str(path), verbose=False)


def _reset(stream: keras.Model) -> Any:
    """An endpoint has to return something: whether it was done."""
    reset_states(stream)
    return tf.constant(True)


def _write_file(trial: Trial, target: Path, export: Callable[[keras.Model, Path], Path]) -> Path:
    network = with_explicit_states(trial.stream)
    states = [np.zeros(x.shape, x.dtype) for x in network.inputs[1:]]
    steps = []
    for window in trial.windows:
        outputs = predict(network, [window, *states])
        first = len(outputs) - len(states)
        steps.append(outputs[:first])
        states = outputs[first:]
    trial.check(steps)
    return export(network, target)
