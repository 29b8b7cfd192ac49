"""Gates: passed by a review, compared with what is declared, and who owes what is lacking."""

import json

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.cooperation.readiness import Lack, joints_between_partners, readiness
from ilrs.foundation.errors import IlrsError
from ilrs.programme.load import load

AT = "2026-11-26"
GATES = {
    "SRR": {"least_trl": 4, "verification": "planned"},
    "CDR": {"least_trl": 6, "models": ["EM", "QM"], "documents": "signed"},
    "AR": {"least_trl": 8, "models": ["FM"], "verification": "passed", "documents": "signed"},
}
JOINT = {"kind": "power", "role": "needs", "with": "GRID", "voltage": "120 V", "power": "1 kW"}
ELEMENTS = {
    "LAB": {"facility": "F4", "owner": "CN", "site": "RIDGE", "arrives_on": "LES-3",
            "interfaces": [JOINT]},
    "GRID": {"facility": "F2", "owner": "RU", "site": "RIDGE"},
    "GONE": {"facility": "F2", "owner": "RU", "site": "RIDGE", "arrives_on": "CE-6"},
    "DISH": {"facility": "F5", "owner": "RU"},
}  # fmt: skip


@pytest.fixture
def rows(declare):
    def look(of=None, **tables):
        given = {"elements": ELEMENTS, "gates": GATES, "contributions": {}, **tables}
        return readiness(declare(**given), of=of, at=AT)

    return look


def test_what_is_developed_is_what_has_not_flown(rows):
    assert [(row.of, row.is_declared, row.launch) for row in rows()] == [
        ("LAB", False, "LES-3"), ("GRID", False, None)
    ]  # fmt: skip
    assert [row.of for row in rows(developments={"LUNA-26": {}})] == ["LAB", "GRID", "LUNA-26"]


def test_a_gate_is_passed_by_its_review_alone(rows):
    told = {
        "trl": [{"level": 4, "date": "2024"}, {"level": 7, "date": "2026-03"}],
        "verification": [{"requirement": "lives a night", "method": "test"}],
        "models": [{"kind": "EM", "status": "tested"}],
        "reviews": [
            {"gate": "SRR", "outcome": "failed", "date": "2025-01"},
            {"gate": "SRR", "outcome": "passed", "date": "2025-06"},
            {"gate": "CDR", "outcome": "failed", "date": "2026-06"},
        ],
    }
    [row] = rows(of="GRID", developments={"GRID": told})
    assert (row.trl, row.trl_date) == (7, "2026-03")
    assert (row.passed.gate, row.passed.passed, row.next.gate) == ("SRR", "2025-06", "CDR")
    assert row.next.lacks == (Lack(what="a document on its joint with LAB", owed_by=("CN", "RU")),)
    assert row.gates[-1].lacks == (
        Lack(what="readiness level 8, it has 7", owed_by=("RU",)),
        Lack(what="a tested FM", owed_by=("RU",)),
        Lack(what="lives a night by test (open)", owed_by=("RU",)),
        Lack(what="a document on its joint with LAB", owed_by=("CN", "RU")),
    )


def test_who_has_not_signed_owes_the_signature(rows):
    document = {"between": ["GRID", "LAB"], "signed": {"RU": "2026-01-01"}}
    [row] = rows(of="LAB", interface_documents={"ICD-1": document})
    cdr = row.gates[1].lacks
    assert cdr[-1] == Lack(what="signatures of ICD-1 with GRID", owed_by=("CN",))
    signed = {**document, "signed": {"RU": "2026-01-01", "CN": "2026-02-01"}}
    [row] = rows(of="LAB", interface_documents={"ICD-1": signed})
    assert not [lack for lack in row.gates[1].lacks if "ICD-1" in lack.what]


