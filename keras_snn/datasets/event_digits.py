"""Handwritten digits seen by a simulated event camera: real event data without a download."""

import dataclasses
from collections.abc import Iterator
from typing import Any, ClassVar

import numpy as np

from keras_snn import validation
from keras_snn.datasets.builders import EventDatasetBuilder, tfds
from keras_snn.datasets.event_camera import simulate
from keras_snn.datasets.events import make_recording
from keras_snn.datasets.splits import TEST_FRACTION, VALIDATION_FRACTION, stratified_splits
from keras_snn.extras import import_extra

SENSOR = 34  # pixels per side, as in N-MNIST
FULL_INK = 16  # largest value of scikit-learn's digits
SCALE = 3  # pixels of the sensor per pixel of a digit: 8x8 becomes 24x24
SACCADE = 100_000  # microseconds, as in N-MNIST
STEPS_PER_SACCADE = 20
# Corners of the path, in pixels (down, right) from the center: down right, up right, back left.
CORNERS = ((-2.0, -2.0), (2.0, 0.0), (-2.0, 2.0), (-2.0, -2.0))
DARKNESS = 0.1  # light of the background; full ink has 1 + DARKNESS
START = 0.5  # of `simulate`: the first image lies midway between two levels
MAX_JITTER = 10.0  # pixels; with more, digits would leave the sensor
SPLIT_SEED = 0


def _pair(argument: str, value: Any) -> tuple[float, float]:
    """Returns (ON, OFF) from a positive number, which stands for both, or from a pair."""
    pair = tuple(value) if isinstance(value, (tuple, list)) else (value, value)
    rule = "be a number or a pair of numbers"
    validation.require(len(pair) == 2, argument, rule, **{argument: value})
    on, off = (validation.real(argument, number, above=0) for number in pair)
    return on, off


@dataclasses.dataclass(frozen=True)
class EventDigitsSettings:
    """The settings of the camera and the scene of `event_digits`.

    Args:
        threshold: Change of log intensity that fires an event, above 0; a pair is (ON, OFF). The
            default gives about 3,000 events per sample.
        threshold_std: Mismatch of the thresholds between pixels, as the standard deviation of
            their logarithm: 0.05 is about 5 %.
        noise: Rate of background events in Hz per pixel, at least 0.
        refractory: Dead time of a pixel after an event in microseconds, at least 0.
        jitter: Largest displacement of a digit along each axis, 0 to 10 pixels. The displacement of
            each sample is drawn uniformly. Above 3 pixels, parts of some digits leave the sensor.
        simulation_seed: Seed of jitter, mismatch and noise, together with the index of the sample.

    Raises:
        ValueError: If a setting is out of range.
    """

    threshold: float | tuple[float, float] = 0.37
    threshold_std: float = 0.0
    noise: float = 0.0
    refractory: float = 0.0
    jitter: float = 0.0
    simulation_seed: int = 0

    def __post_init__(self) -> None:
        checked = {
            "threshold": _pair("threshold", self.threshold),
            "threshold_std": validation.real("threshold_std", self.threshold_std, at_least=0),
            "noise": validation.real("noise", self.noise, at_least=0),
            "refractory": validation.real("refractory", self.refractory, at_least=0),
            "jitter": validation.real("jitter", self.jitter, at_least=0),
            "simulation_seed": validation.count(
                "simulation_seed", self.simulation_seed, at_least=0
            ),
        }
        rule = f"be at most {MAX_JITTER:g}"
        validation.require(self.jitter <= MAX_JITTER, "jitter", rule, jitter=self.jitter)
        for name, value in checked.items():  # 1 and 1.0 are the same setting
            object.__setattr__(self, name, value)


