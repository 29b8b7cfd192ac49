"""Supplies over years: sums by hand, a plain loop over the days, and the first day without."""

import numpy as np
import pytest

from ilrs.cooperation.flights import Missing, flights
from ilrs.cooperation.reserves import Delivery, deliveries, outlook
from ilrs.cooperation.supplies import lines_of_supply, replacements
from ilrs.programme.logistics import SUPPLY_CLASSES

START = "2036-01-01"


def scenario(**more):
    return {"site": "RIDGE", "start": START, "end": "2037-01-01", **more}


def visit(**more):
    return {"start": "2036-03-01", "end": "2036-03-31", "people": 3, **more}


@pytest.fixture
def years(declare):
    """An outlook of a programme with these supplies, elements and visits, by these launches."""

    def look(supplies, launches=(), *, years=2, visits=(), elements=None):
        programme = declare(
            supplies=supplies, elements=elements or {}, contributions={},
            scenarios={"year": scenario(crew_visits=list(visits))},
        )  # fmt: skip
        rows = [
            Delivery(launch=f"L{k}", day_d=day_d, landed_kg=free_kg, free_kg=free_kg)
            for k, (day_d, free_kg) in enumerate(launches)
        ]
        return outlook(programme, programme.scenarios["year"], rows, years=years)

    return look


def test_there_are_the_ten_classes_of_supply():
    assert len(SUPPLY_CLASSES) == 10


def test_people_times_days_and_what_they_bring_themselves(years):
    food = {"FOOD": {"kind": "crew_provisions", "per_person": "2 kg/d", "per_visit": "10 kg"}}
    alone = years(food, visits=[visit()])
    # 30 days of three people at 2 kg, and 10 kg for the visit: 190 kg in each of two years
    assert [row.used_kg for row in alone.rows] == [{"crew_provisions": 190.0}] * 2
    brought = years(food, visits=[visit(brings={"food": "38 kg"})])
    assert [row.used_kg["crew_provisions"] for row in brought.rows] == pytest.approx([152.0] * 2)


def test_spares_follow_the_rates_of_faults(declare):
    fault = {
        "name": "pump fails", "rate": "20 %/y",
        "wear_out": {"shape": 2.0, "life": "10 y"}, "repair": {"by": "spare", "time": "1 d"},
    }  # fmt: skip
    programme = declare(
        elements={
            "PUMP": {"facility": "F2", "site": "RIDGE", "arrives_on": "LES-3", "faults": [fault],
                     "spares": 2, "freight": {"spare_mass": "5 kg"}},
            "VALVE": {"facility": "F2", "site": "RIDGE", "faults": [fault], "spares": 1},
            "TANK": {"facility": "F2", "site": "RIDGE",
                     "faults": [{"name": "leaks", "rate": "1 %/y"}]},
        },
        contributions={}, scenarios={"year": scenario()},
    )  # fmt: skip
    lines, missing = lines_of_supply(programme, programme.scenarios["year"], days=3653)
    assert [(line.id, line.kind, line.stock_kg) for line in lines] == [
        ("spares of PUMP", "maintenance_and_upkeep", 10.0)
    ]
    # landed in the middle of 2035: half a year old at the begin, ten and a half at the end
    age, end = 182.5 / 365.25, (182.5 + 3653) / 365.25
    expected = 0.2 * (end - age) + (end / 10.0) ** 2 - (age / 10.0) ** 2
    assert lines[0].daily_kg.sum() == pytest.approx(5.0 * expected, rel=1e-9)
    assert missing == [
        Missing(of="VALVE", what="mass of a spare", so="their spares are not weighed")
    ]


def test_a_steady_use_runs_out_on_the_day_that_its_mass_says(years):
    found = years({"GAS": {"kind": "propellants_and_fuels", "steady": "1 kg/d", "stock": "100 kg"}})
    assert (found.shortage.day_d, found.shortage.line) == (100.0, "GAS")
    assert found.shortage.lacks_kg == {"GAS": 630.0}  # 730 days
    assert found.least_reserve_d == 0.0


def test_the_reserve_at_a_launch_is_what_is_left_if_it_is_lost(years):
    found = years(
        {"GAS": {"kind": "propellants_and_fuels", "steady": "1 kg/d", "stock": "400 kg"}},
        [(200.0, 300.0), (500.0, 300.0)],
    )
    assert [(r.launch, r.left_d, r.until_next_d, r.is_enough) for r in found.reserves] == [
        ("L0", 200.0, 300.0, False), ("L1", 200.0, 230.0, False),
    ]  # fmt: skip
    assert found.shortage is None
    assert found.least_reserve_d == 200.0
    assert found.given_kg == {"L0": {"GAS": 300.0}, "L1": {"GAS": pytest.approx(30.0)}}


