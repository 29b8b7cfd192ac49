"""Two plans beside each other: what moved, came and fell, and what each partner won or lost."""

from dataclasses import dataclass

import numpy as np
import xarray as xr

__all__ = ["Difference", "PartnerDifference", "PlanDifference", "compare_plans"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """One activity that the two plans do not treat alike."""

    activity: str
    partner: str
    what: str  # came, fell, moved, longer, shorter
    start_s: float  # in the first plan; no number: not placed
    new_start_s: float
    duration_s: float
    new_duration_s: float
    worth_gained: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerDifference:
    """What one partner won or lost from the first plan to the second."""

    partner: str
    came: int
    fell: int
    moved: int
    hours_gained: float
    worth_gained: float
    share: float  # in the first plan: the greatest of its parts of all time, energy and data
    new_share: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PlanDifference:
    """All differences, those that cost or give most first, and a row for each partner."""

    activities: tuple[Difference, ...]
    partners: tuple[PartnerDifference, ...]
    worth: float  # of the whole first plan, after saturation
    new_worth: float

    @property
    def worth_gained(self) -> float:
        """What the second plan is worth more than the first."""
        return self.new_worth - self.worth


def compare_plans(plan: xr.Dataset, new_plan: xr.Dataset) -> PlanDifference:
    """What is not alike in two plans of the same axis, by activity and by partner."""
    one, two = _rows(plan), _rows(new_plan)
    found = []
    for name in sorted(one.keys() | two.keys()):
        partner, start_s, lasts_s, worth = one.get(name) or (two[name][0], np.nan, 0.0, 0.0)
        _, new_start_s, new_lasts_s, new_worth = two.get(name) or (partner, np.nan, 0.0, 0.0)
        what = _what(start_s, new_start_s, lasts_s, new_lasts_s)
        if what:
            found.append(
                Difference(
                    activity=name, partner=partner, what=what, start_s=start_s,
                    new_start_s=new_start_s, duration_s=lasts_s, new_duration_s=new_lasts_s,
                    worth_gained=new_worth - worth,
                )
            )  # fmt: skip
    found.sort(key=lambda d: (-abs(d.worth_gained), d.activity))
    partners = sorted({row[0] for row in (*one.values(), *two.values())})
    return PlanDifference(
        activities=tuple(found),
        partners=tuple(_of_partner(p, found, shares=_shares(p, plan, new_plan)) for p in partners),
        worth=float(plan.attrs["worth"]), new_worth=float(new_plan.attrs["worth"]),
    )  # fmt: skip


def _rows(plan: xr.Dataset) -> dict[str, tuple[str, float, float, float]]:
    columns = ("activity", "of_partner", "start_s", "duration_s", "worth")
    rows = zip(*(plan[name].values for name in columns), strict=True)
    return {str(n): (str(p), float(s), float(d), float(w)) for n, p, s, d, w in rows}


def _what(start_s: float, new_start_s: float, lasts_s: float, new_lasts_s: float) -> str:
    there, new_there = np.isfinite(start_s), np.isfinite(new_start_s)
    if not there or not new_there:
        return "" if there == new_there else "came" if new_there else "fell"
    if abs(new_start_s - start_s) > 1.0:
        return "moved"
    if abs(new_lasts_s - lasts_s) > 1.0:
        return "longer" if new_lasts_s > lasts_s else "shorter"
    return ""


def _shares(partner: str, *plans: xr.Dataset) -> tuple[float, ...]:
    """A partner's share in each plan; none in one that has nothing for it."""
    found = (plan["share"].values[plan["partner"].values == partner] for plan in plans)
    return tuple(float(own[0]) if own.size else 0.0 for own in found)


def _of_partner(
    partner: str, found: list[Difference], *, shares: tuple[float, ...]
) -> PartnerDifference:
    own = [d for d in found if d.partner == partner]
    count = {what: sum(d.what == what for d in own) for what in ("came", "fell", "moved")}
    return PartnerDifference(
        partner=partner, **count,
        hours_gained=sum(d.new_duration_s - d.duration_s for d in own) / 3600.0,
        worth_gained=sum(d.worth_gained for d in own), share=shares[0], new_share=shares[1],
    )  # fmt: skip
