"""Sizes and dispatch against PyPSA 1.4.0 with HiGHS, which builds its program in its own way.

Both optima are proved by HiGHS to 1e-7 of the cost; asked for is 1e-6.
"""

from dataclasses import replace

import numpy as np
import pytest

from benchmarks.pypsa_peer import PeerAnswer, solved_by_pypsa, told
from ilrs.station.sizing import least_mass
from ilrs.station.sizing_blocks import Blocks
from ilrs.station.sizing_lp import solve_blocks
from ilrs.station.sizing_problem import SizingProblem
from tests.station.sizing_cases import islands

pytest.importorskip("pypsa", reason="PyPSA is not installed")


def as_full_as_they_like(case: SizingProblem) -> SizingProblem:
    """Stores may begin full, as PyPSA's do."""
    return replace(case, banks=[replace(b, initial_state_of_charge=1.0) for b in case.banks])


@pytest.mark.parametrize("is_whole", [False, True])
def test_the_lightest_design_weighs_what_pypsa_says(is_whole) -> None:
    case = as_full_as_they_like(islands(48, is_whole=is_whole))
    peer = solved_by_pypsa(case)
    assert peer.cost is not None
    assert least_mass(case, gap=1e-9).mass_kg == pytest.approx(peer.cost, rel=1e-6)


def test_the_best_dispatch_takes_what_pypsa_says() -> None:
    """A given design: generators and stores have a price, light has none, cables have a loss."""
    case = as_full_as_they_like(islands(48, seed=8))
    found = least_mass(case, gap=1e-9)
    units = dict(zip((o.id for o in case.options), 1.02 * found.units, strict=True))
    own = {o.id: o for o in case.options}
    banks = []
    for bank in case.banks:
        sizes = {
            name: sum(units[o.id] * getattr(o, name) for o in case.options if o.bank == bank.id)
            for name in ("capacity_wh", "charge_power_w", "discharge_power_w")
        }
        banks.append(replace(bank, **sizes))
    grids = [
        replace(
            grid, made_w=units[f"{grid.id}-ARRAY"] * own[f"{grid.id}-ARRAY"].made_w,
            spared_w=units[f"{grid.id}-UNIT"] * own[f"{grid.id}-UNIT"].made_w,
        )
        for grid in case.grids
    ]  # fmt: skip
    given = replace(case, grids=grids, banks=banks, options=())
    hours = Blocks(np.arange(given.steps), given.steps)
    mine = solve_blocks(given, hours, is_worst=False, short_kg_w=10.0, energy_kg_wh=1e-3)
    peer = solved_by_pypsa(given, energy_kg_wh=1e-3)
    assert float(mine.short_w.max()) < 1e-6
    assert peer.cost is not None
    assert peer.cost > 1.0  # more than a kilowatt-hour is taken
    assert mine.cost_kg == pytest.approx(peer.cost, rel=1e-6)


def test_what_curved_cables_cost_is_what_pypsa_says_of_their_chords() -> None:
    case = as_full_as_they_like(islands(48, seed=5))
    cables = [replace(c, efficiency=1.0, loss_per_w=0.3 / c.most_w) for c in case.cables]
    case = replace(case, cables=cables)
    peer = solved_by_pypsa(case)
    hours = Blocks(np.arange(case.steps), case.steps)
    mine = solve_blocks(case, hours, is_worst=True, short_kg_w=10.0)
    assert float(mine.short_w.max()) < 1e-6
    assert peer.cost is not None
    assert mine.cost_kg == pytest.approx(peer.cost, rel=1e-6)


def test_a_peer_that_is_late_or_absent_is_told_so() -> None:
    assert told(None) == "PyPSA not installed"
    assert told(PeerAnswer(None, 130.0, 120.0)) == "PyPSA + HiGHS not solved in 120 s"
    assert told(PeerAnswer(280.0433, 2.5, 120.0)) == "PyPSA + HiGHS 2.5 s wall, optimum 280.043"