def test_what_spoils_is_not_landed_too_early(years):
    use = {"kind": "crew_provisions", "steady": "1 kg/d"}
    found = years({"FOOD": {**use, "keeps": "365 d"}}, [(-100.0, 5000.0)])
    # what lands 100 days before the begin keeps for 265 days after it
    assert found.given_kg == {"L0": {"FOOD": pytest.approx(265.0)}}
    assert found.shortage.day_d == 265.0


def by_plain_loop(lines, launches, days):
    """The first day without, by giving each launch's mass kilogram by kilogram to the shortest."""
    used = [np.concatenate([[0.0], np.cumsum(line.daily_kg)]) for line in lines]
    have = [line.stock_kg for line in lines]

    def out(k):
        lacks = np.flatnonzero(used[k][1:] > have[k] + 1e-6)
        return lacks[0] if len(lacks) else days

    for launch in launches:
        for _ in range(int(launch.free_kg)):
            k = min(range(len(lines)), key=out)
            if out(k) < days:
                have[k] += 1.0
    return min(out(k) for k in range(len(lines)))


@pytest.mark.parametrize("seed", range(4))
def test_shares_last_as_long_as_those_of_a_plain_loop(years, declare, seed):
    rng = np.random.default_rng(seed)
    supplies = {
        f"S{k}": {
            "kind": "crew_operations", "steady": f"{rng.uniform(0.1, 1.0):.2f} kg/d",
            "per_person": f"{rng.uniform(0.1, 1.0):.2f} kg/d", "stock": f"{rng.integers(50)} kg",
        }
        for k in range(3)
    }  # fmt: skip
    launches = [(-30.0, float(rng.integers(100, 300))), (-10.0, float(rng.integers(100, 300)))]
    found = years(supplies, launches, visits=[visit()])
    lasts = found.shortage.day_d if found.shortage else 730.0
    # whole kilograms last up to a day less
    assert by_plain_loop(found.lines, found.deliveries, 730) == pytest.approx(lasts, abs=2.0)
    for launch in found.deliveries:
        assert sum(found.given_kg[launch.launch].values()) <= launch.free_kg + 1e-6


def test_lives_that_end_are_listed_with_their_mass(declare):
    programme = declare(
        elements={
            "LAB": {"facility": "F4", "site": "RIDGE", "arrives_on": "LES-3", "mass": "90 kg",
                    "life": "4 y"},
            "MAST": {"facility": "F2", "site": "RIDGE", "arrives_on": "LES-3", "life": "20 y"},
        },
        contributions={}, scenarios={"year": scenario()},
    )  # fmt: skip
    rows = replacements(programme, programme.scenarios["year"], days=3653)
    # landed 182.5 days before the begin, in the middle of 2035
    assert [(r.element, r.kind, r.mass_kg, round(r.day_d)) for r in rows] == [
        ("LAB", "exploration_and_research", 90.0, 1278),
        ("LAB", "exploration_and_research", 90.0, 2740),
    ]


def test_what_is_free_on_launches_is_what_their_cargo_leaves(declare):
    programme = declare(
        missions={
            "LANDER": {"owner": "CN", "status": "planned", "arrival": "2035-01-01",
                       "site": "RIDGE", "landed_payload": "1 t"},
        },
        landers={"TUG": {"landed_payload": "200 kg", "available_from": "2036-01-01",
                         "every": "100 d", "flights": 2}},
        elements={"MAST": {"facility": "F2", "site": "RIDGE", "mass": "300 kg",
                           "arrives_on": "LANDER"}},
        contributions={}, scenarios={"year": scenario()},
    )  # fmt: skip
    found = flights(programme, site="RIDGE", at="2030-01-01")
    begin = np.datetime64("2036-01-01", "ns")
    rows = deliveries(found, found.booked, begin=begin)
    assert [(d.launch, d.day_d, d.landed_kg, d.free_kg) for d in rows] == [
        ("LANDER", -364.5, 1000.0, 700.0), ("TUG 1", 0.5, 200.0, 200.0),
        ("TUG 2", 100.5, 200.0, 200.0),
    ]  # fmt: skip


def test_nothing_declared_is_nothing_judged(years):
    found = years({}, [(10.0, 500.0)], visits=[visit()])
    assert found.least_reserve_d is None
    assert found.missing == (
        Missing(of="year", what="crew provisions", so="what its people eat is not counted"),
    )