def test_every_requirement_of_an_element_wants_a_row_of_the_matrix(rows):
    asked = {"text": "It lives", "metric": "elements_lost", "of": "LAB", "limit": "== 0"}
    plan = {"verification": [{"requirement": "R1", "method": "analysis", "status": "passed"}]}
    [row] = rows(of="LAB", requirements={"R1": asked, "R2": asked}, developments={"LAB": plan})
    assert Lack(what="a way to verify R2", owed_by=("CN",)) in row.gates[0].lacks
    whole = {
        "verification": [
            *plan["verification"],
            {"requirement": "R2", "method": "review_of_design", "status": "failed"},
        ]
    }
    [row] = rows(of="LAB", requirements={"R1": asked, "R2": asked}, developments={"LAB": whole})
    assert [lack.what for lack in row.gates[0].lacks] == ["readiness level 4, none is declared"]
    assert "R2 by review of design (failed)" in [lack.what for lack in row.gates[2].lacks]


def test_a_delivery_slips_as_launches_have(rows):
    early = {"deliveries": [{"date": "2027-01-01", "as_of": "2026"}]}
    late = {"deliveries": [{"date": "2035-12-31", "as_of": "2026"}]}
    # one launch has slipped by three years in four: what is nine years off comes in 36
    missions = {
        "LES-3": {"owner": "RU", "status": "planned", "launches": [{"date": "2035"}]},
        "CE-6": {"owner": "CN", "status": "flown", "launches": [{"date": "2024-05-03"}]},
        "CE-7": {
            "owner": "CN", "status": "slipped",
            "launches": [{"date": "2024", "as_of": "2022"}, {"date": "2027", "as_of": "2026"}],
        },
    }  # fmt: skip
    [sure] = rows(of="LAB", developments={"LAB": early}, missions=missions)
    [unsure] = rows(of="LAB", developments={"LAB": late}, missions=missions)
    assert (sure.delivery_date, sure.launch_date) == ("2027-01-01", "2035")
    assert sure.on_time == 1.0
    assert unsure.on_time < 0.05
    [unknown] = rows(of="LAB", developments={"LAB": early})  # nobody has named a second date
    assert unknown.on_time is None


def test_joints_of_two_partners_are_named_once(declare):
    programme = declare(
        elements={
            **ELEMENTS,
            "GRID": {**ELEMENTS["GRID"], "interfaces": [
                {**JOINT, "role": "offers", "with": "LAB"}, {**JOINT, "with": "GONE"}]},
        },
        contributions={},
    )  # fmt: skip
    joints = joints_between_partners(programme)
    assert [(j.first, j.second, j.owners, j.is_signed) for j in joints] == [
        ("LAB", "GRID", ("CN", "RU"), False)
    ]


@pytest.mark.parametrize(
    ("tables", "of", "message"),
    [
        (
            {"gates": {}}, None,
            "readiness in a programme without gates; gates and what they ask for are data: the"
            " reference programme's are in gates.yaml. Declare `gates:`, or lay the programme over"
            " it with --over reference.",
        ),
        (
            {}, "GRIT",
            "there is no element or mission 'GRIT'; 10 are declared. Did you mean 'GRID'?",
        ),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_said(rows, tables, of, message):
    with pytest.raises(IlrsError) as caught:
        rows(of=of, **tables)
    assert str(caught.value) == message


def test_the_reference_says_that_little_is_declared():
    programme = load(["reference"]).programme
    assert list(programme.gates) == ["MDR", "PRR", "SRR", "PDR", "CDR", "QR", "AR", "FRR"]
    told = CliRunner().invoke(main, ["readiness", "--at", AT])
    assert told.exit_code == 0
    to_come = sum(e.facility != "F5" for e in programme.elements.values())
    joints = len(joints_between_partners(programme))
    # besides the elements there is Luna-26, of which a delivery is announced
    assert f"1 of {to_come + 1} declare a development." in told.stdout
    assert f"{joints} joints lie between elements of two partners; 0 have a document" in told.stdout
    one = CliRunner().invoke(main, ["readiness", "--at", AT, "--of", "PAK-ROVER", "--json"])
    record = json.loads(one.stdout)
    [row] = record["rows"]
    assert (row["is_declared"], row["passed"], row["next"]) == (False, None, "MDR")
    assert len(record["joints_between_partners"]) == joints > 10
    table = CliRunner().invoke(main, ["readiness", "--at", AT, "--of", "PAK-ROVER"])
    assert "readiness level 2, none is declared (PK)" in table.stdout
