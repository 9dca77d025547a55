"""Makes the parts of the report's page: facts, sections, tables, pictures."""

import base64
import html
import importlib.resources
import io
from collections.abc import Mapping
from string import Template
from typing import Any

from keras_snn.analysis import Table


def page(title: str, introduction: str, facts: Mapping[str, str], sections: list[str]) -> str:
    """Fills the template; everything except `sections` is text, not markup."""
    file = importlib.resources.files("keras_snn.reporting") / "template.html"
    escaped = {"title": html.escape(title), "introduction": html.escape(introduction)}
    cells = [
        f"<div><dt>{html.escape(k)}</dt><dd>{html.escape(v)}</dd></div>" for k, v in facts.items()
    ]
    template = Template(file.read_text(encoding="utf-8"))
    return template.substitute(escaped, facts="\n".join(cells), sections="\n".join(sections))


def section(heading: str, text: str, *contents: str) -> str:
    """Makes a section of a heading, a paragraph, and markup."""
    head = f"<h2>{html.escape(heading)}</h2>\n<p>{html.escape(text)}</p>"
    return "\n".join(["<section>", head, *contents, "</section>"])


def table(values: Table, caption: str) -> str:
    """Makes a table that scrolls sideways on narrow screens, also by keyboard."""
    header, *rows = values.cells()
    head = "".join(f'<th scope="col">{html.escape(text)}</th>' for text in header)
    body = "\n".join(_row(row) for row in rows)
    notes = "".join(f'<p class="notes">{html.escape(note)}</p>' for note in values.notes)
    label = html.escape(caption)
    return (
        f'<div class="scroll" tabindex="0" role="region" aria-label="{label}"><table>'
        f"<caption>{label}</caption>\n<thead><tr>{head}</tr></thead>\n"
        f"<tbody>\n{body}\n</tbody></table></div>\n{notes}"
    )


def _row(texts: list[str]) -> str:
    name, *values = map(html.escape, texts)
    return f'<tr><th scope="row">{name}</th>' + "".join(f"<td>{v}</td>" for v in values) + "</tr>"


def picture(figure: Any, caption: str, alt: str) -> str:
    """Makes a picture of a matplotlib figure, as PNG inside the page."""
    file = io.BytesIO()
    figure.savefig(file, format="png", dpi=110)
    data = base64.b64encode(file.getvalue()).decode()
    return (
        f'<figure><img src="data:image/png;base64,{data}" alt="{html.escape(alt)}">'
        f"<figcaption>{html.escape(caption)}</figcaption></figure>"
    )
