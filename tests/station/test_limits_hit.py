"""What held a run back is named: where, how long, when first, how much."""

import numpy as np
import pytest

from ilrs.station.limits_hit import LimitHit, limits_hit
from ilrs.station.simulate import simulate


def hits_of(elements, surroundings, plan) -> list[tuple[str, str, float, float]]:
    run = simulate(elements, (), environment=surroundings, plan=plan(surroundings))
    return [(h.element, h.limit, h.hours, h.first_s) for h in limits_hit(elements, run)]


def test_a_run_with_room_to_spare_hits_nothing_but_spills(environment, element, plan) -> None:
    surroundings = environment(3)
    unit = element("UNIT", generator={"kind": "fission", "power": "10 W"},
                   modes={"keep_alive": {"power": "10 W"}})  # fmt: skip
    assert hits_of([unit], surroundings, plan) == []
    more = element("UNIT", generator={"kind": "fission", "power": "12 W"},
                   modes={"keep_alive": {"power": "10 W"}})  # fmt: skip
    run = simulate([more], (), environment=surroundings, plan=plan(surroundings))
    assert limits_hit([more], run) == (
        LimitHit(
            element="", limit="spilled", hours=3.0, first_s=0.0, amount=pytest.approx(0.006),
            unit="kWh",
        ),
    )  # fmt: skip


def test_stores_at_their_limits_and_loads_not_served_are_named(environment, element, plan) -> None:
    light = np.r_[np.ones(2), np.zeros(4)]
    surroundings = environment(6, sun_visible_fraction=light, sun_elevation_deg=0.0)
    lander = element(
        "LANDER", modes={"keep_alive": {"power": "100 W"}, "work": {"power": "400 W"}},
        array={"area": "1 m2", "efficiency": 0.25, "mast_height": "2 m"},  # 340 W
        storage={
            "kind": "battery", "capacity": "250 Wh", "initial_state_of_charge": 0.0,
            "charge_power": "100 W", "discharge_power": "150 W",
        },
    )  # fmt: skip
    # Two hours charge 100 W each; two hours of 100 W are served, the third finds it empty.
    assert hits_of([lander], surroundings, plan) == [
        ("LANDER", "unserved", 2.0, 4 * 3600.0),
        ("LANDER", "store_empty", 3.0, 3 * 3600.0),
        ("LANDER", "charge_power", 2.0, 0.0),
        ("LANDER", "shed", 4.0, 0.0),
        ("", "spilled", 2.0, 0.0),
    ]


def test_cold_and_full_data_stores_are_named(environment, element, plan) -> None:
    surroundings = environment(48, surface_temperature_k=60.0)
    node = {
        "heat_capacity": "60 kJ/K", "heat_loss": "1 W/K", "heater_power": "20 W",
        "survival_minimum": "233 K", "operating_minimum": "253 K",
        "operating_maximum": "313 K", "survival_maximum": "333 K",
    }  # fmt: skip
    box = element(
        "BOX", thermal=node, data_store="1 kbit", generator={"kind": "fission", "power": "50 W"},
        modes={"keep_alive": {"power": "5 W", "data": "1 bit/s"}},
    )  # fmt: skip
    found = hits_of([box], surroundings, plan)
    assert [
        (limit, hours) for _, limit, hours, _ in found if limit in ("data_store", "heater")
    ] == [
        ("heater", pytest.approx(found[0][3] / 3600.0, abs=3)),
        ("data_store", pytest.approx(found[0][3] / 3600.0, abs=1.0)),
    ]
    assert found[0][1] == "lost"
