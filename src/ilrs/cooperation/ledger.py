"""The contribution ledger: who brings what, at which stage and level, and what nobody brings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from ilrs.cooperation.balance import SERVICES
from ilrs.programme.entities import Contribution, Form, Level, Programme, Stage, StatusClaim

if TYPE_CHECKING:
    import xarray as xr

__all__ = [
    "FORMS", "LEVELS", "STAGES", "STATUSES", "LedgerGaps", "LedgerRow", "coverage", "gaps",
    "ledger",
]  # fmt: skip

STAGES: tuple[str, ...] = get_args(Stage)
LEVELS: tuple[str, ...] = get_args(Level)
FORMS: tuple[str, ...] = get_args(Form)
STATUSES: tuple[str, ...] = get_args(Contribution.model_fields["status"].annotation)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One contribution, with what of it is counted and how its status came about."""

    partner: str
    contribution: str
    name: str
    stage: str
    level: str
    form: str
    area: str
    status: str
    history: tuple[StatusClaim, ...]  # of statuses, oldest first
    needs: tuple[str, ...]  # contributions that it waits for
    gives: tuple[str, ...]
    service: str
    counted: tuple[tuple[str, float], ...]  # of the service: measure of the balance, amount
    mass_kg: float | None  # of the given elements that declare a mass; None where none does
    mass_unknown: tuple[str, ...]  # given elements that declare none
    terms: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerGaps:
    """What the ledger lacks: (stage, level) cells nobody fills, and partners who bring nothing."""

    empty_cells: tuple[tuple[str, str], ...]
    partners_without_contribution: tuple[str, ...]


def _row(programme: Programme, contribution: Contribution) -> LedgerRow:
    given = [programme.elements[key] for key in contribution.gives if key in programme.elements]
    masses = [element.mass_kg for element in given if element.mass_kg is not None]
    service = contribution.service
    return LedgerRow(
        partner=contribution.partner,
        contribution=contribution.id,
        name=contribution.name,
        stage=contribution.stage,
        level=contribution.level,
        form=contribution.form,
        area=contribution.area,
        status=contribution.status,
        history=contribution.history,
        needs=contribution.needs,
        gives=contribution.gives,
        service=" ".join(filter(None, (service.amount, service.kind))) if service else "",
        counted=tuple(
            (measure, getattr(service, attribute))
            for measure, attribute in SERVICES.items()
            if service is not None and getattr(service, attribute) is not None
        ),
        mass_kg=sum(masses) if masses else None,
        mass_unknown=tuple(element.id for element in given if element.mass_kg is None),
        terms=contribution.terms,
    )


def ledger(
    programme: Programme, *, partner: str = "", stage: str = "", level: str = "", form: str = "",
    area: str = "", status: str = "",
) -> list[LedgerRow]:  # fmt: skip
    """All contributions, by partner in declared order, then by stage, level and id.

    Filtered by what is given; an area fits where the text is part of it. A given mission adds no
    mass of its own: what it carries is counted where it is given.
    """
    rank = {key: place for place, key in enumerate(programme.partners)}

    def place(row: LedgerRow) -> tuple[int, str, int, int, str]:
        return (
            rank.get(row.partner, len(rank)), row.partner, STAGES.index(row.stage),
            LEVELS.index(row.level), row.contribution,
        )  # fmt: skip

    asked = {"partner": partner, "stage": stage, "level": level, "form": form, "status": status}
    kept = [
        contribution
        for contribution in programme.contributions.values()
        if all(not word or getattr(contribution, key) == word for key, word in asked.items())
        and area.casefold() in contribution.area.casefold()
    ]
    return sorted((_row(programme, contribution) for contribution in kept), key=place)


def coverage(programme: Programme) -> "xr.DataArray":
    """Number of contributions by stage, level and partner, those withdrawn left out."""
    import xarray as xr  # noqa: PLC0415  heavy to load, and `ilrs check` does without

    standing = [c for c in programme.contributions.values() if c.status != "withdrawn"]
    partners = list(dict.fromkeys([*programme.partners, *(c.partner for c in standing)]))
    counts = np.zeros((len(STAGES), len(LEVELS), len(partners)), dtype=np.int64)
    for c in standing:
        counts[STAGES.index(c.stage), LEVELS.index(c.level), partners.index(c.partner)] += 1
    return xr.DataArray(
        counts,
        dims=("stage", "level", "partner"),
        coords={"stage": list(STAGES), "level": list(LEVELS), "partner": partners},
        name="contributions",
        attrs={"units": "1", "long_name": "number of contributions, without those withdrawn"},
    )


def gaps(programme: Programme) -> LedgerGaps:
    """The cells of stage x level without any contribution, and the partners without one."""
    counts = coverage(programme)
    filled = counts.sum("partner").values
    brings = counts.sum(("stage", "level"))
    return LedgerGaps(
        empty_cells=tuple(
            (stage, level)
            for i, stage in enumerate(STAGES)
            for j, level in enumerate(LEVELS)
            if filled[i, j] == 0
        ),
        partners_without_contribution=tuple(
            partner for partner in programme.partners if int(brings.sel(partner=partner)) == 0
        ),
    )
