"""An ingest is killed at random; `make bars BAR=ingest-kills` does it a hundred times."""

import os
from pathlib import Path

import pytest

from tests.datacentre.kills import kill_ingests


@pytest.mark.skipif(not hasattr(os, "fork"), reason="needs fork")
def test_nothing_is_lost_doubled_or_half_visible_when_killed_at_random(tmp_path: Path) -> None:
    found = kill_ingests(tmp_path / "archive", kills=6, seed=7)
    assert (found.lost, found.doubled, found.half_visible, found.faults) == (0, 0, 0, 0)
    assert found.between == 6
