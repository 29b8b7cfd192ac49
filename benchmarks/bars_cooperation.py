"""Bars of cooperation: launch campaigns, the odds of road maps, what partners are worth."""

import time

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.cooperation import campaign_case, road_map, twelve_partners
from ilrs.cooperation.campaign import plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.risk import task_odds
from ilrs.programme.load import load
from ilrs.study.chain import run_programme
from ilrs.study.worth import partner_shares

__all__ = ["campaign_of_sixty", "odds_of_five_hundred", "shapley_of_twelve"]


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
