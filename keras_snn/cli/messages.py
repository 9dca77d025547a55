"""Messages of the command: progress goes to stderr, so that stdout holds only results."""

import difflib
import re
import sys
from collections.abc import Iterable, Mapping
from typing import Any

import keras_snn
from keras_snn.validation import require


def progress(message: str) -> None:
    """Prints to stderr what is being done."""
    print(message, file=sys.stderr, flush=True)


def one_line(error: Any) -> str:
    """Returns the message of an error without line breaks."""
    return " ".join(str(error).split()) or type(error).__name__


def in_words_of_the_command(text: str, words: Mapping[str, str]) -> str:
    """Replaces the names of Python's arguments in a message by their names on the command line.

    Args:
        text: The message.
        words: The name on the command line by the name in Python, such as "CHECKPOINT" by "source".
    """
    for name, word in words.items():
        text = re.sub(rf"`{name}`", f"`{word}`", text)
        text = re.sub(rf"\b{name}=", f"{word}=", text)
    return text


def suggestion(name: str, names: Iterable[str]) -> str:
    """Returns ` (did you mean VGG8?)` for a name close to one of `names`, otherwise nothing."""
    spelled = {known.lower(): known for known in names}
    close = difflib.get_close_matches(name.lower(), spelled, n=1)
    return f" (did you mean {spelled[close[0]]}?)" if close else ""


def check_data_set(name: str, argument: str, before: str = "") -> None:
    """Refuses an unknown data set, and suggests a name that is close."""
    names = keras_snn.datasets.NAMES
    rule = f"be {before}one of {', '.join(names)}{suggestion(name, names)}"
    require(name in names, argument, rule, **{argument: name})
