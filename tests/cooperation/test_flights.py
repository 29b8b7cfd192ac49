"""Cargo and launches read from a programme's files: what is counted, what waits for what."""

import math

import pytest

from ilrs.cooperation.campaign import plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.campaign_why import rules_in_the_way
from ilrs.cooperation.flights import FIRST_POWER, Missing, flights
from ilrs.foundation.errors import IlrsError

AT = "2030-01-01"
ONE_DAY = {"arrival": "2031-01-01", "landed_payload": "1 t", "site": "RIDGE", "status": "planned"}


def joint(other, *, role="needs", kind="power"):
    return {"kind": kind, "role": role, "with": other, "voltage": "120 V", "power": "1 kW"}


def elements(**more):
    return {
        "MAST": {
            "facility": "F2", "site": "RIDGE", "mass": "300 kg", "arrives_on": "SECOND",
            "array": {"area": "1 m2", "efficiency": 0.3, "mast_height": "2 m"},
        },
        "BATTERY": {
            "facility": "F2", "site": "RIDGE", "mass": "200 kg", "arrives_on": "FIRST",
            "storage": {
                "kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW",
                "discharge_power": "1 kW",
            },
        },
        "GRID": {
            "facility": "F2", "site": "RIDGE", "mass": "100 kg", "arrives_on": "SECOND",
            "interfaces": [joint("MAST"), joint("BATTERY")],
        },
        "LAB": {
            "facility": "F4", "site": "RIDGE", "mass": "400 kg", "arrives_on": "FIRST",
            "interfaces": [joint("GRID")],
        },
        **more,
    }  # fmt: skip


def missions(**more):
    return {
        "FIRST": ONE_DAY,
        "SECOND": {**ONE_DAY, "arrival": "2032-01-01"},
        "RELAY": {"status": "planned", "launches": [{"date": "2033-01-01"}]},
        **more,
    }


@pytest.fixture
def to_ridge(declare):
    def read(**changed):
        by = changed.pop("by", None)
        tables = {"elements": elements(), "missions": missions(), "contributions": {}} | changed
        return flights(declare(**tables), site="RIDGE", at=AT, by=by)

    return read


def test_a_user_waits_for_a_source_and_a_store_is_none(to_ridge):
    needs = {c.id: (c.needs, c.needs_any) for c in to_ridge().cargo}
    assert needs == {
        "MAST": ((), ()), "BATTERY": ((), ()), "GRID": ((), (("MAST",),)), "LAB": ((), (("GRID",),))
    }  # fmt: skip


def test_what_declares_no_day_is_ready_for_its_ride_and_not_before(to_ridge):
    early = elements(
        MAST={**elements()["MAST"], "freight": {"ready": "2030-06-01"}},
        LOST={"facility": "F4", "site": "RIDGE", "mass": "1 kg"},
    )
    ready = {c.id: c.ready_d for c in to_ridge(elements=early).cargo}
    assert ready == {"MAST": 151.0, "BATTERY": 365.5, "GRID": 730.5, "LAB": 365.5, "LOST": 0.0}


def test_a_host_and_what_is_named_come_first(to_ridge):
    guest = {
        "facility": "F4", "site": "RIDGE", "mass": "5 kg", "freight": {"after": ["MAST"]},
        "interfaces": [joint("LAB", kind="mechanical")],
    }  # fmt: skip
    cargo = {c.id: c for c in to_ridge(elements=elements(GUEST=guest)).cargo}
    assert cargo["GUEST"].needs == ("MAST", "LAB")


def test_far_from_earth_a_relay_comes_first(declare, to_ridge):
    links = [{"via": "RELAY", "rate": "1 Mbit/s"}, {"via": "earth", "rate": "1 Mbit/s"}]
    table = elements(LAB={**elements()["LAB"], "links": links})
    near = {c.id: c.ready_d for c in to_ridge(elements=table).cargo}["LAB"]
    hidden = declare(
        elements=table, missions=missions(), contributions={},
        sites={"RIDGE": {"kind": "nominal", "latitude": "-45 deg", "longitude": "177 deg"}},
    )  # fmt: skip
    far = {c.id: c.ready_d for c in flights(hidden, site="RIDGE", at=AT).cargo}["LAB"]
    assert (near, far) == (365.5, 1096.5)


def test_missions_and_landers_to_come_are_launches(to_ridge):
    found = to_ridge(
        landers={
            "TUG": {
                "landed_payload": "500 kg", "volume": "3 m3", "available_from": "2029-01-01",
                "every": "200 d", "flights": 4,
            },
            "ELSEWHERE": {"site": "OTHER", "landed_payload": "1 t"},
        },
        missions=missions(
            FLOWN={**ONE_DAY, "status": "flown"}, GONE={**ONE_DAY, "status": "withdrawn"},
            CLASSED={**ONE_DAY, "landed_payload": None, "lander": "TUG"},
        ),
    )  # fmt: skip
    told = {c.id: (c.landed_kg, c.volume_m3, c.launches, c.first_d) for c in found.carriers}
    assert told == {
        "FIRST": (1000.0, math.inf, 1, 365.5), "SECOND": (1000.0, math.inf, 1, 730.5),
        "CLASSED": (500.0, 3.0, 1, 365.5), "TUG": (500.0, 3.0, 2, 35.5),
    }  # fmt: skip
    assert [c.id for c in to_ridge(by="2031").carriers] == ["FIRST"]


