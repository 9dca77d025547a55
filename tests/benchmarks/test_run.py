"""The command, with stand-ins for the workers."""

import os
import time

import pytest

from benchmarks import cases, growth, quiet, results, run, subjects
from benchmarks.cases import Case, Measured
from benchmarks.client import AbsentError, Worker
from benchmarks.workloads import WORKLOADS, Workload, select

TINY = Workload("lif_tiny", "lif", 2, (3, 4, 5, 2), 3)


def finished(**seconds):
    """A case whose subjects took the given seconds."""
    measured = {name: Measured(list(values), peak_bytes=2**20) for name, values in seconds.items()}
    return Case(TINY, "train", "float32", measured, load=[0.01, 0.02])


class FakeWorker:
    """Takes one second more for every letter of its name; `absent` does not start."""

    def __init__(self, subject, *_):
        if subject == "snntorch":
            raise AbsentError("snntorch", "No module named 'snntorch'")
        self.subject, self.pid = subject, os.getpid()

    def prepare(self):
        return {"build_seconds": 1.0, "first_seconds": 2.0, "parameters": 3}

    def round(self, min_seconds):
        return float(len(self.subject))

    def report(self):
        return {"base_bytes": 10, "peak_bytes": 30}

    def stop(self):
        pass


def test_a_case_goes_on_without_an_absent_peer(monkeypatch):
    monkeypatch.setattr(cases, "Worker", FakeWorker)
    monkeypatch.setattr(quiet.Watch, "others", lambda self: 0.0)
    monkeypatch.setattr(quiet, "wait", lambda pids, patience: patience)
    case = cases.measure(Case(TINY, "train", "float32"), None, rounds=3, threads=1)
    assert case.absent == {"snntorch": "snntorch: No module named 'snntorch'"}
    assert case.ratio("spikingjelly", "ours").median == 3.0
    assert case.measured["ours"].to_first_step == 3.0
    assert case.measured["ours"].peak_bytes == 20


def test_a_case_goes_on_without_a_peer_that_ends_in_a_round(monkeypatch):
    class Ending(FakeWorker):
        def round(self, min_seconds):
            if self.subject == "spikingjelly" and min_seconds:
                raise AbsentError(self.subject, "the process ended with -9: ")
            return super().round(min_seconds)

    monkeypatch.setattr(cases, "Worker", Ending)
    monkeypatch.setattr(quiet.Watch, "others", lambda self: 0.0)
    monkeypatch.setattr(quiet, "wait", lambda pids, patience: patience)
    case = cases.measure(Case(TINY, "train", "float32"), ["ours", "spikingjelly"], 2, threads=1)
    assert case.absent == {"spikingjelly": "spikingjelly: the process ended with -9: "}
    assert case.measured["ours"].seconds == [4.0, 4.0]
    assert case.ratio("spikingjelly", "ours") is None


def test_a_worker_that_was_killed_says_so():
    worker = Worker("ours", TINY, "train", "float32", threads=1)
    worker.process.kill()
    worker.process.wait()
    with pytest.raises(AbsentError, match="ours: the process ended with -9"):
        worker.round(0.0)


def test_disturbed_rounds_are_made_again(monkeypatch):
    loads = iter([0.0] * 2 + [1.0, 0.02, 1.0, 0.01])  # two subjects prepare, then four rounds
    monkeypatch.setattr(cases, "Worker", FakeWorker)
    monkeypatch.setattr(quiet.Watch, "others", lambda self: next(loads))
    monkeypatch.setattr(quiet, "wait", lambda pids, patience: patience)
    case = cases.measure(Case(TINY, "train", "float32"), ["ours", "floor"], rounds=2, threads=1)
    assert case.load == [0.01, 0.02]


def test_a_case_that_stays_disturbed_is_marked():
    case = finished(ours=[1.0], floor=[0.5])
    assert "disturbed" not in results.times([case])
    case.load = [1.0]
    assert "(disturbed)" in results.times([case])
    assert "DISTURBED" in run.summary(case)


