"""What a partner's page tells: what it brings, gets and is worth, and who depends on it."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from ilrs.cooperation.balance import BalanceRow, declared_balance, run_balance
from ilrs.cooperation.benefits import BenefitRow, benefits
from ilrs.cooperation.dependencies import Dependency, dependencies
from ilrs.cooperation.ledger import LEVELS, STAGES
from ilrs.cooperation.opportunities import Opportunity, opportunities
from ilrs.foundation.errors import Finding
from ilrs.programme.entities import (
    Contribution,
    Element,
    Experiment,
    Mission,
    Partner,
    Programme,
)
from ilrs.study.book_research import Hours, hours_by_experiment
from ilrs.study.run import Run
from ilrs.study.withdrawals import StationLeft

__all__ = ["PartnerFacts", "own_findings", "partner_facts"]

_FOLDER = re.compile(r"(?:^|/)partners/([^/]+)/")


@dataclass(frozen=True, slots=True, kw_only=True)
class PartnerFacts:
    """All that one page tells."""

    id: str
    partner: Partner | None  # None where its own record cannot be read
    contributions: tuple[Contribution, ...] = ()  # by stage and level
    elements: tuple[Element, ...] = ()
    experiments: tuple[Experiment, ...] = ()
    missions: tuple[Mission, ...] = ()
    hours: Mapping[str, Hours] = field(default_factory=dict)  # of its experiments in the run
    share: float | None = None  # of research time that it may claim by declaration
    benefits: tuple[BenefitRow, ...] = ()  # by the programme's rules, those by worth left out
    balance: tuple[BalanceRow, ...] = ()  # given and used, by declaration and in the run
    left: StationLeft | None = None  # the station without it
    is_left_known: bool = False  # whether the station was run without each partner at work
    needs: tuple[Dependency, ...] = ()  # what it needs of others
    gives: tuple[Dependency, ...] = ()  # what others need of it
    openings: tuple[Opportunity, ...] = ()
    findings: tuple[Finding, ...] = ()  # in its own files

    @property
    def mass_kg(self) -> float:
        """Mass of its elements, of those that declare one. [kg]"""
        return sum(element.mass_kg or 0.0 for element in self.elements)


def partner_facts(
    programme: Programme,
    findings: Sequence[Finding],
    *,
    run: Run | None = None,
    left: Sequence[StationLeft] | None = None,
) -> dict[str, PartnerFacts]:
    """The facts of every partner, in declared order; those whose record is broken come last.

    `run` gives the hours, `left` (see `study.withdrawals.each_withdrawal`) what the station is
    without each partner.
    """
    depends = dependencies(programme)
    openings = tuple(opportunities(programme))
    hours = hours_by_experiment(run) if run is not None else {}
    without = {one.partner: one for one in left or ()}
    whole = sum(one.share for one in programme.entitlements.values())
    own = own_findings(findings)
    granted = _benefits(programme)
    balance = _balance(programme, run)
    found = {}
    for key in dict.fromkeys([*programme.partners, *own]):
        claim = programme.entitlements.get(key)
        found[key] = PartnerFacts(
            id=key,
            partner=programme.partners.get(key),
            contributions=_contributions(programme, key),
            elements=tuple(e for e in programme.elements.values() if e.owner == key),
            experiments=tuple(e for e in programme.experiments.values() if e.owner == key),
            missions=tuple(m for m in programme.missions.values() if m.owner == key),
            hours={k: h for k, h in hours.items() if programme.experiments[k].owner == key},
            share=claim.share / whole if claim is not None and whole else None,
            benefits=tuple(row for row in granted if row.partner == key),
            balance=tuple(row for row in balance if row.partner == key),
            left=without.get(key),
            is_left_known=left is not None,
            needs=tuple(one for one in depends if one.taker == key),
            gives=tuple(one for one in depends if one.giver == key),
            openings=openings,
            findings=tuple(own.get(key, ())),
        )
    return found


def _benefits(programme: Programme) -> list[BenefitRow]:
    """What rules give; one by worth needs stations of all coalitions, which a page does not run."""
    rules = {key: rule for key, rule in programme.benefits.items() if rule.by != "worth"}
    return benefits(programme.model_copy(update={"benefits": rules}))


def _balance(programme: Programme, run: Run | None) -> list[BalanceRow]:
    """Given and used, measure by measure, what is declared before what was run."""
    rows = declared_balance(programme)
    if run is not None:
        rows += run_balance(run.programme, station=run.station, environment=run.environment)
    order = list(dict.fromkeys(row.measure for row in rows))
    return sorted(rows, key=lambda row: order.index(row.measure))


def _contributions(programme: Programme, partner: str) -> tuple[Contribution, ...]:
    own = [c for c in programme.contributions.values() if c.partner == partner]
    return tuple(sorted(own, key=lambda c: (STAGES.index(c.stage), LEVELS.index(c.level))))


def own_findings(findings: Sequence[Finding]) -> dict[str, list[Finding]]:
    """Findings by the partner in whose folder they stand; others are left out."""
    found: dict[str, list[Finding]] = {}
    for finding in findings:
        folder = _FOLDER.search(finding.file)
        if folder is not None:
            found.setdefault(folder[1], []).append(finding)
    return found