def test_what_is_not_declared_is_named(to_ridge):
    found = to_ridge(
        elements=elements(UNWEIGHED={"facility": "F4", "site": "RIDGE"}),
        missions=missions(SILENT={**ONE_DAY, "landed_payload": None}),
        landers={"TUG": {"landed_payload": "1 t"}},
    )
    assert found.missing == (
        Missing(of="SILENT", what="payload or date", so="they are not counted"),
        Missing(of="RELAY", what="site and landed payload", so="they are not counted"),
        Missing(
            of="TUG", what="available from, flights, or a last day, time between flights",
            so="it is not counted",
        ),
        Missing(of="UNWEIGHED", what="mass", so="left out, and nothing waits for it"),
        Missing(
            of="MAST, BATTERY, GRID, LAB", what="day on which it is ready",
            so="taken as ready for the mission that it is booked on, not before",
        ),
        Missing(
            of="MAST, BATTERY, GRID, LAB", what="volume", so="holds are judged without it"
        ),
        Missing(of="RIDGE", what="pads", so="no keep-out or plume rule is judged"),
    )  # fmt: skip


def test_pads_keep_away_from_what_stands(to_ridge):
    table = elements(
        MAST={**elements()["MAST"], "freight": {"east": "0 m", "north": "300 m"}},
        LAB={
            **elements()["LAB"], "freight": {"east": "0 m", "north": "0 m", "keep_out": "1 km"}
        },
    )  # fmt: skip
    found = to_ridge(
        elements=table,
        pads={
            "NEAR": {"site": "RIDGE", "east": "0 m", "north": "500 m", "clear": "250 m"},
            "FAR": {"site": "RIDGE", "east": "0 m", "north": "2 km", "landings": 1},
            "ELSEWHERE": {"site": "OTHER", "east": "0 m", "north": "0 m"},
        },
    )
    assert found.disturbed == {"NEAR": ("MAST", "LAB"), "FAR": ()}
    assert found.pad_landings == {"FAR": 1}
    assert {c.pads for c in found.carriers} == {("NEAR", "FAR")}


def test_where_no_pad_is_left_no_campaign_is(to_ridge):
    table = {
        "LAB": {
            "facility": "F4", "site": "RIDGE", "mass": "900 kg", "arrives_on": "FIRST",
            "freight": {"east": "0 m", "north": "0 m", "keep_out": "1 km"},
        },
        "NEXT": {
            "facility": "F4", "site": "RIDGE", "mass": "900 kg", "freight": {"after": ["LAB"]}
        },
    }  # fmt: skip
    pad = {"NEAR": {"site": "RIDGE", "east": "0 m", "north": "500 m"}}
    found = to_ridge(elements=table, pads=pad)
    with pytest.raises(IlrsError) as caught:
        plan_campaign(found.cargo, found.carriers, disturbed=found.disturbed)
    assert str(caught.value) == (
        "no campaign lands 2 pieces of 1800 kg in all; 2 launches land 2000 kg at most. Declare"
        " more launches, let cargo be ready earlier, or take a need or a keep-out away."
    )
    # without the need the other piece lands first, and the pad is free for both
    assert rules_in_the_way(found.cargo, found.carriers, disturbed=found.disturbed) == [
        "what stands too near pads: NEAR (LAB)", "what has to land before something else",
    ]  # fmt: skip


def test_the_declared_manifests_are_judged(to_ridge):
    found = to_ridge()
    assert campaign_faults(found.booked, found.cargo, found.carriers) == [
        "LAB lands on day 365.5 without GRID"
    ]


def test_first_power_is_the_first_user_with_its_source(to_ridge):
    found = to_ridge()
    plan = plan_campaign(found.with_first_power(), found.carriers, aim="day", goal=[FIRST_POWER])
    assert plan.reached == plan.bound == 730.5
    alone = to_ridge(elements={"MAST": elements()["MAST"]})
    with pytest.raises(IlrsError) as caught:
        alone.with_first_power()
    assert str(caught.value) == (
        "first power at RIDGE; power is first there when a source has landed with what draws from"
        " it. Declare a power joint between the two, or aim for the fewest launches."
    )


def test_a_stock_is_landed_before_the_station_begins(declare):
    programme = declare(
        elements=elements(), missions=missions(), contributions={},
        supplies={"FOOD": {"kind": "crew_provisions", "per_person": "2 kg/d", "stock": "300 kg"}},
    )  # fmt: skip
    found = flights(programme, site="RIDGE", at=AT, begin="2031-06-01")
    food = found.cargo[-1]
    assert (food.id, food.mass_kg, food.by_d, food.supply) == (
        "FOOD", 300.0, 516.0, "crew_provisions",
    )  # fmt: skip
    plan = plan_campaign(found.cargo, found.carriers)
    assert next(n.day_d for n in plan.landings if "FOOD" in n.cargo) == 365.5


def test_an_unknown_site_is_said(declare):
    with pytest.raises(IlrsError) as caught:
        flights(declare(), site="RIGE", at=AT)
    assert str(caught.value) == "there is no site 'RIGE'; there are RIDGE. Did you mean 'RIDGE'?"
