"""Cases drawn at random by hypothesis: each one works, or is refused in one sentence.

The cases of a run are the same on every machine. Others, drawn anew in each run, come with
`pytest --hypothesis-profile=search`.
"""

import re
from collections.abc import Callable
from typing import Any

from hypothesis import HealthCheck, Phase, settings
from hypothesis import strategies as st

SLOW = (HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.function_scoped_fixture)
settings.register_profile(
    "repeatable",
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=SLOW,
    phases=(Phase.explicit, Phase.generate, Phase.shrink),
)
settings.register_profile("search", settings.get_profile("repeatable"), derandomize=False)
settings.load_profile("repeatable")

BOLD = re.compile("\x1b\\[1m(.*?)\x1b\\[0m", re.DOTALL)
"""Where Keras puts the sentence of an error that a call raised."""


def sentence(error: Exception) -> str:
    """The sentence of an error, without what Keras writes around it."""
    found = BOLD.search(str(error))
    return found[1] if found else str(error)


NAMES_IT = re.compile(
    r"`\w+`|argument '\w+'|is damaged at byte \d+: expected .+, found .|^Input 0 of layer"
)
"""What was wrong: an argument, a place in a file, or the rank of the input in Keras's words."""


def attempt(case: Callable[[], Any]) -> Any:
    """What a case gives, or the error that refuses it."""
    try:
        return case()
    except (ValueError, TypeError) as error:
        return error


def works_or_is_refused(case: Callable[[], Any]) -> Any:
    """Runs a case: returns what it gives, or None where one sentence refuses it."""
    result = attempt(case)
    if not isinstance(result, Exception):
        return result
    text = sentence(result)
    assert NAMES_IT.search(text), f"nothing is named: {text}"
    assert "\n" not in text, f"more than one sentence: {text}"
    return None


def cut(content: bytes, place: int, value: int) -> bytes:
    return content[:place]


def flip(content: bytes, place: int, value: int) -> bytes:
    changed = bytearray(content)
    changed[place] ^= value
    return bytes(changed)


def lose(content: bytes, place: int, value: int) -> bytes:
    return content[:place] + content[place + value :]


def repeat(content: bytes, place: int, value: int) -> bytes:
    return content[: place + value] + content[place:]


def blank(content: bytes, place: int, value: int) -> bytes:
    return content[:place] + bytes(value) + content[place + value :]


Damage = tuple[Callable[[bytes, int, int], bytes], int, bool, int]
"""How a file is damaged, where, whether among its first 200 bytes, and with which value."""

DAMAGES: st.SearchStrategy[list[Damage]] = st.lists(
    st.tuples(
        st.sampled_from([cut, flip, flip, flip, lose, repeat, blank]),
        st.integers(0, 2**20),
        st.booleans(),
        st.integers(1, 255),
    ),
    min_size=1,
    max_size=3,
)


def damaged(content: bytes, damages: list[Damage]) -> bytes:
    """The content of a file after one to three damages."""
    for kind, place, early, value in damages:
        if content:
            size = min(len(content), 200) if early else len(content)
            content = kind(content, place % size, value)
    return content
