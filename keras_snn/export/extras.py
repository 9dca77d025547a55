"""Optional packages: imported where they are used, asked for by name where they are absent."""

import importlib
from typing import Any


def require_extra(module: str, extra: str) -> Any:
    """Imports a module of an extra, or raises the ImportError that names the pip command."""
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise ImportError(
            f"This export needs the package {module.partition('.')[0]!r}. "
            f'Install it with: pip install "keras-snn[{extra}]" ({error})'
        ) from error
