"""Chains from objectives to flights, both ways, and where they break off."""

from collections.abc import Callable
from typing import Any

import pytest

from ilrs.cooperation.traceability import Link, TraceGaps, gaps, links, related
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme

ON = {"wanted": "100 h", "power": "20 W"}
EXPERIMENTS: dict[str, Any] = {
    "DRILL": {"element": "ROVER", "fields": ["chemistry"], "objectives": ["WATER", "AGE"], **ON},
    "DUST": {"element": "HUB", "fields": ["environment"], "objectives": ["WATER"], **ON},
    "DEMO": {"element": "REACTOR", "fields": ["environment"], **ON},
}


@pytest.fixture
def traced(declare: Callable[..., Programme]) -> Programme:
    return declare(
        objectives={
            "WATER": {"fields": ["chemistry"]},
            "AGE": {"fields": ["chemistry"]},
            "QUAKES": {"fields": ["astronomy"]},
            "FIFTY-COUNTRIES": {},  # names no field: no experiment is expected to serve it
        },
        science_fields={"chemistry": {}, "environment": {}, "astronomy": {}},
        requirements={
            "WATER-FOUND": {
                "text": "…",
                "metric": "research_h",
                "of": "chemistry",
                "limit": ">= 10 h",
                "objectives": ["WATER"],
            },
            "SPARED": {
                "text": "…",
                "metric": "lowest_temperature_margin_k",
                "of": "HUB",
                "limit": ">= 0 K",
            },
            "ALL": {"text": "…", "metric": "research_fraction", "limit": ">= 80 %"},
        },
        experiments=EXPERIMENTS,
    )


def test_links_run_from_each_objective_as_far_as_they_hold(traced: Programme) -> None:
    assert [(x.objective, x.experiment, x.element, x.mission) for x in links(traced)] == [
        ("WATER", "DRILL", "ROVER", "CE-7"),
        ("WATER", "DUST", "HUB", ""),
        ("AGE", "DRILL", "ROVER", "CE-7"),
        ("QUAKES", "", "", ""),
        ("FIFTY-COUNTRIES", "", "", ""),
        ("", "DEMO", "REACTOR", "LES-3"),
    ]


def test_link_ends_at_the_element_when_its_flight_failed(declare: Callable[..., Programme]) -> None:
    experiment = {"element": "PROBE", "fields": ["chemistry"], "objectives": ["WATER"], **ON}
    programme = declare(objectives={"WATER": {}}, experiments={"LOST": experiment})
    assert links(programme) == [
        Link(objective="WATER", experiment="LOST", element="PROBE", mission="")
    ]


def test_chain_is_read_both_ways(traced: Programme) -> None:
    assert related(traced, "WATER") == {
        "requirement": ("WATER-FOUND",), "experiment": ("DRILL", "DUST"),
        "element": ("ROVER", "HUB"), "mission": ("CE-7",),
    }  # fmt: skip
    assert related(traced, "CE-7") == {
        "objective": ("WATER", "AGE"), "requirement": ("WATER-FOUND",), "experiment": ("DRILL",),
        "element": ("ROVER",),
    }  # fmt: skip
    assert related(traced, "QUAKES") == {
        "requirement": (), "experiment": (), "element": (), "mission": (),
    }  # fmt: skip
    assert related(traced, "HUB")["requirement"] == ("WATER-FOUND", "SPARED")


def test_a_requirement_leads_to_what_it_bears_on(traced: Programme) -> None:
    assert related(traced, "WATER-FOUND") == {
        "objective": ("WATER", "AGE"), "experiment": ("DRILL", "DUST"),
        "element": ("ROVER", "HUB"), "mission": ("CE-7",),
    }  # fmt: skip
    assert related(traced, "SPARED")["element"] == ("HUB",)
    assert related(traced, "ALL") == {
        "objective": (),
        "experiment": (),
        "element": (),
        "mission": (),
    }


def test_gaps_name_what_nothing_serves(traced: Programme) -> None:
    assert gaps(traced) == TraceGaps(
        objectives_without_experiment=("QUAKES",),
        fields_without_experiment=("astronomy",),
        experiments_without_objective=("DEMO",),
        experiments_without_ride=("DUST",),
    )


def test_related_is_refused_when_the_id_is_of_another_kind(traced: Programme) -> None:
    with pytest.raises(IlrsError) as caught:
        related(traced, "RIDGE")
    assert str(caught.value) == (
        "'RIDGE' is no objective, requirement, experiment, element or mission; the programme has"
        " 4 objectives, 3 requirements, 3 experiments, 5 elements, 6 missions. Correct the id."
    )
