"""Hooks of the documentation's build: pictures, pages of the reference, formulas as MathML."""

import html
import re
import sys
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[2]))

from docs.building.pictures import PICTURES, draw
from docs.building.reference import pages

FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)


def on_files(files: Files, config: Any) -> Files:
    """Adds the pictures and the pages of the reference to the files of the site."""
    for name in PICTURES:
        files.append(File.generated(config, f"pictures/{name}.svg", content=draw(name)))
    for name, text in pages().items():
        files.append(File.generated(config, f"api/{name}.md", content=text))
    return files


def on_page_content(content: str, **_: Any) -> str:
    """Replaces every formula by MathML, which browsers render without a script."""
    return FORMULA.sub(_to_mathml, content)


def _to_mathml(found: re.Match[str]) -> str:
    display = "inline" if found[2] == "(" else "block"
    return convert(html.unescape(found[3]), display=display)
