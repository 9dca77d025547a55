r"""Reads the plain text of a formula and writes it as LaTeX.

    (1 - 1/tau) * v[t-1]     ->     \left(1 - \frac{1}{\tau}\right) \cdot v\left[t - 1\right]

The numerator of a quotient is the factors side by side before the stroke, its denominator is the
one factor after it. Words stay words.
"""

import re
from collections import deque
from collections.abc import Iterator
from typing import NamedTuple

TOKEN = re.compile(
    r"""\ *(?:(?P<quote>"[^"]*"|`[^`]*`)
    |(?P<number>\d+(?:\.\d+)?)
    |(?P<name>[A-Za-z]+\d*(?:_[A-Za-z0-9]+)*'?)
    |(?P<script>[_^](?:[A-Za-z]|\d+|\{))
    |(?P<sign><-|<=|>=|//|\.\.\.?|[-+*/=<>~,:;|()\[\]}])
    |(?P<end>$))""",
    re.VERBOSE,
)
SUM = re.compile(r"\bsum(?:_| over )(\w(?:, \w)*)(?: of)?\b")
RELATIONS = ("=", r"\leftarrow")
COMPARISONS = {"<": r"\lt", ">": r"\gt", "<=": r"\le", ">=": r"\ge", "<-": r"\leftarrow"}
DOTS = {"*": r"\cdot", "~": r"\sim", "...": r"\ldots", "..": r", \ldots,", ";": r";\;"}
SIGNS = {**{sign: sign for sign in "+-=,:"}, **COMPARISONS, **DOTS}
CLOSING = {"(": ")", "[": "]", "{": "}", "|": "|"}
FUNCTIONS = {
    "sqrt": r"\sqrt{%s}",
    "abs": r"\left|%s\right|",
    "floor": r"\left\lfloor %s \right\rfloor",
    "ceil": r"\left\lceil %s \right\rceil",
}
"""The functions that have a notation of their own."""
GREEK = ("alpha", "beta", "gamma", "epsilon", "theta", "pi", "sigma", "tau")
DIFFERENTIALS = {name: name for name in ("ds", "dt", "du")}
SYMBOLS = {**{name: f"\\{name}" for name in GREEK}, **DIFFERENTIALS, "Sum": r"\sum"}


class FormulaError(ValueError):
    """A formula cannot be read."""


class Token(NamedTuple):
    """A piece of the source; `glued` if no space is before it."""

    kind: str
    text: str
    glued: bool


class Item(NamedTuple):
    """A word, a factor or a sign in LaTeX; `inner` is the content of mere parentheses."""

    kind: str
    latex: str
    inner: str = ""


def expression(source: str, align: bool = False) -> str:
    """Returns a formula as LaTeX; `align` puts & before its first = or <- outside brackets."""
    tokens = deque(_tokens(SUM.sub(r"Sum_{\1}", source)))
    items = _items(tokens)
    if tokens[0].kind != "end":
        raise FormulaError(f"{tokens[0].text} closes nothing")
    if not align:
        return _joined(items)
    places = (place for place, item in enumerate(items) if item.latex in RELATIONS)
    place = next(places, 0)
    return f"{_joined(items[:place])} & {_joined(items[place:])}"


def words(text: str) -> str:
    """Returns words as LaTeX."""
    return rf"\text{{{text}}}"


def _tokens(source: str) -> Iterator[Token]:
    place, kind = 0, ""
    while kind != "end":
        found = TOKEN.match(source, place)
        if found is None:
            raise FormulaError(f"{source[place:]} is no part of a formula")
        kind = str(found.lastgroup)
        yield Token(kind, found[kind], found.start(kind) == place)
        place = found.end()


def _items(tokens: deque[Token], closing: str = "") -> list[Item]:
    """Reads up to the end or a closing bracket, which it leaves."""
    items: list[Item] = []
    while tokens[0].kind != "end" and tokens[0].text not in (closing, ")", "]", "}"):
        if tokens[0].text in SIGNS:
            items.append(Item("sign", SIGNS[tokens.popleft().text]))
        elif tokens[0].text in ("/", "//"):
            items.append(_quotient(items, tokens))
        else:
            item = _factor(tokens)
            if item.kind == "word" and items and items[-1].kind == "word":
                item = Item("word", f"{items.pop().latex} {item.latex}")
            items.append(item)
    return items


