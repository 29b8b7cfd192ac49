"""A plan as rows: what each request asked and got, who got how much, and what was not placed."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TextIO

import numpy as np
import xarray as xr

from ilrs.study.planning_alone import alone_record, alone_text
from ilrs.study.planning_crew import JOINT
from ilrs.study.planning_setting import Planned
from ilrs.study.report import print_table

__all__ = ["PartnerRow", "RequestRow", "partner_rows", "print_plan", "request_rows", "short_reason"]

_HOUR_S = 3600.0


@dataclass(frozen=True, slots=True, kw_only=True)
class RequestRow:
    """One request, and what became of it; seconds from the plan's begin."""

    id: str
    kind: str  # the experiment's id, or what people do
    partner: str
    element: str  # empty for what people do
    asked_s: float
    start_s: float | None  # None where it has no place
    duration_s: float
    worth: float
    power_w: float
    data_bps: float
    blocked_by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerRow:
    """What one partner asked for and got; shares are parts of all that is asked for."""

    partner: str
    requests: int
    placed: int
    asked_h: float
    got_h: float
    got_wh: float
    got_bit: float
    entitlement: float
    share: float  # the greatest of time, energy and data
    fair_share: float
    credit: float


def request_rows(of: Planned) -> list[RequestRow]:
    """All requests in the problem's order."""
    plan, experiments = of.plan, of.setting.experiments
    start_s, duration_s = plan["start_s"].values, plan["duration_s"].values
    return [
        RequestRow(
            id=one.id, kind=one.kind, partner=one.partner,
            element=experiments[one.kind].element if one.kind in experiments else "",
            asked_s=one.duration_s, power_w=one.power_w, data_bps=one.data_bps,
            start_s=float(start_s[k]) if np.isfinite(start_s[k]) else None,
            duration_s=float(duration_s[k]), worth=float(plan["worth"].values[k]),
            blocked_by=str(plan["blocked_by"].values[k]),
        )
        for k, one in enumerate(of.problem.activities)
    ]  # fmt: skip


def partner_rows(of: Planned) -> list[PartnerRow]:
    """Partners with requests, by their ids; people's duties are nobody's."""
    rows, plan = request_rows(of), of.plan
    place = {partner: k for k, partner in enumerate(plan["partner"].values.tolist())}

    def told(name: str, partner: str) -> float:
        # A partner of whom nothing can ever be placed is not in the plan.
        return float(plan[name].values[place[partner]]) if partner in place else 0.0

    found = []
    for partner in sorted({row.partner for row in rows} - {JOINT}):
        own = [row for row in rows if row.partner == partner]
        found.append(
            PartnerRow(
                partner=partner,
                requests=len(own),
                placed=sum(row.start_s is not None for row in own),
                asked_h=sum(row.asked_s for row in own) / _HOUR_S,
                got_h=sum(row.duration_s for row in own) / _HOUR_S,
                got_wh=sum(row.duration_s * row.power_w for row in own) / _HOUR_S,
                got_bit=sum(row.duration_s * row.data_bps for row in own),
                entitlement=of.problem.entitlements.get(partner, 0.0),
                share=told("share", partner),
                fair_share=told("fair_share", partner),
                credit=told("credit", partner),
            )
        )
    return found


def short_reason(blocked_by: str) -> str:
    """Why a request has no place, in a few words: of a refusal what is possible."""
    _, parted, rest = blocked_by.partition("; ")
    return rest.split(". ")[0] if parted else blocked_by


def _mend(blocked_by: str) -> str:
    """What would mend a refusal; nothing for what found no room."""
    return blocked_by.partition("; ")[2].partition(". ")[2]


def print_plan(of: Planned, stream: TextIO) -> None:
    """Prints who got what, what the plan is worth, and what has no place and why."""
    setting, begin, end = of.setting, of.problem.epoch_utc, of.end_utc
    rows = request_rows(of)
    placed = sum(row.start_s is not None for row in rows)
    print(
        f"Plan of scenario {setting.scenario} at {setting.site},"
        f" {begin[:16].replace('T', ' ')} to {end[:16].replace('T', ' ')} UTC: {placed} of"
        f" {len(rows)} requests placed.",
        file=stream,
    )
    print_table(
        ("partner", "placed", "asked", "got", "of asked", "share", "fair share", "credit"),
        [_partner_cells(row) for row in partner_rows(of)], stream,
    )  # fmt: skip
    print(_worth_text(of.plan), file=stream)
    print(alone_text(alone_record(of.problem, of.plan, of.board)), file=stream)
    lacking = list(_lacking(rows))
    if lacking:
        print("\nNot placed:", file=stream)
        head = ("what", "partner", "requests", "hours", "why", "what would mend it")
        print_table(head, lacking, stream)
        print("`ilrs plan why REQUEST --plan FOLDER` tells who holds the room.", file=stream)
    for note in setting.notes:
        print(f"note: {note}", file=stream)


def _worth_text(plan: xr.Dataset) -> str:
    worth, bound = float(plan.attrs["worth"]), float(plan.attrs["bound"])
    gap = (bound - worth) / bound if bound > 0.0 else 0.0
    return (
        f"It is worth {worth:,.0f}; no plan is worth more than {bound:,.0f} (gap"
        f" {100.0 * gap:.2f} %). Shares are parts of all time, energy or data asked for, whichever"
        " is most; credit is what the next plan owes."
    )


def _partner_cells(row: PartnerRow) -> tuple[str, ...]:
    part = row.got_h / row.asked_h if row.asked_h else 1.0
    return (
        row.partner, f"{row.placed} of {row.requests}", f"{row.asked_h:.1f} h",
        f"{row.got_h:.1f} h", f"{100.0 * part:.0f} %", f"{100.0 * row.share:.2f} %",
        f"{100.0 * row.fair_share:.2f} %", f"{100.0 * row.credit:+.2f} %",
    )  # fmt: skip


def _lacking(rows: Sequence[RequestRow]) -> Iterator[tuple[str, ...]]:
    """What has no place, together by kind and reason."""
    groups: dict[tuple[str, str, str, str], list[RequestRow]] = {}
    for row in rows:
        if row.start_s is None:
            key = row.kind, row.partner, short_reason(row.blocked_by), _mend(row.blocked_by)
            groups.setdefault(key, []).append(row)
    for (kind, partner, why, mend), own in groups.items():
        hours = sum(row.asked_s for row in own) / _HOUR_S
        yield kind, partner, str(len(own)), f"{hours:.1f}", why, mend
