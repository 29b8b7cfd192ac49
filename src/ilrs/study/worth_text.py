"""What partners are worth, as tables for a terminal and as plain data."""

from collections.abc import Sequence
from typing import Any

from ilrs.cooperation.shapley import Shares
from ilrs.study.run import figure
from ilrs.study.worth import MEASURES, Change, Withdrawal

__all__ = ["changes_table", "orphan_lines", "shares_note", "shares_record", "shares_table"]

Table = tuple[Sequence[str], list[tuple[object, ...]]]
_WORDS = {True: "holds", False: "fails", None: "not judged"}


def changes_table(
    changes: Sequence[Change], *, names: tuple[str, str] = ("with", "without")
) -> Table:
    """The requirements in two runs, which are called by `names`; those that break first."""
    rows = sorted(changes, key=lambda change: (not change.breaks, not change.changed))
    return ("requirement", *names, "", "why"), [
        (
            row.requirement, figure(row.before, row.unit), figure(row.after, row.unit),
            _turn(row.held, row.holds), row.why,
        )
        for row in rows
    ]  # fmt: skip


def _turn(held: bool | None, holds: bool | None) -> str:
    if held == holds:
        return _WORDS[holds]
    return f"{_WORDS[held]} -> {_WORDS[holds]}"


def orphan_lines(gone: Withdrawal) -> list[str]:
    """What others own and would have to find a new place for, a line for each kind."""
    kinds = (
        ("without a ride", gone.orphans.elements),
        ("without a host", gone.orphans.experiments),
        ("with a link through a relay that is gone", gone.orphans.links),
    )
    lines = [f"{what}: {', '.join(ids)}" for what, ids in kinds if ids]
    return lines or ["nothing of others depends on them"]


def shares_table(shares: Shares) -> Table:
    """Each partner's share by measure, the largest first measure on top."""
    parts = shares.parts
    order = sorted(range(len(shares.partners)), key=lambda k: -float(shares.shares[k, 0]))
    rows: list[tuple[object, ...]] = [
        (
            shares.partners[k],
            *(
                f"{figure(float(shares.shares[k, m]), unit)} ({100.0 * parts[k, m]:.1f} %)"
                for m, (_, unit, _) in enumerate(MEASURES)
            ),
        )
        for k in order
    ]
    whole = [figure(float(shares.together[m]), unit) for m, (_, unit, _) in enumerate(MEASURES)]
    return ("partner", *(name for name, _, _ in MEASURES)), [*rows, ("all together", *whole)]


def shares_note(shares: Shares) -> str:
    """What the measures mean, how the shares were found and how sure they are."""
    meanings = "; ".join(f"{name}: {text}" for name, _, text in MEASURES)
    if shares.orders == 0:
        how = f"exact, from {shares.coalitions} stations"
    else:
        errors = ", ".join(
            f"{figure(float(shares.standard_errors[:, m].max()), unit)} of {name}"
            for m, (name, unit, _) in enumerate(MEASURES)
        )
        how = (
            f"from {shares.orders} orders of joining and {shares.coalitions} stations; standard"
            f" errors up to {errors}"
        )
    return f"Shapley shares, {how}. {meanings}. A share below 0 takes more than it brings."


def shares_record(shares: Shares) -> dict[str, Any]:
    """The shares as plain data for JSON."""
    return {
        "measures": [{"name": n, "unit": u, "meaning": text} for n, u, text in MEASURES],
        "partners": [
            {
                "partner": partner,
                "shares": shares.shares[k].tolist(),
                "standard_errors": shares.standard_errors[k].tolist(),
            }
            for k, partner in enumerate(shares.partners)
        ],
        "together": shares.together.tolist(),
        "orders": shares.orders,
        "stations": shares.coalitions,
    }
