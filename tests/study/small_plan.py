"""A plan of a small problem with all that its files tell, of one experiment on a robot."""

from ilrs.foundation.provenance import Provenance
from ilrs.operations.board import Board
from ilrs.operations.planning import with_bound
from ilrs.operations.problem import Problem
from ilrs.study.planning_setting import ExperimentFacts, Planned, PlanSetting
from tests.operations.planning_problems import first_plan

__all__ = ["small_planned"]

SETTING = PlanSetting(
    scenario="year", site="RIDGE", longitude_deg=204.0, latitude_deg=-89.8,
    lid_prefix="urn:ilrs:jdc", bundle="small", publication_year=2026,
    partners={"A": "First Partner", "B": "Second Partner"},
    experiments={
        "DUST": ExperimentFacts(
            name="Dust", element="ROBOT", products=("counts",), science_fields=("S5",),
            access="partners", embargo="P90D after stop", licence="CC-BY-4.0",
        )
    },
    notes=("a note",),
)  # fmt: skip


def small_planned(asked: Problem) -> Planned:
    """The first plan of a problem, replayed by the checker."""
    plan = with_bound(asked, first_plan(asked)).assign_attrs(seed=1, rounds=0)
    made_by = Provenance(
        programme="Small", programme_sha256="0" * 64, command="ilrs plan --seed 1", seed=1
    )
    return Planned(setting=SETTING, problem=asked, plan=plan, board=Board(), provenance=made_by)
