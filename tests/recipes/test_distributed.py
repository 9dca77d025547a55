"""`train.py --distribute jax` on two hosts, which are two processes on loopback."""

import json
import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from keras_snn.training import Backup

ROOT = Path(__file__).parents[2]
SHORT = ("--attention", "none", "--time-steps", "4", "--limit", "64", "--epochs", "1")


@pytest.mark.slow
def test_two_hosts_train_together_and_the_first_writes(tmp_path):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        address = f"127.0.0.1:{free.getsockname()[1]}"
    command = [sys.executable, ROOT / "applications" / "train.py", "event_digits", *SHORT]
    command += ["--distribute", "jax", "--batch-size", "32", "--coordinator", address]
    environment = {**os.environ, "KERAS_BACKEND": "jax"}
    hosts = [
        subprocess.Popen(
            [*command, "--processes", "2", "--process", str(n), "--output", tmp_path / str(n)],
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        for n in range(2)
    ]
    said = [host.communicate(timeout=900)[0] for host in hosts]
    assert [host.returncode for host in hosts] == [0, 0], said
    assert "test accuracy" in said[0]
    assert "test accuracy" not in said[1]
    results = json.loads((tmp_path / "0" / "results.json").read_text())
    assert len(results["history"]["loss"]) == 1
    assert Backup(tmp_path / "0" / "backup.npz").initial_epoch == 1
    assert (tmp_path / "0" / "model.keras").exists()
    assert not list((tmp_path / "1").iterdir())
