"""The board of a plan from declared rules: stores, faults, forecasts, what rests, and passes."""

import numpy as np

from ilrs.operations.board import BoardRule, Rest
from ilrs.programme.entities import Element, Experiment
from ilrs.station.forcing import idle_plan
from ilrs.station.simulate import simulate
from ilrs.study.planning_board import plan_board
from tests.station.conftest import synthetic_environment

HOUR_S = 3600.0


def element(key: str, **fields: object) -> Element:
    return Element.model_validate({"id": key, "facility": "F2", "site": "RIDGE", **fields})


def experiment(key: str, at: str, **fields: object) -> Experiment:
    told = {"element": at, "fields": ["SF1"], "wanted": "100 h", "power": "10 W"}
    return Experiment.model_validate({"id": key, **told, **fields})


def test_declared_rules_become_those_of_the_board() -> None:
    around = synthetic_environment(72)
    around["sun_elevation_deg"][:] = np.where(np.arange(72) < 10, 1.0, 9.0)
    around["relay_open_fraction"][:] = np.where(np.arange(72) % 30 < 2, 0.5, 0.0)
    rules = [
        {"to": "saving", "from": ["work"], "charge_below": 0.6, "without_contact_above": "5 h"},
        {"to": "saving", "of": "SUN", "failed": True},
        {"to": "saving", "of": "NOWHERE", "failed": True},
        {"to": "saving", "of": "NOWHERE", "failed": False},
        {"to": "saving", "unserved": True},
        {"to": "work", "from": ["saving"], "sun_elevation_above": "5 deg", "of": "SUN",
         "failed": False, "after": "2 h"},
    ]  # fmt: skip
    elements = [
        element("GRID", modes={"saving": {"power": "0 W", "sheds": 4}}, rules=rules,
                links=[{"via": "RELAY-1", "rate": "1 kbit/s"}]),
        element("SUN", generator={"kind": "fission", "power": "100 W"}),
    ]  # fmt: skip
    research = [
        experiment("OWN", "GRID", priority=1), experiment("FIRST", "SUN", priority=3),
        experiment("LATER", "SUN", priority=4),
        experiment("MUST", "SUN", priority=9, sessions={"mandatory": True}),
    ]  # fmt: skip
    idle = simulate(elements, (), environment=around, plan=idle_plan(around))
    board = plan_board(
        elements, research, environment=around, idle=idle,
        energy={"GRID": "ENERGY", "SUN": "ENERGY"},
    )  # fmt: skip
    assert [rule.id for rule in board.rules] == [f"GRID.rules[{k}]" for k in (0, 1, 2, 5)]
    charge, failed, absent, back = board.rules
    assert charge == BoardRule(
        id="GRID.rules[0]", element="GRID", to="saving", from_modes=("work",), store="ENERGY",
        level_below=0.6, silent_above_s=5 * HOUR_S,
    )  # fmt: skip
    # What is not there counts as failed, so that its rule holds always.
    assert (failed.failed, absent.failed, absent.open) == ("SUN", "", None)
    assert (back.well, back.after_s, list(back.open)) == (
        "SUN", 2 * HOUR_S, [(10 * HOUR_S, 72 * HOUR_S)],
    )  # fmt: skip
    assert board.rests == (Rest(element="GRID", mode="saving", kinds=("OWN", "LATER")),)
    # A link is open for two hours from 0, 30 and 60 on; a day after the epoch it is at 30.
    assert [span[0] / HOUR_S for span in board.contact] == [0, 30, 60]
    assert [at_s / HOUR_S for at_s in board.passes_s] == [30, 60]
    assert board.makes_w == {"SUN": (100.0,) * 72}
