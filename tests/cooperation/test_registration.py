"""Records for the register of space objects: what is declared, and what stays open."""

import json
from collections.abc import Callable

import pytest

from ilrs.cooperation.registration import record
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme


def test_record_of_an_orbiter_leaves_open_what_is_not_declared(programme: Programme) -> None:
    assert record(programme, "LUNA-26") == {
        "convention": "Registration Convention (1975), Article IV",
        "object": "LUNA-26",
        "name": "LUNA-26",
        "launching_states": ["RU"],
        "designator": "LUNA-26",
        "registration_number": None,
        "date_of_launch": None,
        "announced_date_of_launch": "2028",
        "territory_or_location_of_launch": None,
        "basic_orbital_parameters": {
            "central_body": "Moon",
            "nodal_period_min": None,
            "inclination_deg": 90.0,
            "inclination_frame": "EARTH_ORBIT_PLANE",
            "apoapsis_altitude_km": 80.0,
            "periapsis_altitude_km": 60.0,
            "altitudes_above_radius_km": 1737.4,
        },
        "general_function": "polar orbiter and relay",
        "state_of_registry": None,
        "additional": {
            "owner": "RU", "carried_by": None, "site": None, "latitude_deg": None,
            "longitude_deg": None, "frame": None,
        },
        "not_known": [
            "registration_number", "date_of_launch", "territory_or_location_of_launch",
            "state_of_registry", "basic_orbital_parameters.nodal_period_min",
        ],
        "remarks": [],
    }  # fmt: skip


def test_record_of_a_landed_element_names_its_ride_site_and_function(programme: Programme) -> None:
    found = record(programme, "REACTOR")
    assert found["general_function"] == "long-term support; energy; command"
    assert found["additional"] == {
        "owner": "RU", "carried_by": "LES-3", "site": "RIDGE", "latitude_deg": -89.45,
        "longitude_deg": 222.7, "frame": "MOON_ME",
    }  # fmt: skip
    assert found["not_known"] == [
        "registration_number", "date_of_launch", "territory_or_location_of_launch",
        "basic_orbital_parameters", "state_of_registry",
    ]  # fmt: skip
    assert found["remarks"] == [
        "Article IV asks for an orbit; a landed object is described by its site instead."
    ]


def test_record_gives_the_date_when_the_flight_took_place(programme: Programme) -> None:
    found = record(programme, "CE-6")
    assert found["date_of_launch"] == "2024-05-03"
    assert found["announced_date_of_launch"] is None
    assert "date_of_launch" not in found["not_known"]


def test_two_states_must_agree_when_one_carries_the_other(
    declare: Callable[..., Programme],
) -> None:
    rover = {"facility": "F3", "owner": "CN", "arrives_on": "LES-3"}
    found = record(declare(elements={"ROVER": rover}), "ROVER")
    assert found["launching_states"] == ["RU", "CN"]
    assert found["remarks"] == [
        "RU and CN may each be a launching State: they determine jointly which one registers the "
        "object (Article II.2)."
    ]


def test_no_launching_state_is_named_when_the_owner_is_none(
    declare: Callable[..., Programme],
) -> None:
    camera = {"facility": "F4", "owner": "APSCO"}
    found = record(declare(elements={"CAMERA": camera}), "CAMERA")
    assert found["launching_states"] is None
    assert found["not_known"][0] == "launching_states"


def test_record_is_refused_when_the_element_stays_on_earth(
    declare: Callable[..., Programme],
) -> None:
    with pytest.raises(IlrsError) as caught:
        record(declare(elements={"DISH": {"facility": "F5", "owner": "CN"}}), "DISH")
    assert str(caught.value) == (
        "a registration record of 'DISH'; only what is launched is registered, and the ground "
        "facility (F5) stays on Earth. Ask for an element of F1 to F4, or for a mission."
    )


def test_record_is_plain_data(programme: Programme) -> None:
    for object_id in (*programme.elements, *programme.missions):
        found = record(programme, object_id)
        assert json.loads(json.dumps(found)) == found


def test_record_is_refused_when_the_object_is_unknown(programme: Programme) -> None:
    with pytest.raises(IlrsError) as caught:
        record(programme, "RIDGE")
    assert str(caught.value) == (
        "there is no element or mission 'RIDGE'; the programme has 5 elements and 6 missions. "
        "Correct the id."
    )
