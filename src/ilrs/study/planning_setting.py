"""A plan with all that its files tell of it, whatever made it: planned, changed or replanned.

What the files say of the programme travels in plan.json, so that a plan's folder is enough to make
all files of the next plan.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import parse_utc, tdb_from_utc, utc_text
from ilrs.operations.board import Board
from ilrs.operations.problem import Problem

__all__ = ["ExperimentFacts", "PlanSetting", "Planned", "setting_from"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ExperimentFacts:
    """What files say of a session's experiment: where it runs, what it yields, whose eyes on it."""

    name: str
    element: str
    products: tuple[str, ...]
    science_fields: tuple[str, ...]
    access: str
    embargo: str
    licence: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanSetting:
    """What a plan's files tell of the programme it is of."""

    scenario: str
    site: str
    longitude_deg: float | None
    latitude_deg: float | None
    lid_prefix: str
    bundle: str  # part of the LIDs of what is observed
    publication_year: int
    partners: Mapping[str, str]  # names by id
    experiments: Mapping[str, ExperimentFacts]
    notes: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Planned:
    """A plan, the problem that it answers, what its files tell of the programme, what made it."""

    setting: PlanSetting
    problem: Problem
    plan: xr.Dataset
    board: Board  # what the station does alone
    provenance: Provenance

    @property
    def begin_tdb_s(self) -> float:
        """The plan's epoch, TDB past J2000. [s]"""
        return float(tdb_from_utc(parse_utc(self.problem.epoch_utc)))

    @property
    def end_utc(self) -> str:
        """The end of the plan's last slot."""
        span = np.timedelta64(round(self.problem.span_s * 1e3), "ms")
        return utc_text(parse_utc(self.problem.epoch_utc) + span)

    def then(
        self, problem: Problem, plan: xr.Dataset, *, command: str, inputs: Mapping[str, str]
    ) -> "Planned":
        """The plan that a command made of this one, with the SHA-256 of what it read besides."""
        before = self.provenance
        made_by = Provenance(
            programme=before.programme, programme_sha256=before.programme_sha256,
            command=f"{before.command}; {command}", seed=int(plan.attrs["seed"]),
            ephemeris=before.ephemeris, orientation=before.orientation,
            inputs_sha256={**before.inputs_sha256, **inputs},
        )  # fmt: skip
        return replace(self, problem=problem, plan=plan, provenance=made_by)


def setting_from(record: Mapping[str, Any]) -> PlanSetting:
    """The setting that a plan's record (plan.json) tells. Raises KeyError or TypeError if none."""
    own = dict(record["setting"])
    own["experiments"] = {
        id_: ExperimentFacts(
            **{**facts, **{key: tuple(facts[key]) for key in ("products", "science_fields")}}
        )
        for id_, facts in own["experiments"].items()
    }
    return PlanSetting(
        scenario=record["scenario"], site=record["site"], notes=tuple(record["notes"]), **own
    )
