"""The command that measures the speed of frames, on a few events."""

import re
import sys

from benchmarks import pipeline


def test_framing_prints_a_line_for_each_sensor_and_way_of_slicing(monkeypatch, capsys):
    monkeypatch.setattr(pipeline, "EVENTS", 1_000)
    monkeypatch.setattr(pipeline, "SENSORS", ((3, 4), (5, 6)))
    monkeypatch.setattr(sys, "argv", ["pipeline", "framing"])
    pipeline.main()
    lines = capsys.readouterr().out.splitlines()
    found = [re.fullmatch(r" *(\S+) +by (\S+) +[\d.]+ million events per second", a) for a in lines]
    kinds = [("4x3", "count"), ("4x3", "time"), ("6x5", "count"), ("6x5", "time")]
    assert [match.groups() for match in found] == kinds
