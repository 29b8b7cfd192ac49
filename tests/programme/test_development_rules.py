"""Developments and interface documents that cannot be, each named with its mend."""

import pytest

from ilrs.programme.development_rules import (
    developments_of_nothing,
    documents_that_join_nothing,
    maturity_that_falls,
)
from ilrs.programme.entities import Programme

RULES = (developments_of_nothing, documents_that_join_nothing, maturity_that_falls)
JOINT = {"kind": "power", "role": "needs", "with": "GRID", "voltage": "120 V"}
TABLES = {
    "elements": {
        "LAB": {"facility": "F4", "owner": "CN", "interfaces": [JOINT]},
        "GRID": {"facility": "F2", "owner": "RU"},
        "MAST": {"facility": "F2", "owner": "RU"},
    },
    "gates": {"PDR": {"least_trl": 5}, "CDR": {"least_trl": 6}},
}


def messages(**tables) -> list[str]:
    declared = {
        kind: {key: {"id": key, **fields} for key, fields in table.items()}
        for kind, table in (TABLES | tables).items()
    }
    programme = Programme.model_validate({"name": "T", **declared})
    return [
        f"{f.entity}: {f.found}; {f.possible}. {f.mend}" for rule in RULES for f in rule(programme)
    ]


def test_what_fits_is_sound():
    assert messages(
        developments={
            "LAB": {
                "owner": "CN", "trl": [{"level": 4, "date": "2025"}, {"level": 5, "date": "2026"}],
                "reviews": [{"gate": "PDR", "outcome": "passed", "date": "2026-05"}],
                "deliveries": [
                    {"date": "2028", "as_of": "2025"}, {"date": "2029", "as_of": "2026"}
                ],
            },
        },
        interface_documents={
            "LAB-GRID": {"between": ["LAB", "GRID"], "signed": {"CN": "2026", "RU": "2026"}}
        },
    ) == []  # fmt: skip


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        (
            {"developments": {"LAP": {}}},
            "developments.LAP: LAP is no element and no mission; a development stands under the id"
            " of what is developed. Did you mean 'LAB'?",
        ),
        (
            {"developments": {"LAB": {"owner": "RU"}}},
            "developments.LAB: RU tells of LAB, which CN owns; who owns a thing tells how far it"
            " is. Move it to partners/CN.",
        ),
        (
            {
                "developments": {
                    "LAB": {"reviews": [{"gate": "PDQ", "outcome": "passed", "date": "2026"}]}
                }
            },
            "developments.LAB.reviews[0].gate: found 'PDQ', which is no gate; the gates are PDR,"
            " CDR. Did you mean 'PDR'?",
        ),
        (
            {"interface_documents": {"ICD": {"between": ["LAB"]}}},
            "interface_documents.ICD.between: 1 elements; an interface document is of two elements"
            " that join. Name the two.",
        ),
        (
            {"interface_documents": {"ICD": {"between": ["LAB", "MAST"]}}},
            "interface_documents.ICD.between: LAB and MAST share no joint; an interface document is"
            " of two elements that join. Declare the joint in `interfaces`, or correct the ids.",
        ),
        (
            {
                "interface_documents": {
                    "ICD": {"between": ["LAB", "GRID"], "signed": {"PK": "2026"}}
                }
            },
            "interface_documents.ICD.signed: signed by PK, which owns neither; CN and RU sign it."
            " Take the signature out, or correct the partner.",
        ),
        (
            {"developments": {"LAB": {"trl": [{"level": 5}, {"level": 4}]}}},
            "developments.LAB.trl[1]: level 4 after level 5; a level falls when the design, or what"
            " it is for, has changed. Say why in its `note`, or correct it.",
        ),
        (
            {
                "developments": {
                    "LAB": {"trl": [{"level": 5, "date": "2026"}, {"level": 6, "date": "2025"}]}
                }
            },
            "developments.LAB.trl[1]: level 6 of 2025 after one of 2026; levels stand oldest"
            " statement first, and the last one holds. Bring them into that order.",
        ),
        (
            {
                "developments": {
                    "LAB": {
                        "deliveries": [
                            {"date": "2028", "as_of": "2026"}, {"date": "2027", "as_of": "2025"}
                        ]
                    }
                }
            },
            "developments.LAB.deliveries[1]: a statement of 2025 after one of 2026; dates of"
            " delivery stand oldest statement first, and the last one holds. Bring them into that"
            " order.",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_is_named(tables, message):
    assert messages(**tables) == [message]
