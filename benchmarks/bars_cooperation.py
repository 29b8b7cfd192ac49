"""Bars of cooperation: launch campaigns and the odds of road maps."""

import time

from benchmarks.bar import Bar, bar
from benchmarks.cooperation import campaign_case, road_map
from ilrs.cooperation.campaign import plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.risk import task_odds

__all__ = ["campaign_of_sixty", "odds_of_five_hundred"]


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
