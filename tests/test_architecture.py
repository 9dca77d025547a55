"""The direction of imports is the direction of reading, and other promises about the tree."""

import ast
import configparser
import re
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ORDER = [
    {"version", "validation", "extras"},
    {"functional"},
    {"backends"},
    {"surrogates"},
    {"layers"},
    {"checkpoints"},
    {"applications"},
    {"graphs"},
    {"analysis"},
    {
        "losses",
        "metrics",
        "regularizers",
        "datasets",
        "export",
        "conversion",
        "distribution",
    },
    {"training"},
    {"callbacks", "utils"},
    {"visualization"},
    {"reporting"},
    {"cli"},
]
RANK = {name: rank for rank, names in enumerate(ORDER) for name in names}
FILES = sorted((ROOT / "keras_snn").rglob("*.py"))


def part(path):
    """The folder or module of keras_snn that a file belongs to."""
    return path.relative_to(ROOT / "keras_snn").parts[0].removesuffix(".py")


def imported(path):
    """The parts of keras_snn that a file imports, wherever in the file."""
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.ImportFrom) and node.module == "keras_snn":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_snn."):
            yield node.module.split(".")[1]
        elif isinstance(node, ast.Import):
            names = [a.name for a in node.names if a.name.startswith("keras_snn.")]
            yield from (name.split(".")[1] for name in names)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_imports_point_down(path):
    name = part(path)
    if name == "__init__":
        return
    assert name in RANK, "a new part of keras_snn needs its place in ORDER"
    for other in imported(path):
        allowed = other == name or RANK[other] < RANK[name]
        assert allowed, f"{name} imports {other}, which stands above or beside it"


def imported_at_once(path):
    """The parts of keras_snn that a file imports as soon as it is imported itself."""
    for node in ast.parse(path.read_text()).body:
        if isinstance(node, ast.ImportFrom) and node.module == "keras_snn":
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and (node.module or "").startswith("keras_snn."):
            yield node.module.split(".")[1]


def test_import_of_keras_snn_needs_no_extra():
    import keras_snn

    late = {*keras_snn.LATE, "cli"}
    for path in FILES:
        if part(path) not in {*late, "__init__"}:
            assert not late.intersection(imported_at_once(path)), path


def test_every_extra_that_an_error_names_is_declared():
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    files = [*FILES, *(ROOT / "applications").glob("*.py")]
    text = "".join(path.read_text() for path in files)
    named = set(re.findall(r'import_extra\(\s*"[\w.]+",\s*"(\w+)"', text))
    assert {"tensorboard", "onnx", "data"} <= named <= set(setup["options.extras_require"])


FRAMEWORKS_MAY_STAND_IN = (
    "backends/",
    "datasets/",
    "distribution/",
    "export/",
    "training/truncation.py",
)


@pytest.mark.parametrize("path", FILES, ids=lambda p: str(p.relative_to(ROOT)))
def test_frameworks_stand_in_named_modules_only(path):
    name = path.relative_to(ROOT / "keras_snn").as_posix()
    if name.startswith(FRAMEWORKS_MAY_STAND_IN):
        return
    modules = [
        alias.name
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.Import)
        for alias in node.names
    ] + [
        node.module or ""
        for node in ast.walk(ast.parse(path.read_text()))
        if isinstance(node, ast.ImportFrom)
    ]
    assert not [m for m in modules if m.split(".")[0] in ("tensorflow", "jax", "torch")]


def test_public_names_are_registered_under_one_package():
    import keras

    from keras_snn import layers

    for name in layers.__all__:
        subject = getattr(layers, name)
        if isinstance(subject, type):
            assert keras.saving.get_registered_name(subject) == f"keras_snn>{name}"
