"""Makes the pages of the reference, one per public module, from its exported names."""

import ast
from pathlib import Path

PAGES = {
    "layers": "Layers",
    "surrogates": "Surrogates",
    "initializers": "Initializers",
    "losses": "Losses",
    "metrics": "Metrics",
    "regularizers": "Regularizers",
    "callbacks": "Callbacks",
    "applications": "Networks",
    "checkpoints": "Checkpoints",
    "conversion": "Conversion",
    "datasets": "Data",
    "training": "Training",
    "distribution": "Distribution",
    "analysis": "Analysis",
    "visualization": "Pictures",
    "reporting": "Report",
    "export": "Export",
    "utils": "Utilities",
}
BEFORE = {
    "applications": """Every builder takes the arguments of `Plan` as keywords, except `row` and
`places`. The defaults are those of its paper; `inspect.signature` and `help` show them.

::: keras_snn.applications.plan.Plan

"""
}
"""Text before the entries of a page."""

ROOT = Path(__file__).parents[2] / "keras_snn"


def pages() -> dict[str, str]:
    """Returns the text of every page by the name of its module, if the module exists."""
    found = {name: _source(name) for name in PAGES}
    return {name: _page(name, source) for name, source in found.items() if source is not None}


def navigation() -> list[dict[str, str]]:
    """Returns the entries of the reference for the navigation, in the order of `PAGES`."""
    return [{title: f"api/{name}.md"} for name, title in PAGES.items() if _source(name)]


def _source(name: str) -> Path | None:
    places = ROOT / name / "__init__.py", ROOT / f"{name}.py"
    return next((place for place in places if place.is_file()), None)


def _page(name: str, source: Path) -> str:
    module = ast.parse(source.read_text())
    summary = (ast.get_docstring(module) or "").partition("\n\n")[0]
    entries = "\n\n".join(f"::: {_path(name, each)}" for each in _exported(module))
    before = BEFORE.get(name, "")
    return f"# {PAGES[name]}\n\n`keras_snn.{name}`: {summary}\n\n{before}{entries}\n"


def _path(module: str, name: str) -> str:
    """Returns the path of a name; the full path if a file has the same name."""
    same = (ROOT / module / f"{name}.py").is_file()
    return f"keras_snn.{module}.{name}.{name}" if same else f"keras_snn.{module}.{name}"


def _exported(module: ast.Module) -> list[str]:
    """Returns the names of `__all__`, otherwise the public classes and functions of a module."""
    for node in module.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return sorted(ast.literal_eval(node.value), key=str.lower)
    defined = [
        node.name for node in module.body if isinstance(node, ast.ClassDef | ast.FunctionDef)
    ]
    return sorted((name for name in defined if not name.startswith("_")), key=str.lower)
