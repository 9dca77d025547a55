"""The parent's side of a worker process."""

import contextlib
import json
import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

from benchmarks.workloads import Workload

ROOT = Path(__file__).resolve().parent.parent


class AbsentError(Exception):
    """The subject cannot run here; its text is one sentence that says why."""

    def __init__(self, subject: str, problem: str):
        super().__init__(f"{subject}: {problem}")
        self.subject = subject


class Worker:
    """One subject on one workload in a process of its own.

    Args:
        subject: A key of `benchmarks.subjects.SUBJECTS`.
        workload: The row.
        mode: "train", "predict" or "epoch".
        dtype: "float32" or "bfloat16".
        threads: Threads of every pool of the subject's framework.

    Raises:
        AbsentError: if a library is missing, the subject fails to start, or its process ends.
    """

    def __init__(self, subject: str, workload: Workload, mode: str, dtype: str, threads: int):
        self.subject = subject
        config: dict[str, Any] = {"subject": subject, "workload": workload.to_config()}
        config |= {"mode": mode, "dtype": dtype, "threads": threads}
        self.errors = tempfile.TemporaryFile("w+")  # noqa: SIM115  closed by stop
        self.process = subprocess.Popen(
            [sys.executable, "-m", "benchmarks.worker", json.dumps(config)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self.errors,
            text=True,
            cwd=ROOT,
            env={**os.environ, **_environment(threads)},
        )
        self._receive()

    @property
    def pid(self) -> int:
        return self.process.pid

    def prepare(self) -> dict[str, Any]:
        """Builds the subject and runs the first step."""
        return self._ask(do="prepare")

    def round(self, min_seconds: float) -> float:
        """Seconds of one step."""
        return self._ask(do="round", min_seconds=min_seconds)["seconds"]

    def report(self) -> dict[str, Any]:
        """Bytes resident after the import and at the peak."""
        return self._ask(do="report")

    def stop(self) -> None:
        """Ends the process."""
        try:
            self.process.communicate(timeout=30)
        except subprocess.TimeoutExpired:
            self.process.kill()
        self.errors.close()

    def _ask(self, **command: Any) -> dict[str, Any]:
        if self.process.stdin is not None:
            with contextlib.suppress(BrokenPipeError):  # `_receive` says why it ended
                self.process.stdin.write(json.dumps(command) + "\n")
                self.process.stdin.flush()
        return self._receive()

    def _receive(self) -> dict[str, Any]:
        line = self.process.stdout.readline() if self.process.stdout is not None else ""
        reply = json.loads(line) if line else {"error": self._last_words()}
        problem = reply.get("absent") or reply.get("error")
        if problem:
            self.stop()
            raise AbsentError(self.subject, problem)
        return reply

    def _last_words(self) -> str:
        """The last line that a process wrote before it ended without an answer."""
        self.process.wait()
        self.errors.seek(0)
        lines = self.errors.read().strip().splitlines()
        return f"the process ended with {self.process.returncode}: {lines[-1] if lines else ''}"


def _environment(threads: int) -> dict[str, str]:
    """Thread pools that read the environment; logs of TensorFlow kept to errors."""
    pools = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")
    return {**dict.fromkeys(pools, str(threads)), "TF_CPP_MIN_LOG_LEVEL": "3"}