def test_waiting_ends_when_the_machine_is_quiet_or_patience_is_spent(monkeypatch):
    loads = iter([1.0, 1.0, 0.0])
    monkeypatch.setattr(quiet.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(quiet.Watch, "others", lambda self: next(loads, 1.0))
    assert quiet.wait([os.getpid()], 10.0) == 10.0 - 3 * quiet.SAMPLE
    assert quiet.wait([os.getpid()], 2.0) == 0.0


def test_networks_of_different_size_are_named():
    case = finished(ours=[1.0], spikingjelly=[2.0], floor=[0.5])
    case.measured["ours"].parameters = case.measured["spikingjelly"].parameters = 7
    assert not case.differing
    case.measured["ours"].parameters = 8
    assert "PARAMETERS DIFFER {'ours': 8, 'spikingjelly': 7}" in run.summary(case)


def test_watch_counts_what_is_not_ours(monkeypatch):
    busy, own, now = iter([10.0, 16.0]), iter([1.0, 5.0]), iter([100.0, 104.0])
    monkeypatch.setattr(quiet, "busy_seconds", lambda: next(busy))
    monkeypatch.setattr(quiet, "cpu_seconds", lambda pid: next(own))
    monkeypatch.setattr(quiet.time, "perf_counter", lambda: next(now))
    assert quiet.Watch([os.getpid()]).others() == (6.0 - 4.0) / 4.0


def test_own_seconds_are_those_that_the_process_computed():
    before, start = quiet.cpu_seconds(os.getpid()), time.process_time()
    while time.process_time() - start < 0.1:
        sum(range(1000))
    computed = quiet.cpu_seconds(os.getpid()) - before
    elapsed = time.process_time() - start
    assert abs(computed - elapsed) <= 2 / quiet.TICKS + 0.02


def test_results_survive_the_file(tmp_path):
    path = tmp_path / "table.json"
    case = finished(ours=[1.0, 2.0], spikingjelly=[3.0, 4.0], floor=[0.5, 0.5])
    results.write(path, [case])
    assert results.read(path) == {case.key: case}
    row = path.with_suffix(".md").read_text()
    assert "2.50 (2.25 - 2.75), best 3.00" in row


def test_the_legend_names_no_peer_that_was_not_measured(monkeypatch, tmp_path):
    from matplotlib.axes import Axes

    from benchmarks import plot

    labels = []
    drawn = Axes.errorbar
    monkeypatch.setattr(
        Axes, "errorbar", lambda self, *a, **k: labels.append(k["label"]) or drawn(self, *a, **k)
    )
    plot.save(tmp_path / "plot.png", [finished(ours=[1.0], snntorch=[2.0], floor=[0.5])])
    assert labels == ["snnTorch", "keras_snn"]


def test_a_plot_is_written(tmp_path):
    from benchmarks import plot

    plot.save(tmp_path / "plot.png", [finished(ours=[1.0], snntorch=[2.0], floor=[0.5])])
    assert (tmp_path / "plot.png").stat().st_size > 1000


def test_only_selects_by_name_then_by_beginning():
    assert [row.name for row in select(["sma"], quick=False)] == ["sma"]
    assert len(select(["lif_small"], quick=False)) == 3
    with pytest.raises(ValueError, match="`only` must be one of"):
        select(["nothing"], quick=False)


def test_every_workload_is_measured_against_a_peer_and_the_floor():
    for row in WORKLOADS:
        assert {"ours", "spikingjelly", "floor"} <= set(subjects.doing(row, "train"))


def test_a_line_is_called_linear_and_a_parabola_is_not():
    sizes = (4, 8, 16, 32, 64)
    assert growth.fit(sizes, [3 + 2 * n for n in sizes]).is_linear
    assert not growth.fit(sizes, [n * n for n in sizes]).is_linear


def test_a_disturbed_curve_gets_no_verdict():
    line = vars(growth.fit((1, 2, 3), (2.0, 4.0, 6.0)))
    found = {"axis": "time_steps", "lines": {"seconds": line}, "points": [{"load": 0.0}]}
    assert "seconds linear" in growth.verdict("lif", found)
    found["points"].append({"load": 1.0})
    assert "no verdict" in growth.verdict("lif", found)


def test_a_worker_measures_ours():
    worker = Worker("ours", TINY, "train", "float32", 1)
    try:
        assert worker.prepare()["parameters"] == 0
        assert 0 < worker.round(0.0) < 60
        report = worker.report()
        assert report["peak_bytes"] >= report["base_bytes"] > 0
    finally:
        worker.stop()


def test_a_worker_that_cannot_start_says_why():
    with pytest.raises(AbsentError, match="nothing"):
        Worker("nothing", TINY, "train", "float32", 1)
