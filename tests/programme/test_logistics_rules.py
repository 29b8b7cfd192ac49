"""Freight, landers and supplies that cannot be, each named with its mend."""

import pytest

from ilrs.programme.entities import Programme
from ilrs.programme.logistics_rules import (
    freight_that_cannot_be,
    landers_that_cannot_be,
    supplies_that_nobody_uses,
)

RULES = (freight_that_cannot_be, landers_that_cannot_be, supplies_that_nobody_uses)


def messages(**tables) -> list[str]:
    declared = {
        kind: {key: {"id": key, **fields} for key, fields in table.items()}
        for kind, table in tables.items()
    }
    programme = Programme.model_validate({"name": "T", **declared})
    return [
        f"{f.entity}: {f.found}; {f.possible}. {f.mend}" for rule in RULES for f in rule(programme)
    ]


def freight(**fields):
    return {"facility": "F2", "freight": fields}


def test_what_fits_is_sound():
    assert messages(
        elements={
            "A": freight(volume="2 m3", after=["B"], east="10 m", north="0 m", keep_out="50 m"),
            "B": freight(spare_mass="3 kg"),
        },
        launchers={"ROCKET": {"status": "plan", "tli": "8 t"}},
        landers={
            "LANDER": {"launcher": "ROCKET", "landed_payload": "1 t", "every": "1 y", "flights": 3}
        },
        supplies={"FOOD": {"kind": "crew_provisions", "per_person": "2 kg/d"}},
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"elements": {"A": freight(after=["B"]), "B": freight(after=["A"])}},
            "elements.A.freight.after: a cycle: A after B after A; what something lands after has"
            " landed before it, or with it. Take one of these out of an `after`.",
        ),
        (
            {"elements": {"A": freight(after=["DISH"]), "DISH": {"facility": "F5"}}},
            "elements.A.freight.after[0]: it lands after DISH; DISH belongs to F5, the ground"
            " facility, and never lands. Take it out.",
        ),
        (
            {"elements": {"A": freight(north="5 m")}},
            "elements.A.freight: north without east; a place is so far east and so far north of the"
            " site's point. Add `east`.",
        ),
        (
            {"elements": {"A": freight(keep_out="1 km")}},
            "elements.A.freight.keep_out: no landing nearer than 1 km to an unknown place; a"
            " distance is kept from where something stands. Add `east` and `north`, or leave out"
            " `keep_out`.",
        ),
        (
            {
                "launchers": {"ROCKET": {"status": "plan", "tli": "8 t"}},
                "landers": {"L": {"launcher": "ROCKET", "landed_payload": "9 t"}},
            },
            "landers.L.landed_payload: it lands 9 t; ROCKET sends 8 t to the Moon, lander included."
            " Correct the payload, or name another launcher.",
        ),
        (
            {"landers": {"L": {"flights": 2}}},
            "landers.L.every: 2 flights and no time between them; a lander flies again after"
            " `every`. Add `every: 1 y`, or declare one flight.",
        ),
        (
            {"supplies": {"FOOD": {"kind": "crew_provisions", "stock": "5 kg"}}},
            "supplies.FOOD: nothing of it is used; supplies are used by each person (`per_person`),"
            " a visit (`per_visit`) or steadily (`steady`). Add what is used, or remove it.",
        ),
    ],
)
def test_what_cannot_be_is_named(tables, message):
    assert messages(**tables) == [message]
