"""What the command says: progress on stderr, so that stdout has results alone."""

import argparse
import sys
from typing import Any


def progress(message: str) -> None:
    """Says on stderr what is being done."""
    print(message, file=sys.stderr, flush=True)


def one_line(error: Any) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def sizes(text: str) -> tuple[int | None, ...]:
    """`10,128,128,2` as a tuple; `None` is a free size. A type of argparse."""
    try:
        return tuple(
            None if size.strip().lower() == "none" else int(size) for size in text.split(",")
        )
    except ValueError:
        message = f"sizes must be integers or None between commas, such as 10,128,128,2: {text!r}"
        raise argparse.ArgumentTypeError(message) from None
