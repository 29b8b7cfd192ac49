"""The contribution ledger."""

from collections.abc import Callable

from ilrs.cooperation.ledger import LEVELS, STAGES, LedgerRow, coverage, gaps, ledger
from ilrs.programme.entities import Programme


def test_ledger_lists_partners_in_declared_order_then_stages(programme: Programme) -> None:
    assert [row.contribution for row in ledger(programme)] == [
        "CN-ROVER", "CN-TRACKING", "RU-STUDY", "RU-POWER",
    ]  # fmt: skip


def test_row_gives_the_known_mass_and_names_the_unknown(programme: Programme) -> None:
    rows = {row.contribution: row for row in ledger(programme)}
    assert rows["RU-POWER"] == LedgerRow(
        partner="RU", contribution="RU-POWER", name="", stage="implementation", level="system",
        form="material", area="energy", status="agreed", history=(), needs=(),
        gives=("REACTOR", "CABLE"), service="", counted=(),
        mass_kg=5000.0, mass_unknown=("CABLE",), terms="",
    )  # fmt: skip
    assert rows["CN-ROVER"].mass_kg == 200.0  # the mission it gives adds none of its own
    assert rows["CN-TRACKING"].mass_kg is None
    assert rows["CN-TRACKING"].service == "200 h/y ground station"


def test_coverage_counts_what_stands_when_one_is_withdrawn(programme: Programme) -> None:
    counts = coverage(programme)
    assert counts.dims == ("stage", "level", "partner")
    assert counts.shape == (6, 4, 3)
    assert int(counts.sum()) == 3
    assert int(counts.sel(stage="implementation", level="system", partner="RU")) == 1
    assert int(counts.sel(stage="planning").sum()) == 0


def test_coverage_keeps_a_partner_that_is_not_declared(declare: Callable[..., Programme]) -> None:
    alone = declare(partners={})
    assert coverage(alone)["partner"].values.tolist() == ["RU", "CN"]


def test_gaps_are_the_cells_and_partners_without_contribution(programme: Programme) -> None:
    found = gaps(programme)
    filled = {("implementation", "system"), ("operation", "equipment")}
    every = {(stage, level) for stage in STAGES for level in LEVELS}
    assert set(found.empty_cells) == every - filled
    assert found.partners_without_contribution == ("APSCO",)
