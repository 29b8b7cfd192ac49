"""What is open in the little programme of two partners, and in the reference."""

import pytest

from ilrs.cooperation.opportunities import KINDS, opportunities
from ilrs.programme.load import load
from tests.cooperation.conftest import with_ids


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


def found(rows, kind):
    return [(row.about, row.most_kg) for row in rows if row.kind == kind]


# Guests of 15 kg and 10 kg on Chang'e-7 (SCMP-THA) and 200 kg on Chang'e-8 (CNSA-CE8-ZH).
def test_guests_are_welcome_where_the_facts_say_so(reference):
    guests = found(opportunities(reference), "guest")
    assert ("CE-7", 15.0) in guests
    assert ("CE-7", 10.0) in guests
    assert any(about == "CE-8" and kg is not None and kg <= 200.0 for about, kg in guests)


def test_the_list_is_filtered_by_what_a_newcomer_can_do(reference):
    rows = opportunities(reference)
    heavy = opportunities(reference, mass_kg=12.0)
    assert ("CE-7", 10.0) not in found(heavy, "guest")
    assert ("CE-7", 15.0) in found(heavy, "guest")
    operation = opportunities(reference, stage="operation")
    assert {row.stage for row in operation} <= {"operation", ""}
    assert [row.kind for row in rows] == sorted((row.kind for row in rows), key=KINDS.index)


def test_what_an_objective_lacks_goes_by_its_fields(reference):
    fields = dict(reference.objectives)
    key = next(key for key, objective in fields.items() if objective.fields)
    bare = reference.model_copy(update={"experiments": {}})
    objective = fields[key]
    assert key in dict(found(opportunities(bare, fields=objective.fields), "objective"))
    other = next(f for f in reference.science_fields if f not in objective.fields)
    assert key not in dict(found(opportunities(bare, fields=(other,)), "objective"))
    assert found(opportunities(bare), "field") == [(f, None) for f in reference.science_fields]


def test_a_guest_takes_room_and_one_without_mass_is_named(declare):
    missions = with_ids(
        {"CE-9": {"owner": "CN", "status": "planned", "guest_allotment": {"lander": "20 kg"}}}
    )
    elements = with_ids(
        {
            "BOX": {"facility": "F3", "owner": "RU", "arrives_on": "CE-9", "mass": "8 kg"},
            "VAGUE": {"facility": "F3", "owner": "RU", "arrives_on": "CE-9"},
            "OWN": {"facility": "F3", "owner": "CN", "arrives_on": "CE-9", "mass": "5 kg"},
        }
    )
    rows = opportunities(declare(missions=missions, elements=elements))
    guest = next(row for row in rows if row.kind == "guest")
    assert guest.most_kg == 12.0
    assert guest.text == "12 kg of 20 kg for guests on the lander are free, VAGUE not counted"
