"""`keras-snn predict`: predicts the classes of recordings, window by window."""

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import keras
import numpy as np

import keras_snn
from keras_snn.cli.messages import check_data_set
from keras_snn.cli.models import read
from keras_snn.cli.picture import read_file
from keras_snn.validation import require


def run(arguments: argparse.Namespace) -> None:
    """Prints a line for each window: file, begin and end in milliseconds, class, score."""
    keras_snn.datasets.check_windows(arguments.window, arguments.stride)
    names = _class_names(arguments)
    model = read(Path(arguments.model))
    shape = tuple(model.input_shape[1:])
    good = len(shape) == 4 and None not in shape
    require(
        good, "MODEL", "take frames of a fixed size (time, height, width, channels)", shape=shape
    )
    rule = f"be {model.output_shape[-1]} names, one for each output of the network"
    require(not names or len(names) == model.output_shape[-1], "--classes", rule, classes=names)
    for path in arguments.files:
        events, size = read_file(path, arguments)
        for start, stop in keras_snn.datasets.cut_windows(
            events["t"], arguments.window, arguments.stride or arguments.window
        ):
            frames = _frames(events[start:stop], size, shape, arguments.slice_by)
            print(_line(path, events, (start, stop), scores(model, frames), names), flush=True)


def _class_names(arguments: argparse.Namespace) -> Sequence[str]:
    both = arguments.classes and arguments.data
    require(not both, "--classes", "be absent if --data is given", classes=arguments.classes)
    if arguments.classes:
        return arguments.classes.split(",")
    if arguments.data:
        check_data_set(arguments.data, "--data")
        return keras_snn.datasets.info(arguments.data).class_names
    return ()


def _frames(events: Any, sensor: tuple[int, int], shape: tuple[int, ...], slice_by: str) -> Any:
    """Returns the frames of a window, (1, time, height, width, channels)."""
    time_steps, height, width, channels = shape
    rule = f"be at least ({height}, {width}), the size of the network's frames"
    require(height <= sensor[0] and width <= sensor[1], "--sensor-size", rule, sensor_size=sensor)
    return keras_snn.datasets.to_frames(
        events, sensor, time_steps, slice_by, size=(height, width), merge_polarities=channels == 1
    )[None]


def scores(model: keras.Model, frames: np.ndarray) -> np.ndarray:
    """Returns the probabilities of the classes, (classes,); logits pass through a softmax."""
    outputs = np.asarray(model(frames, training=False), "float64")
    outputs = outputs.reshape(-1, outputs.shape[-1])  # one row, or one per time step
    if np.all(outputs >= 0) and np.allclose(outputs.sum(axis=1), 1, atol=1e-3):
        return outputs.mean(axis=0)
    logits = outputs.mean(axis=0)
    exponentials = np.exp(logits - logits.max())
    return exponentials / exponentials.sum()


def _line(
    path: Path, events: Any, window: tuple[int, int], found: np.ndarray, names: Sequence[str]
) -> str:
    seen = events["t"][slice(*window)]
    first, last = (int(t - events["t"][0]) / 1000 for t in seen[[0, -1]]) if len(seen) else (0, 0)
    best = int(found.argmax())
    name = names[best] if names else str(best)
    return f"{path}\t{first:.1f} to {last:.1f} ms\t{name}\t{found[best]:.3f}"
