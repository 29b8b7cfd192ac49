"""Given against used, by declarations, by a run and by a plan."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
import xarray as xr

from ilrs.cooperation.balance import declared_balance, plan_balance, run_balance
from ilrs.programme.entities import Programme
from tests.cooperation.conftest import contributions, elements, missions

Rows = dict[tuple[str, str], tuple[float | None, float | None]]


def told(rows: list[Any]) -> Rows:
    return {(r.partner, r.measure): (r.given, r.used) for r in rows}


@pytest.fixture
def shared(declare: Callable[..., Programme]) -> Programme:
    """A reactor of RU feeds a hub of CN, which sends by a relay of RU and hosts APSCO."""
    built = elements()
    built["REACTOR"] |= {
        "generator": {"kind": "fission", "power": "5 kW"},
        "interfaces": [{"kind": "power", "role": "offers", "with": "HUB", "power": "3 kW"}],
    }
    built["HUB"] |= {
        "site": "RIDGE", "arrives_on": "LES-3", "links": [
            {"via": "LUNA-26", "rate": "1 Mbit/s", "mask": "10 deg"},
            {"via": "earth", "rate": "2 Mbit/s"},
        ],
        "storage": {"kind": "battery", "capacity": "4 kWh", "charge_power": "1 kW",
                    "discharge_power": "1 kW"},
        "interfaces": [{"kind": "power", "role": "needs", "with": "REACTOR", "power": "2 kW"}],
    }  # fmt: skip
    seats = {"kind": "training", "to": ["APSCO", "RU"], "training_seats": 8, "experts": "100 h"}
    promised = contributions()
    promised["CN-TRACKING"]["service"] = seats
    wanted = {"element": "HUB", "fields": [], "power": "1 W", "data": "1 kbit/s"}
    return declare(
        elements=built, missions=missions(), contributions=promised,
        experiments={
            "DUST": wanted | {"owner": "APSCO", "wanted": "10 h", "sessions": {"crew": 2}},
            "HEAT": wanted | {"owner": "CN", "wanted": "5 h", "data_policy": {"access": "owner"}},
        },
    )  # fmt: skip


def test_declarations_are_counted_by_partner(shared: Programme) -> None:
    assert told(declared_balance(shared)) == {
        ("CN", "power"): (None, 2000.0),
        ("CN", "mass"): (1000.0, None),  # the rover and the hub
        ("CN", "rides"): (None, 800.0),
        ("CN", "hosting"): (36000.0, None),
        ("CN", "storage"): (4000.0, None),
        ("CN", "experts"): (360000.0, None),
        ("CN", "training"): (8.0, None),
        ("RU", "power"): (3000.0, None),
        ("RU", "mass"): (5000.0, None),  # the probe's flight failed, the cable's mass is unknown
        ("RU", "rides"): (800.0, None),
        ("RU", "experts"): (None, 180000.0),
        ("RU", "training"): (None, 4.0),
        ("APSCO", "hosting"): (None, 36000.0),
        ("APSCO", "crew"): (None, 72000.0),  # two people
        ("APSCO", "experts"): (None, 180000.0),
        ("APSCO", "training"): (None, 4.0),
        ("APSCO", "data"): (36e6, None),  # the other experiment's stay with their owner
    }


def station() -> tuple[xr.Dataset, xr.Dataset]:
    """Two hours: the store gives 1 kWh in the second, in which the hub sends at 1.5 Mbit/s."""
    on = ("element", "time")
    made = xr.Dataset(
        {
            "power_made_w": (on, [[3000.0, 1000.0], [0.0, 0.0]]),
            "power_used_w": (on, [[0.0, 500.0], [2000.0, 1500.0]]),
            "battery_energy_wh": (on, [[0.0, 0.0], [3000.0, 2000.0]]),
            "data_made_bps": (on, [[0.0, 0.0], [4000.0, 2000.0]]),
            "data_sent_bps": (on, [[0.0, 0.0], [0.0, 1.5e6]]),
            "experiment_fraction": (("experiment", "time"), [[1.0, 0.5]]),
        },
        coords={"element": ["REACTOR", "HUB"], "experiment": ["DUST"]},
        attrs={"step_s": 3600.0},
    )
    around = xr.Dataset(
        {
            "relay_open_fraction": (("relay", "mask_deg", "time"), [[[1.0, 1.0], [1.0, 0.5]]]),
            "earth_visible_fraction": (("mast_height_m", "time"), [[1.0, 1.0]]),
        },
        coords={"relay": ["LUNA-26"], "mask_deg": [0.0, 10.0]},
    )
    return made, around


def test_a_run_says_what_was_really_given_and_used(shared: Programme) -> None:
    made, around = station()
    rows = told(run_balance(shared, station=made, environment=around))
    assert rows["RU", "energy"] == (4000.0, 500.0)
    assert rows["CN", "energy"] == (None, 3500.0)
    # 1 kWh out of CN's store, drawn on by 500 W of RU and 1.5 kW of CN
    assert rows["CN", "storage"] == (1000.0, 750.0)
    assert rows["RU", "storage"] == (None, 250.0)
    assert rows["CN", "hosting"] == (5400.0, None)
    assert rows["APSCO", "hosting"] == (None, 5400.0)
    assert rows["APSCO", "data"] == (5.4e6, None)
    # The relay is open for half of an hour above the mask: at 1 Mbit/s it takes half an hour.
    # Of 21.6 Mbit that the hub handles 5.4 are of APSCO's experiment.
    assert rows["RU", "relay"] == (pytest.approx(1800.0), None)
    assert rows["CN", "relay"] == (None, pytest.approx(1800.0 * 0.75))
    assert rows["APSCO", "relay"] == (None, pytest.approx(1800.0 * 0.25))


def test_a_plan_says_what_its_sessions_take(shared: Programme) -> None:
    plan = xr.Dataset(
        {
            "start_s": ("activity", [0.0, np.nan, 7200.0, 0.0]),
            "duration_s": ("activity", [3600.0, 0.0, 1800.0, 3600.0]),
            "of_kind": ("activity", ["DUST", "DUST", "HEAT", "exercise"]),
        }
    )
    assert told(plan_balance(shared, plan)) == {
        ("CN", "hosting"): (3600.0, None),
        ("APSCO", "hosting"): (None, 3600.0),
        ("APSCO", "crew"): (None, 7200.0),
        ("APSCO", "data"): (3.6e6, None),
    }
