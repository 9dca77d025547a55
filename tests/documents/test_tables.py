"""Tables of the documentation say what the library does."""

import re
from pathlib import Path

from docs.building.deviations import deviations
from keras_snn import applications
from tests.applications.test_counts import COUNTS

DOCS = Path(__file__).parents[2] / "docs"
ROW = re.compile(r"^\| `(\w+)` \| .* \| ([\d,]+) \|$", re.MULTILINE)


def test_networks_have_the_parameters_that_the_table_says():
    rows = ROW.findall((DOCS / "networks.md").read_text())
    assert {name: int(count.replace(",", "")) for name, count in rows} == COUNTS
    assert {name for name in applications.__all__ if name[0].isupper()} == {n for n, _ in rows}


def test_deviations_are_found_in_the_docstrings():
    found = {name: difference for name, _, difference in deviations()}
    assert {"LIF", "SMA", "FSTA", "AZO", "VGG8"} <= found.keys()
    assert "none." not in found.values()
