"""The commands, with stand-ins for the workers, and one worker that measures."""

import json
import os
import subprocess
import sys
import time

import numpy as np
import psutil
import pytest

from benchmarks import ablation, cases, compare, fast_forms, growth, machine, results
from benchmarks.__main__ import main
from benchmarks.cases import Case, Measured
from benchmarks.frameworks import CONTESTANTS, OURS, SNNTORCH, SPIKINGJELLY, USUAL
from benchmarks.worker import AbsentError, Worker
from benchmarks.workloads import WORKLOADS, Workload, select

TINY = Workload("lif_tiny", "lif", 2, (3, 4, 5, 2), 3)
ALL = list(USUAL)


def finished(load=0.01, **seconds):
    """A case whose contestants took the given seconds."""
    measured = {
        name: Measured(list(values), list(values), peak_bytes=2**20)
        for name, values in seconds.items()
    }
    return Case("lif_tiny", TINY.label, "train", "float32", measured, load=[load])


class FakeWorker:
    """Takes one second more for every letter of its name; snnTorch is not installed."""

    pid = os.getpid()

    def __init__(self, contestant, *_):
        if contestant == SNNTORCH:
            raise AbsentError("snntorch", "No module named 'snntorch'")
        self.name = contestant.name

    def ask(self, command, *arguments):
        return {
            "prepare": {"build_seconds": 1.0, "first_seconds": 2.0, "parameters": 3},
            "round": (float(len(self.name)), 2.0 * len(self.name)),
            "peak_bytes": 20,
        }[command]

    def stop(self):
        pass


@pytest.fixture
def loads(monkeypatch):
    """The loads by others that are found one after the other, then none; workers are fake."""
    found = []
    monkeypatch.setattr(cases, "Worker", FakeWorker)
    monkeypatch.setattr(machine.Load, "by_others", lambda self: found.pop(0) if found else 0.0)
    monkeypatch.setattr(machine, "wait_until_quiet", lambda pids, patience: patience)
    return found


@pytest.mark.usefixtures("loads")
def test_a_case_goes_on_without_an_absent_library():
    case = cases.measure(TINY, "train", "float32", ALL, rounds=3)
    assert case.absent == {"snntorch": "snntorch: No module named 'snntorch'"}
    assert case.ratio("spikingjelly", "ours").median == 3.0
    assert case.measured["ours"].cpu_seconds == [8.0] * 3
    assert case.measured["ours"].to_first_step == 3.0
    assert case.measured["ours"].peak_bytes == 20


@pytest.mark.usefixtures("loads")
def test_a_case_goes_on_without_a_library_that_ends_in_a_round(monkeypatch):
    class Ending(FakeWorker):
        def ask(self, command, *arguments):
            if self.name == "spikingjelly" and arguments == (cases.MIN_SECONDS,):
                raise AbsentError(self.name, "the process ended with -9")
            return super().ask(command)

    monkeypatch.setattr(cases, "Worker", Ending)
    case = cases.measure(TINY, "train", "float32", [OURS, SPIKINGJELLY], rounds=2)
    assert case.absent == {"spikingjelly": "spikingjelly: the process ended with -9"}
    assert case.measured["ours"].seconds == [4.0, 4.0]
    assert case.ratio("spikingjelly", "ours") is None


def test_disturbed_rounds_are_made_again(loads):
    loads += [0.0, 0.0, 1.0, 0.02, 1.0, 0.01]  # two contestants prepare, then four rounds
    case = cases.measure(TINY, "train", "float32", [OURS, SPIKINGJELLY], rounds=2)
    assert case.load == [0.01, 0.02]
    assert len(case.measured["ours"].seconds) == 2


def test_without_patience_no_round_is_made_again(loads):
    loads += [0.0, 1.0, 1.0]
    case = cases.measure(TINY, "train", "float32", [OURS], rounds=2, patience=0)
    assert case.load == [1.0, 1.0]


def test_a_disturbed_case_is_marked():
    for load, marked in ((0.01, False), (1.0, True)):
        case = finished(load, ours=[1.0])
        assert ("(disturbed)" in results.times([case], [])) is marked
        assert ("DISTURBED" in compare.summary(case, ALL)) is marked


def test_waiting_ends_when_the_machine_is_quiet_or_patience_is_spent(monkeypatch):
    loads = iter([1.0, 1.0, 0.0])
    monkeypatch.setattr(machine.time, "sleep", lambda seconds: None)
    monkeypatch.setattr(machine.Load, "by_others", lambda self: next(loads, 1.0))
    assert machine.wait_until_quiet([], 10.0) == 10.0 - 3 * machine.SAMPLE
    assert machine.wait_until_quiet([], 2.0) == 0.0


def test_load_counts_what_is_not_ours(monkeypatch):
    taken, now = iter([10.0, 12.0]), iter([100.0, 104.0])
    monkeypatch.setattr(machine.Load, "_taken", lambda self: next(taken))
    monkeypatch.setattr(machine.time, "perf_counter", lambda: next(now))
    assert machine.Load().by_others() == 2.0 / 4.0


def test_own_seconds_are_those_that_the_process_computed():
    process = psutil.Process()
    before, start = machine.cpu_seconds(process), time.process_time()
    while time.process_time() - start < 0.1:
        sum(range(1000))
    computed = machine.cpu_seconds(process) - before
    assert abs(computed - (time.process_time() - start)) <= 0.04  # two of Linux's ticks, and more


