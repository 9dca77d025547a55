"""A process that runs one contestant on one workload, and receives commands through a pipe."""

import functools
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from typing import Any

import psutil

from benchmarks.frameworks import Contestant
from benchmarks.machine import peak_bytes
from benchmarks.ratio import timed
from benchmarks.workloads import Workload

POOLS = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


class AbsentError(Exception):
    """A contestant cannot run here; the text says why in one sentence."""

    def __init__(self, contestant: str, problem: str) -> None:
        super().__init__(f"{contestant}: {problem}")
        self.contestant = contestant


class Worker:
    """The parent's side of the process; takes the arguments of `Session`.

    Raises:
        AbsentError: If a library is missing, the contestant fails, or its process ends.
    """

    def __init__(self, contestant: Contestant, *arguments: Any) -> None:
        self.name = contestant.name
        context = multiprocessing.get_context("spawn")
        self.pipe, theirs = context.Pipe()
        session = (theirs, contestant, *arguments)
        self.process = context.Process(target=serve, args=session, daemon=True)
        self.process.start()
        theirs.close()  # so that the end of the process closes the pipe
        self.pid: int = self.process.pid or 0
        self.ask("start")

    def ask(self, command: str, *arguments: Any) -> Any:
        """Returns the answer to a command, which is a method of `Session`."""
        try:
            self.pipe.send((command, *arguments))
            problem, answer = self.pipe.recv()
        except (EOFError, OSError):
            self.process.join()
            problem, answer = f"the process ended with {self.process.exitcode}", None
        if problem:
            self.stop()
            raise AbsentError(self.name, problem)
        return answer

    def stop(self) -> None:
        """Ends the process."""
        self.pipe.close()
        self.process.join(timeout=30)
        self.process.kill()


class Session:
    """The contestant in its process: its step, and the memory before it was built."""

    def __init__(
        self, contestant: Contestant, workload: Workload, mode: str, dtype: str, threads: int
    ) -> None:
        self.contestant, self.case, self.threads = contestant, (workload, mode, dtype), threads
        self.step: Callable[[], Any] | None = None
        self.base = 0

    def start(self) -> None:
        """Imports the framework."""
        os.environ.update(dict.fromkeys(POOLS, str(self.threads)))
        os.environ.update(TF_CPP_MIN_LOG_LEVEL="3", KERAS_BACKEND=self.contestant.backend)
        if self.contestant.folder is not None:
            sys.path.insert(0, str(self.contestant.folder))
        self.contestant.load().start(self.contestant, self.threads)
        self.base = psutil.Process().memory_info().rss

    def prepare(self) -> dict[str, Any]:
        """Builds the contestant and runs the first step."""
        start = time.perf_counter()
        self.step, parameters = self.contestant.load().build(self.contestant, *self.case)
        built = time.perf_counter()
        self.step()
        seconds = {"build_seconds": built - start, "first_seconds": time.perf_counter() - built}
        return {"parameters": parameters, **seconds}

    def round(self, min_seconds: float) -> tuple[float, float]:
        """Returns the seconds of a step, by the clock and of all cores together."""
        if self.step is None:
            raise ValueError("A contestant must be prepared before its rounds")
        return timed(self.step, min_seconds)

    def peak_bytes(self) -> int:
        """Returns the peak of memory, above that of the imported framework."""
        return peak_bytes() - self.base


def serve(pipe: Any, *arguments: Any) -> None:
    """Answers commands with a problem or None, and a result, until the pipe is closed."""
    session = Session(*arguments)
    while True:
        try:
            command, *values = pipe.recv()
        except EOFError:
            return
        pipe.send(_guarded(functools.partial(getattr(session, command), *values)))


def _guarded(action: Callable[[], Any]) -> tuple[str | None, Any]:
    try:
        return None, action()
    except ModuleNotFoundError as error:
        return str(error), None
    except Exception as error:  # whatever fails in one contestant, the others continue
        return f"{type(error).__name__}: {error}", None