def _quotient(items: list[Item], tokens: deque[Token]) -> Item:
    """Takes the numerator from the items before the stroke, and reads the denominator."""
    kind = items[-1].kind if items else ""
    start = len(items) - (kind == "word")
    while start and kind == items[start - 1].kind == "factor":
        start -= 1
    above, items[start:] = items[start:], []
    stroke = tokens.popleft().text
    if not above:
        raise FormulaError(f"nothing is before {stroke}")
    below = _factor(tokens)
    top = above[0].inner if len(above) == 1 else ""
    latex = rf"\frac{{{top or _joined(above)}}}{{{below.inner or _joined([below])}}}"
    return Item("factor", FUNCTIONS["floor"] % latex if stroke == "//" else latex)


def _factor(tokens: deque[Token]) -> Item:
    """Reads a number, a word, brackets, or a name, with what belongs to it."""
    token = tokens.popleft()
    if token.text in CLOSING:
        inner = _within(tokens, token.text)
        mere = inner if token.text == "(" else ""
        return _extended(Item("factor", _bracketed(token.text, inner), mere), tokens)
    if token.text in FUNCTIONS and tokens[0].text == "(":
        tokens.popleft()
        return _extended(Item("factor", FUNCTIONS[token.text] % _within(tokens, "(")), tokens)
    if token.kind not in ("quote", "number", "name"):
        raise FormulaError(f"{token.text or 'the end'} stands where a factor must")
    return _extended(_named(token), tokens)


def _named(token: Token) -> Item:
    """Returns a number, a word, or a name with its subscripts."""
    if token.kind != "name":
        text = token.text.strip("`")
        return Item("factor", text if token.kind == "number" else words(text))
    base, *below = re.sub(r"^([A-Za-z])(\d+)", r"\1_\2", token.text).split("_")
    symbol = SYMBOLS.get(base) or (base if len(base.strip("'")) == 1 else "")
    if symbol or [len(part) for part in below] == [1]:
        parts = ", ".join(part if len(part) == 1 else words(part) for part in below)
        return Item("factor", (symbol or words(base)) + (f"_{{{parts}}}" if parts else ""))
    return Item("factor", words(token.text)) if below else Item("word", base)


def _within(tokens: deque[Token], opening: str) -> str:
    """Reads what brackets hold, and the closing one."""
    inner = _joined(_items(tokens, CLOSING[opening]))
    if tokens.popleft().text != CLOSING[opening]:
        raise FormulaError(f"{opening} is not closed")
    return inner


def _bracketed(opening: str, inner: str) -> str:
    return rf"\left{opening}{inner}\right{CLOSING[opening]}"


def _extended(item: Item, tokens: deque[Token]) -> Item:
    """Adds the scripts, indices and arguments that follow without a space."""
    while tokens[0].glued and (tokens[0].kind == "script" or tokens[0].text in ("(", "[")):
        script, bracket = tokens[0].text[0], tokens.popleft().text[-1]
        added = _within(tokens, bracket) if bracket in CLOSING else bracket
        added = _bracketed(bracket, added) if script == bracket else f"{script}{{{added}}}"
        latex = words(item.latex) if item.kind == "word" else item.latex
        item = Item("factor", latex + added)
    return item


def _joined(items: list[Item]) -> str:
    """Puts spaces between words and their neighbors, except signs."""
    parts = []
    for place, item in enumerate(items):
        before, after = items[max(place - 1, 0) : place], items[place + 1 : place + 2]
        left = " " if before and before[0].kind != "sign" else ""
        right = " " if after and after[0].kind == "factor" else ""
        parts.append(words(left + item.latex + right) if item.kind == "word" else item.latex)
    return " ".join(parts)
