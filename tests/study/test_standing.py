"""What stands when a scenario begins: arrivals, failures, lives, working relays."""

from typing import Any

import pytest

from ilrs.programme.entities import Programme
from ilrs.study.standing import notes, standing_elements, standing_experiments, standing_relays

ORBIT = {"periapsis_altitude": "200 km", "apoapsis_altitude": "16000 km", "inclination": "60 deg"}
SURFACE = {"facility": "F2", "site": "RIDGE"}


def mission(date: str, **more: Any) -> dict[str, Any]:
    return {"status": "planned", "launches": [{"date": date}], **more}


@pytest.fixture
def programme() -> Programme:
    def with_ids(entities: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
        return {key: {"id": key, **fields} for key, fields in entities.items()}

    links = [{"via": via, "rate": "1 Mbit/s"} for via in ("earth", "OLD-RELAY", "RELAY")]
    return Programme.model_validate(
        {
            "name": "T",
            "missions": with_ids(
                {
                    "EARLY": mission("2034"),
                    "SAME-YEAR": mission("2036"),
                    "LOST": mission("2034", status="failed"),
                    "OLD-RELAY": mission("2024", life="8 y", orbit=ORBIT),
                    "RELAY": mission("2030", orbit=ORBIT),
                }
            ),
            "elements": with_ids(
                {
                    "HUB": {**SURFACE, "arrives_on": "EARLY", "links": links},
                    "LATE": {**SURFACE, "arrives_on": "SAME-YEAR"},
                    "GONE": {**SURFACE, "arrives_on": "LOST"},
                    "WORN": {**SURFACE, "arrives_on": "EARLY", "life": "1 y"},
                    "RIDELESS": SURFACE,
                    "ELSEWHERE": {**SURFACE, "site": "CRATER", "arrives_on": "EARLY"},
                }
            ),
            "experiments": with_ids(
                {
                    key: {"element": key, "fields": ["S1"], "wanted": "1 h", "power": "1 W"}
                    for key in ("HUB", "LATE")
                }
            ),
            "scenarios": with_ids(
                {"year": {"site": "RIDGE", "start": "2036-01-01", "end": "2037-01-01"}}
            ),
        }
    )


def test_elements_stand_when_they_surely_arrived_and_live(programme: Programme) -> None:
    scenario = programme.scenarios["year"]
    assert [e.id for e in standing_elements(programme, scenario)] == ["HUB"]
    assert [e.id for e in standing_experiments(programme, scenario)] == ["HUB"]


def test_links_through_a_relay_past_its_life_are_taken_off(programme: Programme) -> None:
    scenario = programme.scenarios["year"]
    (hub,) = standing_elements(programme, scenario)
    assert [link.via for link in hub.links] == ["earth", "RELAY"]
    assert list(standing_relays(programme, scenario)) == ["RELAY"]


def test_notes_say_what_was_left_out_and_why(programme: Programme) -> None:
    assert notes(programme, programme.scenarios["year"]) == (
        "LATE does not stand at the start: SAME-YEAR is dated 2036-01-01 … 2037-01-01.",
        "GONE does not stand at the start: LOST failed.",
        "WORN does not stand at the start: its life ends in 2035.",
        "RIDELESS does not stand at the start: no mission carries it.",
        "OLD-RELAY does not work at the start: links through it are closed.",
    )
