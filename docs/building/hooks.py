"""Hooks of the build: pictures, the reference, formulas as MathML, and a check of all links."""

import html
import inspect
import re
import sys
from pathlib import Path
from typing import Any

from latex2mathml.converter import convert
from mkdocs.exceptions import PluginError
from mkdocs.structure.files import File, Files

sys.path.insert(0, str(Path(__file__).parents[2]))

import keras_snn
from docs.building.deviations import table
from docs.building.formulas import quotation
from docs.building.links import broken_links
from docs.building.pictures import PICTURES, draw
from docs.building.reference import navigation, pages

LAYER = re.compile(r"<!-- formula of (\w+) -->")
FORMULA = re.compile(r'<(span|div) class="arithmatex">\\([(\[])(.*?)\\[)\]]</\1>', re.DOTALL)

LOG = re.compile(
    r'<div class="[^"]*" data-mime-type="application/vnd.jupyter.stderr"[^>]*>.*?</div>'
    r"|<pre>INFO:tensorflow:[^<]*</pre>",
    re.DOTALL,
)
"""Matches TensorFlow's messages about the machine and its files, in outputs of notebooks."""


def on_config(config: Any) -> Any:
    """Fills the section `Reference` of the navigation with the pages of the public modules."""
    section = next(entry for entry in config.nav if "Reference" in entry)
    section["Reference"] = navigation()
    return config


def on_files(files: Files, config: Any) -> Files:
    """Adds the pictures and the pages of the reference to the files of the site."""
    for name in PICTURES:
        files.append(File.generated(config, f"pictures/{name}.svg", content=draw(name)))
    for name, text in pages().items():
        files.append(File.generated(config, f"api/{name}.md", content=text))
    return files


def on_page_markdown(markdown: str, **_: Any) -> str:
    """Puts the table of deviations, and formulas of layers, where a page asks for them."""
    return LAYER.sub(_formula, markdown.replace("<!-- deviations -->", table()))


def on_page_content(content: str, **_: Any) -> str:
    """Replaces every formula by MathML, which needs no script, and drops the logs of notebooks."""
    return LOG.sub("", FORMULA.sub(_to_mathml, content))


def on_post_build(config: Any) -> None:
    """Fails if a link of the built site leads nowhere."""
    broken = list(broken_links(Path(config.site_dir).resolve()))
    if broken:
        raise PluginError("These links lead nowhere:\n" + "\n".join(broken))


def _formula(found: re.Match[str]) -> str:
    """Returns the formula in the docstring of a layer."""
    return quotation(inspect.getdoc(getattr(keras_snn.layers, found[1])) or "")


def _to_mathml(found: re.Match[str]) -> str:
    """Returns a formula as MathML; a block can have the focus, so that keys scroll it."""
    latex = html.unescape(found[3])
    if found[2] == "(":
        return convert(latex)
    return convert(latex, display="block").replace("<math", '<math tabindex="0"', 1)
