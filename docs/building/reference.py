"""Pages of the reference, one for each public module, from the names that the module exports."""

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
ROOT = Path(__file__).parents[2] / "keras_snn"


def pages() -> dict[str, str]:
    """The text of every page by the name of its module; modules that do not exist have none."""
    found = {name: _source(name) for name in PAGES}
    return {name: _page(name, source) for name, source in found.items() if source is not None}


def _source(name: str) -> Path | None:
    places = ROOT / name / "__init__.py", ROOT / f"{name}.py"
    return next((place for place in places if place.is_file()), None)


def _page(name: str, source: Path) -> str:
    module = ast.parse(source.read_text())
    summary = (ast.get_docstring(module) or "").partition("\n\n")[0]
    entries = "\n\n".join(f"::: keras_snn.{name}.{each}" for each in _exported(module))
    return f"# {PAGES[name]}\n\n`keras_snn.{name}`: {summary}\n\n{entries}\n"


def _exported(module: ast.Module) -> list[str]:
    for node in module.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            return sorted(ast.literal_eval(node.value), key=str.lower)
    raise ValueError("A public module must list its names in `__all__`.")
