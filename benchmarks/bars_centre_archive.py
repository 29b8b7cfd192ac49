"""Bars of the data centre's archive: what is left when ingests are killed."""

import tempfile
from pathlib import Path

from benchmarks.bar import Bar, bar
from tests.datacentre.kills import kill_ingests


@bar
def ingest_kills() -> Bar:
    """Products lost, doubled or half visible after 100 kills at random instants of an ingest."""
    with tempfile.TemporaryDirectory() as folder:
        found = kill_ingests(Path(folder) / "archive", kills=100, seed=1)
    faults = found.lost + found.doubled + found.half_visible + found.faults
    return Bar(
        name="killed 100 times while ingesting",
        measured=faults + max(100 - found.between, 0),  # what was not killed proves nothing
        limit=0,
        unit="faults",
        comparison="<=",
        note=f"{found.between} of {found.kills} kills hit; lost {found.lost}, doubled "
        f"{found.doubled}, half visible {found.half_visible}, other findings {found.faults}",
    )
