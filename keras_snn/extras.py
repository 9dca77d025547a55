"""Imports optional packages; if one is missing, the error contains the pip command."""

import importlib
from typing import Any


def import_extra(module: str, extra: str) -> Any:
    """Imports a module that comes with an extra of this package.

    Args:
        module: Dotted name of the module, for example `"sklearn.datasets"`.
        extra: Name of the extra, for example `"data"`.

    Returns:
        The module.

    Raises:
        ImportError: If the module, or a package that it needs, is not installed.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing_extra(module, extra, error) from error


def missing_extra(module: str, extra: str, error: ImportError) -> ImportError:
    """Returns an error with the pip command for a module that could not be imported."""
    return ImportError(
        f"This needs the package {module.partition('.')[0]!r}. "
        f'Install it with: pip install "keras-snn[{extra}]" ({error})'
    )
