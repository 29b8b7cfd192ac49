"""Mutual benefit: what each partner gets by the programme's rules, in parts and in amounts."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from ilrs.cooperation.balance import declared_balance
from ilrs.foundation.errors import Finding, IlrsError
from ilrs.programme.benefit_rules import who_benefits
from ilrs.programme.entities import Benefit, Programme
from ilrs.programme.findings import unplaced
from ilrs.programme.load import Loaded

__all__ = ["BenefitRow", "benefit_findings", "benefits", "observation_shares"]

#: What a rule gives -> unit of its amounts.
_UNITS = {
    "observation_time": "1", "power": "W", "training_seats": "count", "flight_mass": "kg",
}  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class BenefitRow:
    """What one partner gets by one rule."""

    partner: str
    benefit: str  # id of the rule
    gives: str
    by: str
    share: float  # of all there is of it, 0 to 1
    amount: float | None  # in `unit`; None where the rule does not say how much there is
    unit: str


def benefits(
    programme: Programme, *, worths: Mapping[str, float] | None = None
) -> list[BenefitRow]:
    """What each partner gets by each rule, in the order of the rules; rules on data are no shares.

    `worths` are the partners' worths in any unit, for rules by `worth`. Seats are whole: those that
    are left after rounding down go to the largest remainders. Raises IlrsError for a rule by
    `worth` where no worths are given.
    """
    given = _given(programme)
    rows = []
    for id_, benefit in programme.benefits.items():
        if benefit.gives == "data":
            continue
        parts = _parts(programme, benefit, given, worths)
        amounts = _amounts(benefit, list(parts.values()))
        rows += [
            BenefitRow(
                partner=partner, benefit=id_, gives=benefit.gives, by=benefit.by,
                share=part * benefit.part, amount=amount, unit=_UNITS[benefit.gives],
            )
            for (partner, part), amount in zip(parts.items(), amounts, strict=True)
        ]  # fmt: skip
    return rows


def observation_shares(
    programme: Programme, *, worths: Mapping[str, float] | None = None
) -> dict[str, float]:
    """What part of observation time each partner gets by the rules; empty without such a rule."""
    rules = {k: b for k, b in programme.benefits.items() if b.gives == "observation_time"}
    shares: dict[str, float] = {}
    for row in benefits(programme.model_copy(update={"benefits": rules}), worths=worths):
        shares[row.partner] = shares.get(row.partner, 0.0) + row.share
    return shares


def _given(programme: Programme) -> dict[tuple[str, str], float]:
    """What each partner declares to give, by measure and partner."""
    if not programme.benefits:
        return {}
    return {(r.measure, r.partner): r.given or 0.0 for r in declared_balance(programme)}


def _parts(
    programme: Programme, benefit: Benefit, given: Mapping[tuple[str, str], float],
    worths: Mapping[str, float] | None,
) -> dict[str, float]:  # fmt: skip
    """The parts of a rule's whole by partner; all 0 where nobody gives what it goes by."""
    partners = who_benefits(programme, benefit)
    if benefit.by == "fixed":
        return {partner: benefit.shares.get(partner, 0.0) for partner in partners}
    if benefit.by == "equal":
        weights = dict.fromkeys(partners, 1.0)
    elif benefit.by == "worth":
        if worths is None:
            raise IlrsError(
                f"the rule {benefit.id} goes by what partners are worth",
                "`ilrs worth --json > FILE` says what that is",
                "Name that file with `ilrs benefits --worth`; for a plan, declare `entitlements:`.",
            )
        weights = {partner: max(worths.get(partner, 0.0), 0.0) for partner in partners}
    else:
        weights = {partner: given.get((benefit.by, partner), 0.0) for partner in partners}
    whole = sum(weights.values())
    rest = max(1.0 - benefit.least * len(partners), 0.0) if whole else 0.0
    return {p: benefit.least + rest * (w / whole if whole else 0.0) for p, w in weights.items()}


def _amounts(benefit: Benefit, parts: list[float]) -> list[float | None]:
    if benefit.gives == "training_seats":
        return [float(seats) for seats in _whole(parts, round((benefit.seats or 0) * benefit.part))]
    if benefit.gives == "observation_time":
        return [None] * len(parts)
    most = benefit.power_w if benefit.gives == "power" else benefit.mass_kg
    return [None if most is None else most * part * benefit.part for part in parts]


def _whole(parts: list[float], seats: int) -> list[int]:
    """Whole numbers in proportion to parts of 1, by largest remainders (Hamilton's method)."""
    exact = np.array(parts) * seats
    found = np.floor(exact + 1e-9).astype(np.int64)
    left = round(float(exact.sum())) - int(found.sum())
    # a stable sort: equal remainders go in declared order
    for k in np.argsort(found - exact, kind="stable")[:left]:
        found[k] += 1
    return [int(seat) for seat in found]


def benefit_findings(loaded: Loaded) -> list[Finding]:
    """Warnings on rules that leave something to nobody, or somebody's research without time."""
    programme = loaded.programme
    return [loaded.places.place(found) for found in _empty_rules(programme)]


def _empty_rules(programme: Programme) -> Iterator[Finding]:
    given = _given(programme)
    shares: dict[str, float] = {}
    timed = ""
    for id_, benefit in programme.benefits.items():
        if benefit.gives == "data" or benefit.by == "worth":
            continue
        parts = _parts(programme, benefit, given, None)
        if not any(parts.values()):
            texts = (
                f"nobody that it is for gives anything that counts as {benefit.by!r}"
                if parts
                else "a rule that is for nobody",
                "a rule shares out among partners whose contributions stand",
                "Let it go by another measure, or name partners under `to:`.",
            )
            yield unplaced(f"benefits.{id_}", texts, severity="warning")
        if benefit.gives == "observation_time":
            timed = timed or id_
            shares |= {p: shares.get(p, 0.0) + part for p, part in parts.items()}
    by_worth = any(b.by == "worth" for b in programme.benefits.values())
    if not timed or by_worth:
        return
    for id_, experiment in programme.experiments.items():
        if not shares.get(experiment.owner):
            texts = (
                f"{experiment.owner} gets no observation time",
                f"the rule {timed} shares it out, and nothing is planned for a partner without",
                "Name it under `to:`, or give each one a `least:`.",
            )
            yield unplaced(f"experiments.{id_}", texts, severity="warning")
