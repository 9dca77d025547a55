"""What bounds a step: counted from a profile, and the command as it is typed."""

import subprocess
import sys

from benchmarks import bounds


def test_operations_are_counted_a_step_and_sorted_by_time():
    found = [
        {"name": "sma/conv:Conv2D", "seconds": 0.006},
        {"name": "block/conv:Conv2D", "seconds": 0.003},
        {"name": "mul:Mul", "seconds": 0.001},
        {"name": "ExecutorState::Process", "seconds": 9.0},
        {"name": "EagerLocalExecute: __inference_step_1", "seconds": 9.0},
    ] * bounds.PROFILED
    operations, rows = bounds.by_kind(found)
    assert operations == 3
    assert rows == [["Conv2D", "2", "9.0", "90%"], ["Mul", "1", "1.0", "10%"]]


def test_tensors_are_those_of_the_fullest_moment():
    found = [{"bytes_allocated": 3 * bounds.MIB}, {"bytes_allocated": 7 * bounds.MIB}, {}]
    assert bounds.tensors(found) == 7


def test_stages_of_the_first_step():
    found = [
        {"name": f"{bounds.TRACING}#a#", "seconds": 3.0},
        {"name": f"{bounds.TRACING}#inner#", "seconds": 1.0},
        {"name": bounds.COMPILATION, "seconds": 0.5},
        {"name": bounds.COMPILATION, "seconds": 0.25},
    ]
    assert bounds.longest(found, bounds.TRACING) == 3.0
    assert bounds.total(found, bounds.COMPILATION) == 0.75


def test_the_command_adds_a_section(tmp_path):
    path = tmp_path / "bounds.md"
    for dtype in ("float32", "bfloat16"):
        command = ["-m", "benchmarks.bounds", "lif_small_t4", "--dtype", dtype]
        subprocess.run([sys.executable, *command, "--output", str(path)], check=True)
    text = path.read_text()
    assert text.count("# What bounds a step") == 1
    assert text.count("## lif_small_t4 (32, 4, 34, 34, 16), train") == 2
    assert text.count("operations") == 2
    assert text.count("first step: tracing ") == 2
