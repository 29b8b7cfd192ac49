"""A sound programme to spoil in tests, and the findings of loads and checks as people read them."""

from collections.abc import Callable
from pathlib import Path

import pytest

from ilrs.foundation.errors import ProgrammeError
from ilrs.programme.check import check
from ilrs.programme.load import load

Write = Callable[..., Path]

#: A programme in which every reference holds and every rule is met.
SOUND = {
    "programme.yaml": """\
        name: Test station
        sites:
          RIDGE: {kind: candidate, latitude: -89.4 deg, longitude: 222 deg, terrain: [ridge.tif]}
        launchers:
          ROCKET: {status: plan, tli: 20 t, available_from: 2030}
        science_fields:
          S1: {name: structure}
        scenarios:
          year: {site: RIDGE, start: 2036-01-01, end: 2037-01-01}
        """,
    "partners/CN/all.yaml": """\
        partner: {kind: state, status: founder}
        missions:
          M1:
            status: planned
            launcher: ROCKET
            launches: [{date: 2034}]
            launch_mass: 18 t
            landed_payload: 2 t
        elements:
          GRID:
            facility: F2
            site: RIDGE
            arrives_on: M1
            mass: 1 t
            interfaces:
              - {kind: power, role: offers, with: LAB, voltage: 120 V, power: 2 kW}
          LAB:
            facility: F4
            site: RIDGE
            arrives_on: M1
            mass: 500 kg
            interfaces:
              - {kind: power, role: needs, with: GRID, voltage: 120 V, power: 1 kW}
        """,
}


def messages_of_load(*folders: Path | str) -> list[str]:
    """The findings with which a load is refused, as people read them."""
    with pytest.raises(ProgrammeError) as caught:
        load(folders)
    return [str(finding) for finding in caught.value.findings]


def messages_of_check(*folders: Path | str) -> list[str]:
    """The findings of a check, as people read them, with their severity."""
    return [f"{finding.severity} {finding}" for finding in check(load(folders))]
