"""`applications/` is where `import train` looks, and a fixture of another room."""

import sys
from pathlib import Path

from tests.datasets.conftest import few_digits

sys.path.insert(0, str(Path(__file__).parents[2] / "applications"))

__all__ = ["few_digits"]
