"""Bars of cooperation: campaigns, odds of road maps, what partners are worth, their ledger."""

import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.cooperation import campaign_case, road_map, twelve_partners
from benchmarks.ledger import write_partners
from ilrs.cooperation.balance import declared_balance
from ilrs.cooperation.benefits import benefits
from ilrs.cooperation.campaign import plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.dependencies import dependencies
from ilrs.cooperation.ledger import ledger
from ilrs.cooperation.risk import task_odds
from ilrs.programme.check import check
from ilrs.programme.load import load
from ilrs.study.chain import run_programme
from ilrs.study.worth import partner_shares

__all__ = ["campaign_of_sixty", "ledger_of_fifty", "odds_of_five_hundred", "shapley_of_twelve"]


@bar
def campaign_of_sixty() -> Bar:
    """60 pieces, 12 launches, 5 classes: the gap to the proven bound after 60 s at most."""
    cargo, carriers, disturbed = campaign_case()
    begin_s = time.perf_counter()
    campaign = plan_campaign(cargo, carriers, disturbed=disturbed, seconds=60.0)
    wall_s = time.perf_counter() - begin_s
    assert campaign_faults(campaign, cargo, carriers, disturbed=disturbed) == []
    return Bar(
        "launch campaign, 60 pieces, 12 launches, 5 classes", campaign.gap, 0.01, "1", "<=",
        note=f"({campaign.reached:g} launches, bound {campaign.bound:g}, in {wall_s:.1f} s)",
    )  # fmt: skip


@bar
def odds_of_five_hundred() -> Bar:
    """500 tasks, 10,000 draws, and what drives the last milestone."""
    tasks = road_map()
    begin_s = time.process_time()
    odds = task_odds(tasks, draws=10_000)
    part, low, high = odds.on_time(tasks[-1].id) or (0.0, 0.0, 0.0)
    first = odds.drivers(tasks[-1].id)[0]
    return Bar(
        "odds of a road map, 500 tasks x 10,000 draws", time.process_time() - begin_s, 5.0,
        "core-s", "<=", note=f"(on time {part:.3f}, {low:.3f} to {high:.3f}; {first.task} drives)",
    )  # fmt: skip


@bar
def shapley_of_twelve() -> Bar:
    """Twelve partners' shares in the reference station, to 2 % of the whole, on all cores."""
    programme = load(["reference"]).programme
    base = run_programme(twelve_partners(programme))
    begin_s = time.perf_counter()
    shares = partner_shares(base.programme, base=base, most_error=0.02)
    wall_s = time.perf_counter() - begin_s
    whole = np.abs(shares.together - shares.alone)
    error = float((shares.standard_errors / whole).max())
    return Bar(
        "Shapley shares, 12 partners, standard error <= 2 %", wall_s, 120.0, "s", "<=",
        note=f"({len(shares.partners)} partners, {shares.orders} orders,"
        f" {shares.coalitions} stations, error {100.0 * error:.2f} %)",
    )  # fmt: skip


@bar
def ledger_of_fifty() -> Bar:
    """50 partners' files with 500 contributions of 5,000 people: read, checked and told.

    The ledger with its dependencies, its balance and what each partner gets. The note gives five
    times as many contributions and people, so that one sees how it grows.
    """
    few_s, facts = _ledger_s(contributions=500, people=5_000)
    many_s, _ = _ledger_s(contributions=2_500, people=25_000)
    return Bar(
        "load, check and ledger, 50 partners, 500 contributions", few_s, 3.0, "core-s", "<=",
        note=f"({facts}; 2,500 contributions {many_s:.1f} core-s)",
    )  # fmt: skip


def _ledger_s(*, contributions: int, people: int) -> tuple[float, str]:
    """Processor time of one ledger from files, and how much stood in it."""
    with tempfile.TemporaryDirectory() as folder:
        write_partners(Path(folder), contributions=contributions, people=people)
        begin_s = time.process_time()
        loaded = load(folder)
        findings = check(loaded)
        rows = ledger(loaded.programme)
        found = dependencies(loaded.programme)
        balance = declared_balance(loaded.programme)
        got = benefits(loaded.programme)
        spent_s = time.process_time() - begin_s
    assert not findings
    assert len(rows) == contributions
    return spent_s, (
        f"{len(loaded.programme.elements)} elements, {len(loaded.programme.experiments)}"
        f" experiments, {len(found)} dependencies, {len(balance)} + {len(got)} rows"
    )
