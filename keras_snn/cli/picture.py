"""`keras-snn data show`: draws a recording as a picture and as an animation."""

import argparse
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

import keras_snn
from keras_snn.cli.messages import check_data_set
from keras_snn.validation import require


def show(arguments: argparse.Namespace) -> None:
    """Writes the picture and, beside it, the animation; prints their paths."""
    require(arguments.output.suffix == ".png", "--output", "end in .png", output=arguments.output)
    path = Path(arguments.recording)
    if path.is_file():
        events, size = read_file(path, arguments)
    else:
        events, size = _sample(arguments)
    figure = keras_snn.visualization.show_recording(events, size, arguments.time_steps)
    figure.savefig(arguments.output)
    animation = arguments.output.with_suffix(".gif")
    keras_snn.visualization.save_animation(events, size, animation)
    print(arguments.output)
    print(animation)


def read_file(path: Path, arguments: argparse.Namespace) -> tuple[np.ndarray, tuple[int, int]]:
    """Returns the events of a file in order of time, and the (height, width) of the sensor."""
    events, size = keras_snn.datasets.read_events(path, time_unit=arguments.time_unit)
    known: tuple[int, ...] = arguments.sensor_size or size or ()
    rule = f"be given as height,width: {path} does not hold the sensor's size"
    require(len(known) == 2, "--sensor-size", rule, sensor_size=arguments.sensor_size)
    height, width = known
    return events[np.argsort(events["t"], kind="stable")], (height, width)


def _sample(arguments: argparse.Namespace) -> tuple[Any, tuple[int, int]]:
    """Returns a sample of a data set."""
    name, index = arguments.recording, arguments.index
    check_data_set(name, "NAME-or-FILE", "an existing file, or ")
    camera = len(getattr(keras_snn.datasets.BUILDERS.get(name), "SENSOR_SIZE", ())) == 3
    require(camera, "NAME-or-FILE", "be a data set of camera recordings", **{"NAME-or-FILE": name})
    builder = keras_snn.datasets.prepare(name, arguments.data_dir)
    samples = builder.as_dataset(split=arguments.split)
    rule = f"be the number of one of the {len(samples)} samples in {arguments.split}"
    require(0 <= index < len(samples), "--index", rule, index=index)
    sample = next(islice(samples.as_numpy_iterator(), index, None))
    print(f"label: {builder.CLASS_NAMES[sample['label']]}")
    height, width, _ = builder.SENSOR_SIZE
    return sample["events"], (height, width)
