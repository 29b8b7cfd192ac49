"""The rules on cabins and visits, each broken in an otherwise sound programme."""

import pytest

from tests.programme.folders import SOUND, Write, messages_of_check

CABIN = """\
elements:
  HAB:
    facility: F2
    site: RIDGE
    arrives_on: M1
    mass: 100 kg
    life_support:
      volume: 90 m3
      processors: [{kind: sabatier, rate: 3 kg/d, power: 100 W}]
"""
VISIT = """\
scenarios:
  crew:
    site: RIDGE
    start: 2036-01-01
    end: 2036-02-01
    crew_visits:
      - {start: 2036-01-10, end: 2036-01-20, people: 3}
"""
MORE, OWN = "partners/CN/more.yaml", "own.yaml"


def found(write: Write, *, cabin: str = CABIN, visit: str = VISIT) -> list[str]:
    return messages_of_check(write({**SOUND, MORE: cabin, OWN: visit}))


def test_a_cabin_and_a_visit_to_it_are_sound(write: Write) -> None:
    assert found(write) == []


def test_a_visit_without_a_cabin_is_a_warning(write: Write) -> None:
    assert messages_of_check(write({**SOUND, OWN: VISIT})) == [
        "warning own.yaml:7: scenarios.crew.crew_visits[0]: 3 people at RIDGE, where no element has"
        " life support; people who live in what brought them are not followed. Add `life_support:`"
        " to an element there."
    ]


@pytest.mark.parametrize(
    ("old", "new", "message"),
    [
        ("volume: 90 m3", "volume: 0 m3", "8: elements.HAB.life_support.volume: found 0 m3; it is"
         " more than 0. Correct it."),
        ("rate: 3 kg/d", "rate: 0 kg/d", "9: elements.HAB.life_support.processors[0].rate: sabatier"
         " with a rate of 0; a machine's is more than 0. Correct it, or remove the machine."),
        ("rate: 3 kg/d", "rate: 3 kg/d, efficiency: 0",
         "9: elements.HAB.life_support.processors[0].efficiency: sabatier with an efficiency of 0;"
         " a machine's is more than 0. Correct it, or remove the machine."),
        ("volume: 90 m3", "volume: 90 m3\n      co2_emergency: 0.5 kPa",
         "9: elements.HAB.life_support.co2_emergency: found 500 Pa; the limit for a day is not"
         " below that for weeks (707 Pa). Exchange or correct the two."),
        ("volume: 90 m3", "volume: 90 m3\n      pressure: 50 kPa",
         "7: elements.HAB.life_support.oxygen_fraction: oxygen at 10.5 kPa, by pressure and"
         " fraction; oxygen_lowest is 16 kPa. Raise the pressure or the fraction of oxygen, or"
         " lower the limit."),
        ("volume: 90 m3", "volume: 90 m3\n      leakage: -1 %/d",
         "9: elements.HAB.life_support.leakage: found -3.6525; 'leakage' is a finite number, not"
         " below 0. Correct it."),
    ],
)  # fmt: skip
def test_a_cabin_that_cannot_be_is_named(write: Write, old: str, new: str, message: str) -> None:
    assert found(write, cabin=CABIN.replace(old, new)) == [f"error {MORE}:{message}"]


@pytest.mark.parametrize(
    ("new", "message"),
    [
        ("people: 3, brings: {watter: 5 kg}", "brings.watter: a visit that brings 'watter'; it can"
         " bring oxygen, nitrogen, water, food. Did you mean 'water'?"),
        ("people: 1, sorties: 2", "sortie_people: 2 people on a sortie; the visit has 1."
         " Send fewer out."),
    ],
)  # fmt: skip
def test_a_visit_that_cannot_be_is_named(write: Write, new: str, message: str) -> None:
    assert found(write, visit=VISIT.replace("people: 3", new)) == [
        f"error {OWN}:7: scenarios.crew.crew_visits[0].{message}"
    ]
