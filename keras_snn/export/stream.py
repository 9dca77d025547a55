"""A network for windows of a recording: a SavedModel that keeps its membranes between them."""

from pathlib import Path
from typing import Any

import keras
import numpy as np
import tensorflow as tf

from keras_snn.export.samples import random_sample
from keras_snn.export.streaming import rebuild
from keras_snn.export.verification import as_list, predict, require_agreement
from keras_snn.export.writing import checked_target, draft_path
from keras_snn.graphs.causality import takes_static_image
from keras_snn.layers import reset_states
from keras_snn.validation import count, require

WINDOWS = 3
"""Windows that a written network has to run through."""


def export_stream(model: keras.Model, path: Any, batch_size: int = 1, time_steps: int = 1) -> Path:
    """Writes a network as a SavedModel that takes a recording window by window.

    Its endpoints:

    - `step(x)`, x of shape (batch_size, time_steps, ...), or (batch_size, ...) where the network
      takes a static image, which is then shown for `time_steps` more time steps. Membranes go on
      from window to window.
    - `reset()` puts every state back to its start, before another recording.

    What `step` returns, after any number of windows since `reset`:

    - a sequence, as of `return_sequences=True`: the outputs of this window's time steps. Windows
      put together are the whole sequence's outputs;
    - one vector a sample, where the head takes the mean over time (`GlobalAveragePooling1D`): the
      output for everything since `reset`, a running mean in place of the mean. After the last
      window it is the whole sequence's output.

    The folder runs without keras_snn, and does so before it stands at `path`: over three windows
    it must compute what the network computes of them as one sequence. TensorFlow backend.

    Args:
        model: A functional or sequential network with one input, whose layers compute every time
            step from it and earlier ones.
        path: The folder to write: new, empty or a SavedModel.
        batch_size: Recordings side by side, fixed.
        time_steps: Length of a window, fixed; independent of the length that the network was
            built for.

    Returns:
        The path.

    Raises:
        ValueError: for SMA, FSTA, a bidirectional layer or any other that needs later time steps
            or a window of its own, naming it and why; for other arguments out of their range;
            and where the folder does not compute what the network computes.

    Example:
        >>> keras_snn.export.export_stream(model, "stream", batch_size=1, time_steps=1)
        >>> stream = tf.saved_model.load("stream")
        >>> scores = [stream.step(frame) for frame in recording]     # (1, 1, h, w, c) each
        >>> stream.reset()
    """
    require(keras.backend.backend() == "tensorflow", "backend", "be tensorflow", **_backend())
    batch_size, time_steps = count("batch_size", batch_size), count("time_steps", time_steps)
    target = checked_target(model, path, "")
    stream = rebuild(model, batch_size, time_steps, stateful=True)
    whole = rebuild(model, batch_size, WINDOWS * time_steps, stateful=False)
    x = random_sample(whole)
    wanted = predict(whole, x)
    with draft_path(target) as path_of_draft:
        _write(stream, path_of_draft)
        actual = _run(path_of_draft, _windows(model, x), wanted)
        require_agreement(whole, x, wanted, actual, target, rule=CAUSAL)
    return target


CAUSAL = "compute every time step from it and earlier ones, so that windows equal the whole"


def _backend() -> dict[str, str]:
    return {"backend": keras.backend.backend()}


def _windows(model: keras.Model, x: np.ndarray) -> list[np.ndarray]:
    """A recording in windows; a static image is shown anew in each."""
    return [x] * WINDOWS if takes_static_image(model) else np.split(x, WINDOWS, axis=1)


def _run(path: Path, windows: list[np.ndarray], wanted: list[np.ndarray]) -> list[np.ndarray]:
    """Outputs of the folder for the windows, put together as those of one sequence."""
    stream = tf.saved_model.load(str(path))
    stream.step(windows[-1])
    stream.reset()
    steps = [as_list(stream.step(tf.constant(window))) for window in windows]
    return [
        parts[-1] if parts[-1].shape == whole.shape else np.concatenate(parts, axis=1)
        for whole, *parts in zip(wanted, *steps, strict=True)
    ]


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
