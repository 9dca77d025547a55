"""A process that runs one subject on one workload and times rounds when told to.

It is started by `benchmarks.client.Worker`, reads one JSON object a line from stdin and answers
one a line on the stdout that it was started with; what frameworks print goes to stderr.

    {"do": "prepare"}                   -> build_seconds, first_seconds, parameters
    {"do": "round", "min_seconds": s}   -> seconds of one step
    {"do": "report"}                    -> base_bytes, peak_bytes

A closed stdin ends it. An error is answered as {"error": sentence}, a library that is not
installed as {"absent": sentence}.
"""

import functools
import json
import os
import sys
import time
from collections.abc import Callable
from typing import Any

from benchmarks import memory
from benchmarks.ratio import timed
from benchmarks.subjects import load
from benchmarks.workloads import Workload


class Session:
    """The subject between two commands: its step, its memory before it was built."""

    def __init__(self, subject: str, workload: Workload, mode: str, dtype: str, threads: int):
        self.workload, self.mode, self.dtype = workload, mode, dtype
        self.module = load(subject)
        self.module.start(threads)
        memory.forget_peak()
        self.base = memory.resident()
        self.step: Callable[[], Any] | None = None

    def prepare(self) -> dict[str, Any]:
        start = time.perf_counter()
        self.step, parameters = self.module.build(self.workload, self.mode, self.dtype)
        built = time.perf_counter()
        self.step()
        done = time.perf_counter()
        return {
            "build_seconds": built - start,
            "first_seconds": done - built,
            "parameters": parameters,
        }

    def round(self, min_seconds: float) -> dict[str, Any]:
        if self.step is None:
            raise ValueError("`do` must be prepare before round. Received: do=round")
        return {"seconds": timed(self.step, min_seconds)}

    def report(self) -> dict[str, Any]:
        return {"base_bytes": self.base, "peak_bytes": memory.peak()}


def answer(session: Session, command: dict[str, Any]) -> dict[str, Any]:
    """Runs one command."""
    actions: dict[str, Callable[..., dict[str, Any]]] = {
        "prepare": session.prepare,
        "round": session.round,
        "report": session.report,
    }
    arguments = {key: value for key, value in command.items() if key != "do"}
    return actions[command["do"]](**arguments)


def guarded(action: Callable[[], Any]) -> tuple[Any, dict[str, Any]]:
    """The action's result and what to answer if it failed."""
    try:
        return action(), {}
    except ModuleNotFoundError as error:
        return None, {"absent": str(error)}
    except Exception as error:  # whatever fails in one subject, the others go on
        return None, {"error": f"{type(error).__name__}: {error}"}


def main() -> None:
    replies = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    config = json.loads(sys.argv[1])
    config["workload"] = Workload.from_config(config["workload"])
    session, failure = guarded(lambda: Session(**config))
    print(json.dumps(failure), file=replies, flush=True)
    for line in sys.stdin if session is not None else ():
        reply, failure = guarded(functools.partial(answer, session, json.loads(line)))
        print(json.dumps(reply or failure), file=replies, flush=True)


if __name__ == "__main__":
    main()
