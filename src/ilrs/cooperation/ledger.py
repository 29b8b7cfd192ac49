"""The contribution ledger: who brings what, at which stage and level, and what nobody brings."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np

from ilrs.programme.entities import Contribution, Level, Programme, Stage

if TYPE_CHECKING:
    import xarray as xr

__all__ = ["LEVELS", "STAGES", "LedgerGaps", "LedgerRow", "coverage", "gaps", "ledger"]

STAGES: tuple[str, ...] = get_args(Stage)
LEVELS: tuple[str, ...] = get_args(Level)


@dataclass(frozen=True, slots=True, kw_only=True)
class LedgerRow:
    """One contribution, with the mass it gives where its elements declare one."""

    partner: str
    contribution: str
    name: str
    stage: str
    level: str
    form: str
    area: str
    status: str
    gives: tuple[str, ...]
    service: str
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
        gives=contribution.gives,
        service=" ".join(filter(None, (service.amount, service.kind))) if service else "",
        mass_kg=sum(masses) if masses else None,
        mass_unknown=tuple(element.id for element in given if element.mass_kg is None),
        terms=contribution.terms,
    )


def ledger(programme: Programme) -> list[LedgerRow]:
    """All contributions, by partner in declared order, then by stage, level and id.

    A given mission adds no mass of its own: what it carries is counted where it is given.
    """
    partners = list(programme.partners)

    def _place(row: LedgerRow) -> tuple[int, str, int, int, str]:
        rank = partners.index(row.partner) if row.partner in partners else len(partners)
        return (
            rank, row.partner, STAGES.index(row.stage), LEVELS.index(row.level), row.contribution,
        )  # fmt: skip

    return sorted((_row(programme, c) for c in programme.contributions.values()), key=_place)


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
