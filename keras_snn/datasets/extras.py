"""Optional packages: imported where they are used, asked for by name where they are absent."""

import importlib
from types import ModuleType


def require(module: str) -> ModuleType:
    """Imports a module of the `data` extra.

    Args:
        module: Dotted name of the module, for example `"tonic.io"`.

    Returns:
        The module.

    Raises:
        ImportError: If it, or a package that it needs, is not installed; the message names the
            pip command.
    """
    try:
        return importlib.import_module(module)
    except ImportError as error:
        raise missing(module, error) from error


def missing(module: str, error: ImportError) -> ImportError:
    """The error that names the pip command for an absent module."""
    return ImportError(
        f"`keras_snn.datasets` needs the package {module.partition('.')[0]!r}. "
        f'Install it with: pip install "keras-snn[data]" ({error})'
    )
