"""Metrics of the campaign as declared: measured, judged, and open where nothing is declared."""

from types import SimpleNamespace
from typing import Any

import pytest

from ilrs.cooperation.readiness import joints_between_partners
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Programme
from ilrs.programme.load import load
from ilrs.study.campaign_metrics import (
    elements_before_gate,
    joints_unsigned,
    landings_out_of_order,
    least_reserve_d,
)
from ilrs.study.judge import judge

LANDER = {
    "id": "TUG", "landed_payload": "200 kg", "available_from": "2036-01-01", "every": "100 d",
}  # fmt: skip


def run_of(programme: Programme, scenario: str | None = None) -> Any:
    chosen = next(iter(programme.scenarios.values())) if scenario is None else (
        programme.scenarios[scenario]
    )  # fmt: skip
    return SimpleNamespace(programme=programme, scenario=chosen, survival=None)


def small(**tables: Any) -> Programme:
    requirement = {
        "id": "RESERVE", "text": "Half a year in store", "metric": "least_reserve_d", "of": "2 y",
        "limit": ">= 90 d",
    }  # fmt: skip
    return Programme.model_validate(
        {
            "name": "T",
            "sites": {"RIDGE": {"id": "RIDGE", "kind": "nominal"}},
            "scenarios": {
                "year": {"id": "year", "site": "RIDGE", "start": "2036-01-01", "end": "2037-01-01"}
            },
            "requirements": {"RESERVE": requirement},
            **tables,
        }
    )


@pytest.fixture(scope="module")
def reference() -> Programme:
    return load(["reference"]).programme


def test_the_reserve_is_what_a_lost_launch_leaves():
    gas = {"id": "GAS", "kind": "miscellaneous", "steady": "1 kg/d", "stock": "150 kg"}
    programme = small(supplies={"GAS": gas}, landers={"TUG": LANDER})
    measured = least_reserve_d(run_of(programme), "2 y")
    # 200 kg come every 100 days, the first half a day after the begin: it is the worst to lose
    assert (measured.value, measured.why) == (149.5, "if TUG 1 is lost")
    assert [v.holds for v in judge(run_of(programme))] == [True]


def test_a_line_that_runs_out_leaves_no_reserve():
    gas = {"id": "GAS", "kind": "miscellaneous", "steady": "1 kg/d", "stock": "150 kg"}
    programme = small(supplies={"GAS": gas})
    measured = least_reserve_d(run_of(programme), "2 y")
    assert (measured.value, measured.why) == (0.0, "GAS runs out on 2036-05-30")
    assert [v.holds for v in judge(run_of(programme))] == [False]


def test_what_is_not_declared_is_not_judged():
    [verdict] = judge(run_of(small()))
    assert (verdict.holds, verdict.measured, verdict.why) == (
        None, None, "no use of supplies is declared",
    )  # fmt: skip
    assert landings_out_of_order(run_of(small()), "").is_open


def test_six_elements_of_the_reference_land_before_their_grid(reference):
    measured = landings_out_of_order(run_of(reference), "")
    assert measured.value == 6.0
    assert measured.why.startswith("COMMAND-CENTRE, MOON-EARTH-TERMINAL, PAK-ROVER, HOPPER")


def test_the_reference_lasts_for_what_food_keeps(reference):
    measured = least_reserve_d(run_of(reference, "crew"), "10 y")
    assert measured.value == 0.0
    assert measured.why.startswith("CREW-PROVISIONS runs out on 2038-")
    # without people what is left is enough for ten years
    alone = least_reserve_d(run_of(reference, "year"), "10 y")
    assert alone.value == pytest.approx(3652.5)
    assert alone.why == "to the end, whatever is lost"


def test_years_that_are_none_are_said():
    with pytest.raises(IlrsError) as caught:
        least_reserve_d(run_of(small()), "ten")
    assert str(caught.value) == (
        "'ten' is no number of years; supplies are followed for 1 to 99 years. Write `of: 10 y`."
    )


def test_gates_and_joints_are_counted_where_anything_is_declared(reference):
    assert elements_before_gate(run_of(reference), "PDR").is_open
    assert joints_unsigned(run_of(reference), "").is_open
    review = {"gate": "CDR", "outcome": "passed", "date": "2026-01"}
    told = {
        "developments": {"PAK-ROVER": {"id": "PAK-ROVER", "reviews": [review]}},
        "interface_documents": {
            "ICD": {"id": "ICD", "between": ["PAK-ROVER", "LES-GRID"],
                    "signed": {"PK": "2026-01", "RU": "2026-02"}}
        },
    }  # fmt: skip
    parts = Programme.model_validate({"name": "T", **told})
    programme = reference.model_copy(
        update={
            "developments": parts.developments, "interface_documents": parts.interface_documents
        }
    )  # fmt: skip
    # all but those on Earth are to come; one of them has passed the gate after it
    to_come = sum(e.facility != "F5" for e in programme.elements.values())
    assert elements_before_gate(run_of(programme), "PDR").value == to_come - 1
    assert elements_before_gate(run_of(programme), "QR").value == to_come
    joints = joints_between_partners(programme)
    assert joints_unsigned(run_of(programme), "").value == len(joints) - 1 > 10
    with pytest.raises(IlrsError, match="'PDQ' names no gate of this run"):
        elements_before_gate(run_of(programme), "PDQ")
