"""Mass against survival: closed forms of reliability, the same lives, and what is written."""

import csv
import io
from dataclasses import replace
from math import exp, sqrt

import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element
from ilrs.programme.load import load
from ilrs.study.sizing import sizing_case
from ilrs.study.survival_trade import (
    print_survival_trade,
    survival_trade,
    trade_record,
    write_survival_trade,
)

LIVES = 600


class Sized:
    """As much of a sized station as the curve reads."""

    def __init__(self, case, elements: list[Element], mass_kg: float) -> None:
        self.case, self.elements, self.mass_kg = case, elements, mass_kg


def element(key: str, **fields) -> Element:
    return Element.model_validate(
        {"id": key, "facility": "F2", "site": "CONNECTING-RIDGE", **fields}
    )


@pytest.fixture(scope="module")
def sized(tmp_path_factory) -> Sized:
    """A box that freezes within hours without power, and a unit that fails once a year."""
    folder = tmp_path_factory.mktemp("week")
    text = (
        "name: Week\nscenarios:\n  week: {site: CONNECTING-RIDGE, start: 2036-09-01,"
        " end: 2036-09-08, step: 1 h, seed: 1}\n"
    )
    (folder / "programme.yaml").write_text(text, encoding="utf-8")
    case = sizing_case(load(["reference", folder]).programme, scenario="week")
    box = {
        "heat_capacity": "5 kJ/K", "heat_loss": "1 W/K", "heater_power": "300 W",
        "survival_minimum": "233 K", "operating_minimum": "234 K",
        "operating_maximum": "390 K", "survival_maximum": "400 K",
    }  # fmt: skip
    unit = element(
        "UNIT", mass="10 kg", generator={"kind": "fission", "power": "500 W"},
        faults=[{"name": "stops", "rate": "100 %/y"}],
    )  # fmt: skip
    return Sized(case, [element("BOX", essential=True, thermal=box), unit], 10.0)


@pytest.fixture(scope="module")
def points(sized):
    return survival_trade(sized, additions=2, lives=LIVES, years=1, workers=1)


def test_units_side_by_side_live_as_reliability_theory_says(points):
    """1 - (1 - exp(-r t))^n of n alike, each enough alone: Rausand and Hoyland, System Reliability
    Theory, section 4.2 (parallel structure). Three standard errors of so many lives; the hours that
    the box takes to freeze are a thousandth of the year.
    """
    assert [p.added for p in points] == ["", "UNIT", "UNIT"]
    assert [p.mass_kg for p in points] == [10.0, 20.0, 30.0]
    for n, point in enumerate(points, 1):
        true = 1.0 - (1.0 - exp(-1.0)) ** n
        error = sqrt(true * (1.0 - true) / LIVES)
        assert point.chance.value == pytest.approx(true, abs=3.0 * error + 1e-3)


def test_a_gain_is_that_of_the_same_lives(points):
    assert points[0].gain is None
    for former, point in zip(points, points[1:], strict=False):
        gain = point.gain
        assert gain.value == pytest.approx(point.chance.value - former.chance.value, abs=1e-12)
        assert gain.low < gain.value < gain.high
        # Nobody dies of a unit more, so the interval is narrower than that of two samples.
        half = 0.5 * (gain.high - gain.low)
        apart = sum(c.high - c.low for c in (former.chance, point.chance)) / 2.0
        assert half < apart


def test_a_curve_ends_where_nothing_buys_survival(sized):
    failing = element("BOX", essential=True, faults=[{"name": "breaks", "rate": "100 %/y"}])
    alone = Sized(sized.case, [failing, sized.elements[1]], 10.0)
    found = survival_trade(alone, additions=2, lives=64, years=1, workers=1)
    assert [p.added for p in found] == [""]


def test_nothing_to_add_is_refused(sized):
    box = Sized(sized.case, sized.elements[:1], 0.0)
    with pytest.raises(IlrsError) as caught:
        survival_trade(box, additions=1, lives=8, years=1, workers=1)
    assert str(caught.value) == (
        "nothing at CONNECTING-RIDGE makes or stores power and has a mass; mass against survival"
        " adds units of arrays, generators and stores. Declare the mass of one of them."
    )


def test_the_curve_is_printed_and_written(points, tmp_path):
    first = replace(points[0], chance=replace(points[0].chance, value=0.5, low=0.4, high=0.6))
    told = io.StringIO()
    print_survival_trade([first], told, years=10)
    row = [line.split() for line in told.getvalue().splitlines() if "as sized" in line]
    assert row == [["as", "sized", "10", "kg", "50.0", "%", "40.0", "to", "60.0", "%"]]
    written = write_survival_trade(points, tmp_path, title="Survival by mass", foot="600 lives")
    assert [path.name for path in written] == ["survival.csv", "survival.svg"]
    rows = list(csv.DictReader(io.StringIO(written[0].read_text(encoding="utf-8"))))
    assert [float(row["mass_kg"]) for row in rows] == [10.0, 20.0, 30.0]
    assert float(rows[1]["alive_fraction"]) == pytest.approx(points[1].chance.value, abs=5e-5)
    assert rows[0]["gain"] == ""
    assert "Survival by mass" in written[1].read_text(encoding="utf-8")
    assert trade_record(points)[1]["added"] == "UNIT"
