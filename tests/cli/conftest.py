"""Fixtures of other rooms that the command's tests need."""

from tests.datasets.conftest import few_digits

__all__ = ["few_digits"]
