"""The simulated event camera against cases worked out by hand."""

import numpy as np
import pytest

from keras_snn.datasets.event_camera import awake, background_events, simulate

TIMES = np.array([0.0, 1000.0])


def one_pixel(*levels):
    """Log intensity of a sensor of a single pixel, (steps, 1, 1)."""
    return np.reshape(levels, (-1, 1, 1)).astype("float64")


def test_rise_of_two_and_a_half_thresholds_gives_two_events_at_interpolated_times():
    events = simulate(one_pixel(0.0, 2.5), TIMES, threshold=(1.0, 1.0))
    # Level 1 is crossed after 1 / 2.5 of the way, level 2 after 2 / 2.5.
    assert events.t.tolist() == [400, 800]
    assert events.p.tolist() == [True, True]


def test_fall_uses_the_off_threshold():
    events = simulate(one_pixel(0.0, -2.5), TIMES, threshold=(10.0, 0.5))
    # Five thresholds of 0.5 fill the fall: the fifth is reached at its end, and fires.
    assert events.t.tolist() == [200, 400, 600, 800, 1000]
    assert not events.p.any()


def test_level_follows_the_events_from_one_frame_to_the_next():
    times = np.array([0.0, 100.0, 300.0, 400.0])
    events = simulate(one_pixel(0.0, 1.5, 0.7, -0.25), times, threshold=(1.0, 1.0))
    # ON at level 1; 0.7 is no whole threshold below it; OFF at level 0, at 0.7 / 0.95 of the way.
    assert events.t.tolist() == [67, 374]
    assert events.p.tolist() == [True, False]


def test_change_that_just_reaches_the_threshold_fires():
    assert simulate(one_pixel(0.0, 0.5), TIMES, threshold=(0.5, 0.5)).t.tolist() == [1000]


def test_constant_light_gives_no_event():
    events = simulate(np.ones((5, 3, 4)), np.arange(5.0), threshold=(0.1, 0.1))
    assert [column.shape for column in events] == [(0,)] * 4


def test_start_moves_the_first_level():
    events = simulate(one_pixel(0.0, 1.0), TIMES, threshold=(1.0, 1.0), start=0.75)
    # The pixel last fired at -0.75: it fires at 0.25.
    assert events.t.tolist() == [250]


def test_light_that_returns_leaves_no_event_to_rounding():
    # With start at 0, whether the last OFF event is reached at 0.1 depends on rounding.
    light = np.log(one_pixel(0.1, 0.3, 0.1))
    counts = [
        len(simulate(light, np.arange(3.0), threshold=(0.5, 0.5), start=0.5 + shift).t)
        for shift in (-1e-9, 0.0, 1e-9)
    ]
    assert counts == [3, 3, 3]  # 1.0986 of rise is 2 levels up, and one of them down


def test_column_and_row_are_not_swapped():
    light = np.zeros((2, 3, 4))
    light[1, 2, 1] = 1.5  # row 2, column 1
    events = simulate(light, TIMES, threshold=(1.0, 1.0))
    assert (events.x.tolist(), events.y.tolist()) == ([1], [2])


def test_events_are_sorted_by_time_and_are_as_many_as_a_loop_over_pixels_finds():
    rng = np.random.default_rng(0)
    light = rng.normal(size=(20, 5, 7)).cumsum(axis=0)
    times = np.linspace(0, 10_000, 20)
    events = simulate(light, times, threshold=(0.3, 0.4))
    assert np.all(np.diff(events.t) >= 0)
    found = sorted(zip(*(column.tolist() for column in events), strict=True))
    assert found == sorted(slow_events(light, times, 0.3, 0.4))


def slow_events(light, times, on, off):
    """One event at a time, as the definition says."""
    for row, column in np.ndindex(light.shape[1:]):
        level = light[0, row, column]
        for step in range(1, len(times)):
            before, after = light[step - 1 : step + 1, row, column]
            while after - level >= on or level - after >= off:
                rises = after > level
                level = level + on if rises else level - off
                part = (level - before) / (after - before)
                t = times[step - 1] + part * (times[step] - times[step - 1])
                yield column, row, round(t), bool(rises)


def test_noise_has_its_rate_and_is_spread_over_pixels_time_and_polarity():
    rng = np.random.default_rng(0)
    pixel, t, p = background_events(5.0, 200, 0.0, 2e6, rng)  # 5 Hz, 200 pixels, 2 s
    assert abs(len(t) - 2000) < 5 * np.sqrt(2000)
    assert (pixel.min(), pixel.max()) == (0, 199)
    assert abs(t.mean() - 1e6) < 5e4
    assert abs(p.mean() - 0.5) < 0.06


def test_refractory_pixel_sends_nothing_until_it_wakes():
    pixel = np.array([0, 1, 0, 0, 0])
    t = np.array([0, 5, 9, 10, 19])
    # 9 is within 10 of 0; 10 is not; 19 is within 10 of 10; pixel 1 is on its own.
    assert awake(pixel, t, 10.0).tolist() == [True, True, False, True, False]


def test_refractory_period_applies_to_simulated_events():
    events = simulate(one_pixel(0.0, 4.5), TIMES, threshold=(1.0, 1.0), refractory=400.0)
    assert events.t.tolist() == [222, 667]  # of 222, 444, 667, 889


def test_mismatch_gives_each_pixel_and_polarity_a_threshold_of_its_own():
    light = np.zeros((3, 1, 100))
    light[1], light[2] = 1.0, 0.0
    times = np.array([0.0, 1e6, 2e6])
    events = simulate(light, times, threshold=(0.7, 0.7), threshold_std=0.1)
    first = events.t[events.p]  # reached at 1e6 times the pixel's threshold
    assert len(np.unique(first)) == len(first) > 90
    assert np.std(np.log(first / 1e6)) == pytest.approx(0.1, rel=0.3)


@pytest.mark.parametrize("option", [{"threshold_std": 0.1}, {"noise": 500.0}])
def test_randomness_repeats_with_the_seed_and_changes_with_it(option):
    light = np.linspace(0, 1, 5)[:, None, None] * np.ones((3, 4))
    times = np.linspace(0, 1e5, 5)
    first, again, other = (
        simulate(light, times, threshold=(0.3, 0.3), seed=[seed, 7], **option) for seed in (1, 1, 2)
    )
    assert all(np.array_equal(a, b) for a, b in zip(first, again, strict=True))
    assert not np.array_equal(first.t, other.t)


def test_mismatch_leaves_the_noise_alone():
    light = np.zeros((2, 3, 4))
    options = {"threshold": (1.0, 1.0), "noise": 1e5, "seed": 3}
    plain = simulate(light, TIMES, **options)
    mismatched = simulate(light, TIMES, threshold_std=0.2, **options)
    assert len(plain.t) > 100
    assert np.array_equal(plain.t, mismatched.t)