class EventDigits(EventDatasetBuilder):
    """Handwritten digits, seen by a simulated event camera along three saccades.

    The 1,797 digits of scikit-learn (8x8) are interpolated to 24x24 pixels on a sensor of 34x34.
    They move down right, up right and back left for 100 ms each, as in N-MNIST. The fixed splits
    are stratified by class: 1,293 training, 144 validation and 360 test samples.
    """

    # Raise it whenever the same settings give other events.
    VERSION = tfds.core.Version("1.0.0")
    SETTINGS = EventDigitsSettings
    CONSTANTS: ClassVar = {
        "sensor": [SENSOR, SCALE, FULL_INK, DARKNESS],
        "path": [SACCADE, STEPS_PER_SACCADE, CORNERS],
        "camera": START,
        "splits": [SPLIT_SEED, TEST_FRACTION, VALIDATION_FRACTION],
    }
    SENSOR_SIZE = (SENSOR, SENSOR, 2)
    CLASS_NAMES = tuple("0123456789")
    TIME_STEPS = 8
    SIZES: ClassVar = {"train": 1_293, "validation": 144, "test": 360}
    SOURCE = "scikit-learn's load_digits, through the event camera of keras_snn"
    LICENSE = "CC BY 4.0, digits of the UCI repository"

    def _split_generators(self, dl_manager: Any) -> dict[str, Iterator]:
        digits: Any = import_extra("sklearn.datasets", "data").load_digits()
        splits = stratified_splits(digits.target, SPLIT_SEED)
        return {name: self._generate_examples(digits, splits[name]) for name in splits}

    def _generate_examples(self, digits: Any, indices: np.ndarray) -> Iterator:
        settings = self.builder_config.settings
        for place, index in enumerate(indices):
            events = record(digits.images[index] / FULL_INK, settings, int(index))
            columns = {name: np.ascontiguousarray(events[name]) for name in "xytp"}
            yield place, {"events": columns, "label": int(digits.target[index])}


def record(digit: np.ndarray, settings: EventDigitsSettings, index: int = 0) -> np.ndarray:
    """Records a digit with the event camera.

    Args:
        digit: (8, 8), ink from 0 to 1.
        settings: Camera and scene.
        index: Index of the sample. It and `settings.simulation_seed` seed all random numbers.

    Returns:
        (events,), structured as `make_recording` returns them, sorted by time.
    """
    seed = [settings.simulation_seed, index]
    # A third number separates the random stream of the positions from that of the camera.
    jitter = settings.jitter * np.random.default_rng([*seed, 1]).uniform(-1, 1, size=2)
    times, positions = saccades()
    light = np.log(DARKNESS + move(digit, positions + jitter))
    camera = {name: getattr(settings, name) for name in ("threshold_std", "noise", "refractory")}
    threshold = _pair("threshold", settings.threshold)
    return make_recording(
        *simulate(light, times, threshold=threshold, start=START, seed=seed, **camera)
    )


def saccades() -> tuple[np.ndarray, np.ndarray]:
    """Returns times (steps,) in microseconds and positions (steps, 2) along the digit's path."""
    corners = SACCADE * np.arange(len(CORNERS))
    times = np.linspace(0, corners[-1], (len(corners) - 1) * STEPS_PER_SACCADE + 1)
    down, right = (np.interp(times, corners, axis) for axis in np.transpose(CORNERS))
    return times, np.stack([down, right], axis=-1)


def move(digit: np.ndarray, positions: np.ndarray) -> np.ndarray:
    """Returns images of a digit at each position, interpolated linearly and scaled by SCALE.

    Args:
        digit: (rows, columns).
        positions: (steps, 2), pixels down and right from the center of the sensor.

    Returns:
        (steps, SENSOR, SENSOR), 0 outside the digit.
    """
    rows, columns = (
        _interpolation(size, axis) for size, axis in zip(digit.shape, positions.T, strict=True)
    )
    return rows @ digit @ columns.transpose(0, 2, 1)


def _interpolation(size: int, positions: np.ndarray) -> np.ndarray:
    """Returns the weight of each digit pixel in each sensor pixel, (steps, SENSOR, size)."""
    centered = np.arange(SENSOR) - (SENSOR - 1) / 2
    place = (centered - positions[:, None]) / SCALE + (size - 1) / 2  # (steps, SENSOR)
    return np.maximum(0.0, 1.0 - np.abs(place[:, :, None] - np.arange(size)))
