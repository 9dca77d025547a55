"""What the command says: progress on stderr, so that stdout has results alone."""

import argparse
import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import keras_snn
from keras_snn.validation import require


def progress(message: str) -> None:
    """Says on stderr what is being done."""
    print(message, file=sys.stderr, flush=True)


def one_line(error: Any) -> str:
    """An error's message without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def in_words_of_the_command(text: str, words: Mapping[str, str]) -> str:
    """A message in which arguments of Python have their names on the command line.

    Args:
        text: The message.
        words: Name on the command line by name in Python, such as "CHECKPOINT" by "source".
    """
    for name, word in words.items():
        text = re.sub(rf"`{name}`", f"`{word}`", text)
        text = re.sub(rf"\b{name}=", f"{word}=", text)
    return text


def suggestion(name: str, names: Iterable[str]) -> str:
    """` (did you mean VGG8?)` for a name that nearly is one of `names`, else nothing."""
    spelt = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), spelt, n=1)
    return f" (did you mean {spelt[close[0]]}?)" if close else ""


def sizes(text: str) -> tuple[int | None, ...]:
    """`10,128,128,2` as a tuple; `None` is a free size. A type of argparse."""
    try:
        return tuple(
            None if size.strip().lower() == "none" else int(size) for size in text.split(",")
        )
    except ValueError:
        message = f"sizes must be integers or None between commas, such as 10,128,128,2: {text!r}"
        raise argparse.ArgumentTypeError(message) from None


def check_data_set(name: str, argument: str, before: str = "") -> None:
    """Refuses what is no name of a data set, and suggests one that is near."""
    names = keras_snn.datasets.NAMES
    rule = f"be {before}one of {', '.join(names)}{suggestion(name, names)}"
    require(name in names, argument, rule, **{argument: name})
