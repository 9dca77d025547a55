"""Simulates an event camera with NumPy.

The level of a pixel is the log intensity at which it last fired. When the log intensity reaches
level + `on`, the pixel sends an ON event and the level rises by `on`. When the log intensity
reaches level - `off`, the pixel sends an OFF event and the level falls by `off`. Between two frames
of the input the log intensity is interpolated linearly in time, so a change over several thresholds
gives several events, each at the time of its own crossing.

Source: Rebecq et al. 2018, ESIM: an Open Event Camera Simulator, section 3.
Differs from the source: frames have fixed times instead of adaptive sampling; the mismatch of the
thresholds is log-normal, so no threshold can be zero or negative.
"""

from typing import NamedTuple

import numpy as np


class Events(NamedTuple):
    """Events in order of time, each field (events,).

    Args:
        x: Column of the pixel.
        y: Row of the pixel.
        t: Time in microseconds.
        p: Polarity, True for ON.
    """

    x: np.ndarray
    y: np.ndarray
    t: np.ndarray
    p: np.ndarray


def simulate(
    log_intensity: np.ndarray,
    times: np.ndarray,
    *,
    threshold: tuple[float, float],
    threshold_std: float = 0.0,
    noise: float = 0.0,
    refractory: float = 0.0,
    start: float = 0.0,
    seed: int | list[int] = 0,
) -> Events:
    """Returns the events that a camera sends while it looks at a moving scene.

    Mismatch and noise have separate random streams, so either can be changed without the other.

    Args:
        log_intensity: (steps, height, width), natural logarithm of the light on each pixel.
        times: (steps,), increasing, in microseconds.
        threshold: Changes of log intensity that fire an ON event and an OFF event.
        threshold_std: Standard deviation of the logarithm of the thresholds, drawn for each pixel
            and polarity: 0.05 is a mismatch of about 5 %.
        noise: Rate of background events in Hz per pixel, both polarities together.
        refractory: Microseconds after an event during which its pixel sends no other.
        start: Distance of the first frame above the initial level, in ON thresholds, from 0 to less
            than 1. With a value above 0, light that returns to its initial value ends between two
            levels. With 0 it ends on a level, and rounding decides whether that level fires.
        seed: Seed, or list of seeds, of mismatch and noise.

    Returns:
        `Events`, sorted by time, then by pixel.
    """
    steps, height, width = log_intensity.shape
    mismatch_rng, noise_rng = (
        np.random.default_rng(child) for child in np.random.SeedSequence(seed).spawn(2)
    )
    mismatch = np.exp(threshold_std * mismatch_rng.standard_normal((2, height * width)))
    on, off = np.reshape(threshold, (2, 1)) * mismatch  # (pixels,) each
    light = log_intensity.reshape(steps, -1)
    signal = crossings(light, times, on, off, light[0] - start * on)
    background = background_events(noise, height * width, times[0], times[-1], noise_rng)
    pixel, t, p = (np.concatenate(pair) for pair in zip(signal, background, strict=True))
    order = np.lexsort((pixel, t))
    order = order[awake(pixel[order], t[order], refractory)]
    return Events(pixel[order] % width, pixel[order] // width, t[order], p[order])


def crossings(
    log_intensity: np.ndarray,
    times: np.ndarray,
    on: np.ndarray,
    off: np.ndarray,
    level: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns pixel, time and polarity of each crossing of a threshold, in any order.

    Args:
        log_intensity: (steps, pixels).
        times: (steps,), in microseconds.
        on: (pixels,), thresholds of ON events.
        off: (pixels,), thresholds of OFF events.
        level: (pixels,), log intensity at which each pixel last fired.

    Returns:
        Pixels, microseconds and polarities, (events,) each.
    """
    level = level.astype("float64")  # a copy, in full precision
    found = []
    for step in range(1, len(times)):
        change = log_intensity[step] - level
        threshold = np.where(change > 0, on, off)
        count = np.trunc(change / threshold)  # signed: negative for OFF events
        pixel = np.flatnonzero(count)
        found.append((np.full(pixel.size, step), pixel, count[pixel], level[pixel]))
        level[pixel] += count[pixel] * threshold[pixel]
    columns = (np.concatenate(column) for column in zip(*found, strict=True))
    return _interpolate(log_intensity, times, on, off, *columns)


def _interpolate(
    log_intensity: np.ndarray,
    times: np.ndarray,
    on: np.ndarray,
    off: np.ndarray,
    step: np.ndarray,
    pixel: np.ndarray,
    count: np.ndarray,
    level: np.ndarray,
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Splits `count` crossings that start at `level` into single events with their own times."""
    repeats = np.abs(count).astype("int64")
    nth = np.arange(repeats.sum()) - np.repeat(np.cumsum(repeats) - repeats, repeats) + 1
    step, pixel, count, level = (np.repeat(a, repeats) for a in (step, pixel, count, level))
    crossed = level + nth * np.where(count > 0, on[pixel], -off[pixel])
    before, after = log_intensity[step - 1, pixel], log_intensity[step, pixel]
    # By rounding, a level that was reached in the step before may fire only now, at fraction 0.
    way = np.where(after == before, 1.0, after - before)
    fraction = np.clip((crossed - before) / way, 0.0, 1.0)
    t = times[step - 1] + fraction * (times[step] - times[step - 1])
    return pixel, np.rint(t).astype("int64"), count > 0


def background_events(
    rate: float, pixels: int, start: float, end: float, rng: np.random.Generator
) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """Returns pixel, time and polarity of noise, a Poisson process of `rate` Hz in each pixel."""
    number = rng.poisson(rate * pixels * (end - start) * 1e-6)  # microseconds to seconds
    pixel = rng.integers(pixels, size=number)
    t = np.rint(rng.uniform(start, end, size=number)).astype("int64")
    return pixel, t, rng.random(number) < 0.5


def awake(pixel: np.ndarray, t: np.ndarray, refractory: float) -> np.ndarray:
    """Returns a mask of the events, sorted by time, outside their pixel's refractory period."""
    if refractory == 0:
        return np.ones(pixel.shape, dtype=bool)
    asleep_until: dict[int, float] = {}
    mask = np.empty(pixel.shape, dtype=bool)
    for index, (where, when) in enumerate(zip(pixel.tolist(), t.tolist(), strict=True)):
        mask[index] = when >= asleep_until.get(where, -np.inf)
        if mask[index]:
            asleep_until[where] = when + refractory
    return mask
