"""A small programme of two partners and a third that brings nothing yet."""

from collections.abc import Callable
from typing import Any

import pytest

from ilrs.programme.entities import Programme


def with_ids(entities: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {key: {"id": key, **fields} for key, fields in entities.items()}


def partners() -> dict[str, Any]:
    kinds = {"CN": "state", "RU": "state", "APSCO": "intergovernmental"}
    return with_ids({key: {"kind": kind, "status": "signatory"} for key, kind in kinds.items()})


def contributions() -> dict[str, Any]:
    return with_ids(
        {
            "RU-POWER": {
                "partner": "RU", "stage": "implementation", "level": "system", "form": "material",
                "status": "agreed", "gives": ["REACTOR", "CABLE"], "area": "energy",
            },
            "CN-ROVER": {
                "partner": "CN", "stage": "implementation", "level": "system", "form": "material",
                "status": "committed", "gives": ["ROVER", "CE-7"],
            },
            "CN-TRACKING": {
                "partner": "CN", "stage": "operation", "level": "equipment",
                "form": "non-material", "status": "offered", "terms": "free of charge",
                "service": {"kind": "ground station", "amount": "200 h/y"},
            },
            "RU-STUDY": {
                "partner": "RU", "stage": "planning", "level": "mission", "form": "non-material",
                "status": "withdrawn", "service": {"kind": "study"},
            },
        }
    )  # fmt: skip


def elements() -> dict[str, Any]:
    return with_ids(
        {
            "REACTOR": {
                "facility": "F2", "owner": "RU", "site": "RIDGE", "mass": "5 t",
                "arrives_on": "LES-3",
            },
            "CABLE": {"facility": "F2", "owner": "RU", "site": "RIDGE", "arrives_on": "LES-3"},
            "ROVER": {
                "facility": "F3", "owner": "CN", "site": "RIDGE", "mass": "200 kg",
                "registry_state": "CN",
            },
            "HUB": {"facility": "F1", "owner": "CN", "mass": "800 kg"},
            "PROBE": {
                "facility": "F4", "owner": "RU", "site": "RIDGE", "mass": "30 kg",
                "arrives_on": "LUNA-25",
            },
        }
    )  # fmt: skip


def missions() -> dict[str, Any]:
    """Luna-26 in 2028 for 1 + 2 years, Chang'e-7 slipped to 2027 with lives of 8 years."""
    return with_ids(
        {
            "LUNA-26": {
                "owner": "RU", "status": "planned", "life": "3 y", "launcher": "SOYUZ-2.1B",
                "launches": [{"date": "2027", "as_of": "2024-06"}, {"date": "2028"}],
                "orbit": {
                    "periapsis_altitude": "60 km", "apoapsis_altitude": "80 km",
                    "inclination": "90 deg",
                },
                "kind": "polar orbiter and relay",
            },
            "CE-7": {
                "owner": "CN", "status": "slipped", "life": "8 y", "carries": ["ROVER"],
                "launches": [{"date": "2026-08-24"}, {"date": "2027", "what": "typhoon"}],
                "site": "RIDGE", "landed_payload": "250 kg",
            },
            "LES-3": {
                "owner": "RU", "status": "planned", "launches": [{"date": "2035"}],
                "launcher": "ANGARA-A5",
            },
            "CE-6": {
                "owner": "CN", "status": "flown", "end": "2024-06-25",
                "launches": [{"date": "2024-05-03"}],
            },
            "LUNA-25": {
                "owner": "RU", "status": "failed", "launches": [{"date": "2023-08-11"}],
                "life": "1 y", "landed_payload": "30 kg",
            },
            "CE-8": {
                "owner": "CN", "status": "reworked",
                "launches": [{"date": "2028"}, {"what": "cancelled or reworked"}],
            },
        }
    )  # fmt: skip


@pytest.fixture
def declare() -> Callable[..., Programme]:
    """Makes the programme, with whole tables exchanged where a test names them."""

    def make(**changed: Any) -> Programme:
        tables: dict[str, Any] = {
            "name": "two partners",
            "partners": partners(),
            "contributions": contributions(),
            "elements": elements(),
            "missions": missions(),
            "launchers": with_ids(
                {
                    "SOYUZ-2.1B": {"status": "operational", "tli": "2.1 t"},
                    "ANGARA-A5": {"status": "operational", "tli": "4.9 t", "llo": "3 t"},
                }
            ),
            "sites": with_ids(
                {"RIDGE": {"kind": "nominal", "latitude": "-89.45 deg", "longitude": "222.7 deg"}}
            ),
            "facilities": with_ids(
                {"F2": {"name": "long-term support", "functions": ["energy", "command"]}}
            ),
        }
        entities = {k: with_ids(v) if isinstance(v, dict) else v for k, v in changed.items()}
        return Programme.model_validate(tables | entities)

    return make


@pytest.fixture
def programme(declare: Callable[..., Programme]) -> Programme:
    return declare()
