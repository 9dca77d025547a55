"""Augments raw events, for `event_dataset_from_directory(augment_events=...)`.

Each function takes the events of one sample and a NumPy generator, and returns new events; the
given ones are not changed. Combine them in a function of your own:

    def augment(events, generator):
        return jitter_times(drop_events(events, generator, 0.1), generator, 500)
"""

from typing import Any

import numpy as np

from keras_snn import validation

DIRECTIONS = {
    "DVS128 Gesture": "gestures of the left and of the right hand are different classes",
}
"""Maps data sets whose labels a flip changes to the reason."""


def drop_events(
    events: np.ndarray, generator: np.random.Generator, rate: float = 0.1
) -> np.ndarray:
    """Drops every event with the same probability, independently of the others.

    Args:
        events: (events,), structured, as `make_recording` returns them.
        generator: Draws the random numbers.
        rate: Probability from 0 to 1 that an event is dropped.

    Returns:
        (kept events,), structured.

    Raises:
        ValueError: If `rate` is not a number from 0 to 1.

    Example:
        >>> events = keras_snn.datasets.make_recording([3, 4], [0, 1], [10, 20], [0, 1])
        >>> len(drop_events(events, np.random.default_rng(0), 1.0))
        0

    Source: the random drop of EventDrop, arXiv 2106.05836.
    Differs from the source: the rate is given, not drawn.
    """
    rate = _probability("rate", rate)
    return events[generator.random(len(events)) >= rate]


def jitter_times(
    events: np.ndarray, generator: np.random.Generator, deviation: float = 100.0
) -> np.ndarray:
    """Moves the time of every event by a normal random number, and sorts the events by time.

        t'[k] = t[k] + round(deviation * z[k]),    z[k] ~ N(0, 1)

    Here t[k] is the time of event k in microseconds, t'[k] is its new time, and z[k] is drawn
    independently for each event.

    Args:
        events: (events,), structured, as `make_recording` returns them.
        generator: Draws the random numbers.
        deviation: Standard deviation in microseconds, at least 0.

    Returns:
        (events,), structured, in the order of the new times.

    Raises:
        ValueError: If `deviation` is not a finite number of at least 0.

    Example:
        >>> events = keras_snn.datasets.make_recording([3, 4], [0, 1], [10, 20], [0, 1])
        >>> jitter_times(events, np.random.default_rng(0), 0)["t"].tolist()
        [10, 20]
    """
    deviation = validation.real("deviation", deviation, at_least=0)
    moved = events.copy()
    moved["t"] += np.rint(generator.normal(0, deviation, len(events))).astype("int64")
    return moved[np.argsort(moved["t"], kind="stable")]


def flip_polarity(
    events: np.ndarray, generator: np.random.Generator, probability: float = 0.5
) -> np.ndarray:
    """Exchanges ON and OFF events, for all events of a sample or for none.

    Args:
        events: (events,), structured, as `make_recording` returns them.
        generator: Draws whether the sample is changed.
        probability: Probability from 0 to 1 that it is changed.

    Returns:
        (events,), structured.

    Raises:
        ValueError: If `probability` is not a number from 0 to 1.

    Example:
        >>> events = keras_snn.datasets.make_recording([3, 4], [0, 1], [10, 20], [0, 1])
        >>> flip_polarity(events, np.random.default_rng(0), 1.0)["p"].tolist()
        [True, False]
    """
    probability = _probability("probability", probability)
    flipped = events.copy()
    if generator.random() < probability:
        flipped["p"] = ~events["p"]
    return flipped


def require_flips_allowed(name: str) -> None:
    """Refuses to flip the frames of a data set whose labels a flip changes.

    Args:
        name: The data set in any spelling, for example `"DVS128 Gesture"`, `"dvs128_gesture"` or
            `"DVSGesture"`.

    Raises:
        ValueError: If a mirrored recording belongs to another class.

    Example:
        >>> require_flips_allowed("cifar10_dvs")
    """
    letters = "".join(filter(str.isalnum, name)).lower().replace("dvs128", "dvs")
    for title, reason in DIRECTIONS.items():
        same = letters == title.replace(" ", "").lower().replace("dvs128", "dvs")
        rule = f"be a data set whose labels a flip does not change: {reason}"
        validation.require(not same, "name", rule, name=name)


def _probability(name: str, value: Any) -> float:
    number = validation.real(name, value, at_least=0)
    validation.require(number <= 1, name, "be at most 1", **{name: value})
    return number
