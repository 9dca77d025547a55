"""The times of callables that take turns, their ratios, and the spread of numbers."""

import pytest

from benchmarks import ratio


def test_spread_is_median_and_quartiles():
    assert ratio.spread([3.0, 1.0, 2.0, 5.0, 4.0]) == ratio.Spread(3.0, 2.0, 4.0)


def test_spread_of_one_number_is_that_number():
    assert ratio.spread([2.0]) == ratio.Spread(2.0, 2.0, 2.0)


def test_spread_of_nothing_is_refused():
    with pytest.raises(ValueError, match="`numbers` must hold at least one number"):
        ratio.spread([])


def test_ratio_is_made_within_a_round():
    assert ratio.ratio_of([2.0, 20.0, 6.0], [1.0, 10.0, 2.0]).median == 2.0


def test_callables_take_turns_and_the_order_turns():
    calls = []
    ratio.alternate([lambda: calls.append("a"), lambda: calls.append("b")], rounds=2, warmup=1)
    assert calls == ["a", "b", "a", "b", "b", "a"]


def test_a_short_step_is_repeated_until_it_fills_the_time():
    calls = []
    seconds, computed = ratio.timed(lambda: calls.append(0), min_seconds=0.01)
    assert len(calls) > 10
    assert seconds * len(calls) >= 0.01
    assert computed >= 0
