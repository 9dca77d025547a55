"""`applications/` is where `import train` looks, and fixtures of other rooms."""

import sys
from pathlib import Path

from tests.datasets.conftest import few_digits
from tests.datasets.test_published_sets import small_n_mnist
from tests.datasets.test_spoken_words import small_shd

sys.path.insert(0, str(Path(__file__).parents[2] / "applications"))

__all__ = ["few_digits", "small_n_mnist", "small_shd"]