def test_networks_of_different_size_are_named():
    case = finished(ours=[1.0], spikingjelly=[2.0])
    case.measured["ours"].parameters = case.measured["spikingjelly"].parameters = 7
    assert not case.differing
    case.measured["ours"].parameters = 8
    assert "PARAMETERS DIFFER {'ours': 8, 'spikingjelly': 7}" in compare.summary(case, ALL)


def test_results_survive_the_file(tmp_path):
    path = tmp_path / "table.json"
    case = finished(ours=[1.0, 2.0], spikingjelly=[3.0, 4.0])
    results.write(path, [case], ALL)
    assert results.read(path) == {case.key: case}
    assert "2.50 (2.25 - 2.75)" in path.with_suffix(".md").read_text()


def test_only_selects_by_name_then_by_beginning():
    assert [row.name for row in select(["sma"], quick=False)] == ["sma"]
    assert len(select(["lif_small"], quick=False)) == 3
    with pytest.raises(SystemExit, match="`only` must be one of"):
        main(["--only", "nothing"])


def test_every_workload_is_measured_against_a_library():
    for row in WORKLOADS:
        assert all(contestant.does(row) for contestant in (OURS, SPIKINGJELLY))


def test_a_line_is_called_linear_and_a_parabola_is_not():
    sizes = (4, 8, 16, 32, 64)
    assert growth.fit(sizes, [3 + 2 * n for n in sizes]).is_linear
    assert not growth.fit(sizes, [n * n for n in sizes]).is_linear


@pytest.mark.usefixtures("loads")
def test_growth_writes_its_curves_and_gives_a_verdict(tmp_path, capsys):
    path = tmp_path / "growth.json"
    main(["growth", "--quick", "--axis", "depth", "--output", str(path)])
    points = json.loads(path.read_text())["curves"]["stack_depth"]["points"]
    assert [point["size"] for point in points] == [1, 2, 4]
    assert "stack in depth: seconds " in capsys.readouterr().out


def test_a_disturbed_curve_gets_no_verdict():
    line = vars(growth.fit((1, 2, 3), (2.0, 4.0, 6.0)))
    found = {"axis": "time_steps", "lines": {"seconds": line}, "points": [{"load": 0.0}]}
    assert "seconds linear" in growth.verdict("lif", found)
    found["points"].append({"load": 1.0})
    assert "no verdict" in growth.verdict("lif", found)


def test_a_form_gains_where_its_absence_costs_time_or_memory():
    slow = finished(**{"ours": [1.0], "without compiled neurons": [1.2]})
    same = finished(**{"ours": [1.0], "without compiled neurons": [1.01]})
    large = finished(**{"ours": [1.0], "without compiled neurons": [1.0]})
    large.measured["without compiled neurons"].peak_bytes *= 2
    assert ablation.gains([slow, same, large], "compiled neurons") == [slow.key, large.key]


@pytest.mark.usefixtures("loads")
def test_ablation_writes_a_row_for_each_form(tmp_path):
    path = tmp_path / "ablation.md"
    main(["ablation", "--only", "lif_small_t4", "--output", str(path)])
    text = path.read_text()
    assert "| nothing (control) |" in text
    for form in fast_forms.FORMS:
        assert f"| without {form} |" in text
        assert f"- {form}: gains in 1 of 1 rows." in text  # a longer name takes longer here


@pytest.mark.parametrize("form", fast_forms.FORMS)
def test_a_form_can_be_switched_off(form, monkeypatch):
    module, name, _ = fast_forms.FORMS[form]
    module = fast_forms.importlib.import_module(module)
    before = getattr(module, name)
    monkeypatch.setattr(module, name, before)  # puts it back in the end
    fast_forms.switch_off(form)
    assert getattr(module, name) is not before


def test_a_worker_measures_ours_and_says_so_when_it_is_killed():
    worker = Worker(OURS, TINY, "train", "float32", 1)
    assert worker.ask("prepare")["parameters"] == 0
    wall, computed = worker.ask("round", 0.0)
    assert 0 < wall < 60
    assert 0 < computed < 60
    assert worker.ask("peak_bytes") > 0
    worker.process.kill()
    with pytest.raises(AbsentError, match="ours: the process ended with -9"):
        worker.ask("round", 0.0)


@pytest.mark.slow
@pytest.mark.parametrize("backend", ["jax", "torch"])
def test_networks_are_measured_on_other_backends(backend):
    small = {"filters": (8,) * 5, "units": (8, 8), "classes": 3}
    row = Workload("tiny", "vgg8", 2, (4, 32, 32, 2), 4, arguments=small)
    contestants = [OURS, CONTESTANTS[f"ours_{backend}"]]
    case = cases.measure(row, "train", "float32", contestants, 1, 1, patience=0)
    assert case.absent == {}
    assert not case.differing
    assert case.ratio(f"ours_{backend}", "ours").median > 0


def test_the_peak_is_this_process_s_own_even_where_a_large_one_started_it():
    ballast = np.ones(2**25)  # 256 MiB
    command = [sys.executable, "-c", "from benchmarks.machine import *; print(peak_bytes())"]
    peak = int(subprocess.run(command, capture_output=True, check=True).stdout)
    assert peak < machine.peak_bytes() - ballast.nbytes / 2


@pytest.mark.slow
def test_a_revision_is_measured_from_its_own_files(tmp_path):
    with compare.revision("HEAD") as before:
        assert (before.folder / "keras_snn" / "__init__.py").exists()
        case = cases.measure_both_ways(TINY, "predict", "float32", [OURS, before], 1, 1, 0)
    assert case.measured.keys() == {"ours", "against"}
    assert all(len(each.seconds) == 2 for each in case.measured.values())
    assert not before.folder.exists()
