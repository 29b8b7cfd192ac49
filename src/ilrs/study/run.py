"""Run and Verdict: what one execution of a programme gave."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from ilrs.foundation.provenance import Provenance
from ilrs.programme.entities import Programme, Scenario, Site

if TYPE_CHECKING:  # heavy to load: `ilrs check` needs neither arrays nor orbits, nor a compiler
    import xarray as xr

    from ilrs.orbits.trajectory import Trajectory
    from ilrs.station.limits_hit import LimitHit

__all__ = ["Run", "Verdict", "figure"]


def figure(value: float | None, unit: str) -> str:
    """A measured number as people read it: '97.3 %' for a ratio, '5' for a count, '118 h' else."""
    if value is None:
        return "–"
    if unit == "count":
        return f"{value:.0f}"
    if unit == "1":
        return f"{value:.1e}" if 0 < abs(value) < 1e-4 else f"{100 * value:.4g} %"
    return f"{value:,.0f} {unit}" if abs(value) >= 1000 else f"{value:.4g} {unit}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Verdict:
    """One requirement, judged: the measured number beside its limit."""

    requirement: str  # id
    text: str
    metric: str
    of: str
    measured: float | None  # in `unit`; None where the run has nothing to measure it on
    limit: float
    comparison: str  # ">=", "<=" or "=="
    unit: str  # "1" is a ratio, "count" a number of things
    level: str  # "must" or "should"
    owner: str
    holds: bool | None  # None: belongs to another scenario, not judged in this run
    why: str = ""  # what decided the number, in a few words

    @property
    def margin(self) -> float | None:
        """By how much the measured number is on the good side of its limit. [unit]"""
        if self.measured is None:
            return None
        gap = self.measured - self.limit
        return {">=": gap, "<=": -gap}.get(self.comparison, -abs(gap))


@dataclass(frozen=True, slots=True, kw_only=True)
class Run:
    """Everything one execution computed; the input of the station book, the archive and the API."""

    programme: Programme
    scenario: Scenario
    site: Site
    horizon: "xr.Dataset"  # the profile used, see docs/rooms.md
    environment: "xr.Dataset"
    plan: "xr.Dataset"
    station: "xr.Dataset"
    verdicts: tuple[Verdict, ...]
    provenance: Provenance
    relays: "Mapping[str, Trajectory]" = field(default_factory=dict)  # ways by mission id
    crew: "xr.Dataset | None" = None  # life support, where the scenario's people find a cabin
    ground: "xr.Dataset | None" = None  # the map around the site, see `ilrs.study.site_map`
    survival: dict[str, Any] | None = None  # record of `ilrs survive` on this very station
    sizing: dict[str, Any] | None = None  # record of `ilrs size`
    links: dict[str, Any] | None = None  # record of `ilrs links`: its contact plan
    sessions: dict[str, Any] | None = None  # record of `ilrs plan`: its plan of research
    withdrawals: dict[str, Any] | None = None  # record of the station without each partner
    pages: str = ""  # folder of the partners' pages as the book links to it, where they are written
    limits: "tuple[LimitHit, ...]" = ()  # that the station came up against
    notes: tuple[str, ...] = ()  # what of the declared station was left out, and why

    @property
    def holds(self) -> bool:
        """Whether every judged requirement of level `must` holds."""
        return all(v.holds is not False for v in self.verdicts if v.level == "must")
