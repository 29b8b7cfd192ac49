"""The ledger, the balance and the benefits as tables for a terminal, CSV and plain data."""

import csv
import io
import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ilrs.cooperation.balance import (
    MEASURES,
    BalanceRow,
    declared_balance,
    plan_balance,
    run_balance,
)
from ilrs.cooperation.benefits import BenefitRow
from ilrs.cooperation.dependencies import Dependency
from ilrs.cooperation.ledger import LedgerRow
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Programme

if TYPE_CHECKING:  # heavy to load, and the ledger of the files does without
    import xarray as xr

    from ilrs.study.data_rights import DataRight

__all__ = [
    "amount_text", "balance_of", "balance_table", "benefits_rows", "benefits_table",
    "contributions_table", "csv_text", "dependencies_table", "given_texts", "got_text",
    "ledger_record", "matrix_table", "read_worths", "rights_table",
]  # fmt: skip

Table = tuple[Sequence[str], list[tuple[object, ...]]]


def contributions_table(rows: Sequence[LedgerRow]) -> Table:
    """The contributions, each status with the date from which it holds."""
    return ("partner", "contribution", "stage", "level", "form", "area", "status", "since"), [
        (
            row.partner, row.contribution, row.stage, row.level, row.form, row.area, row.status,
            " > ".join(_said(row)),
        )
        for row in rows
    ]  # fmt: skip


def _said(row: LedgerRow) -> list[str]:
    """The history of a status in short: 'offered 2023-10', …, the one that holds by its date."""
    last = len(row.history) - 1
    return [
        " ".join(filter(None, ("" if k == last else claim.status, claim.date or claim.as_of or "")))
        for k, claim in enumerate(row.history)
    ]


def dependencies_table(found: Sequence[Dependency]) -> Table:
    """Who gives what to whom, and what for."""
    return ("gives", "takes", "kind", "thing", "for"), [
        (one.giver, one.taker, one.kind, one.gives, one.needs) for one in found
    ]


def matrix_table(chart: "xr.DataArray") -> Table:
    """The N² chart as a table: rows give, columns take, cells count."""
    counts = chart.sum("kind").values
    takers = chart["taker"].values.tolist()
    return ("gives", *takers), [
        (giver, *(int(number) for number in counts[i]))
        for i, giver in enumerate(chart["giver"].values.tolist())
    ]


def balance_table(rows: Sequence[BalanceRow]) -> Table:
    """Given beside used, with units that fit."""
    return ("partner", "what", "given", "used", "from"), [
        (row.partner, row.measure, amount_text(row.given, row.measure),
         amount_text(row.used, row.measure), row.basis)
        for row in rows
    ]  # fmt: skip


def benefits_table(
    rows: Sequence[BenefitRow], *, given: Mapping[str, str], worths: Mapping[str, float] | None
) -> Table:
    """What each partner gets, beside what it gives and what it is worth; partners in any of them.

    `given` is what each partner gives, in words.
    """
    gives = list(dict.fromkeys(row.gives for row in rows))
    partners = list(dict.fromkeys([*(row.partner for row in rows), *given]))
    head = ["partner", *(word.replace("_", " ") for word in gives), "gives"]
    table = []
    for partner in partners:
        cells: list[object] = [partner]
        for word in gives:
            own = [row for row in rows if row.partner == partner and row.gives == word]
            cells.append(got_text(own))
        cells.append(given.get(partner, "-"))
        if worths is not None:
            cells.append(f"{100.0 * worths[partner]:.1f} %" if partner in worths else "-")
        table.append(tuple(cells))
    return (*head, *(["is worth"] if worths is not None else [])), table


def benefits_rows(rows: Sequence[BenefitRow]) -> Table:
    """Every partner's part of every rule, for a file: amounts in their unit."""
    names = ("partner", "benefit", "gives", "by", "share", "amount", "unit")
    return names, [tuple(getattr(row, name) for name in names) for row in rows]


def rights_table(rights: "Sequence[DataRight]") -> Table:
    """The rules on data: whose, to whom, what, and from when on."""
    return ("rule", "data of", "to", "may", "from"), [
        (
            right.benefit, ", ".join(right.of) or "everyone", right.to, ", ".join(right.may),
            right.embargo or "the start" if right.when == "release" else "receipt",
        )
        for right in rights
    ]  # fmt: skip


def got_text(rows: Sequence[BenefitRow]) -> str:
    """What one partner gets of one thing by all rules together: '12.5 % (3)'."""
    share = sum(row.share for row in rows)
    if not rows:
        return "-"
    amounts = [row.amount for row in rows if row.amount is not None]
    told = f" ({_with_unit(sum(amounts), rows[0].unit)})" if amounts else ""
    return f"{100.0 * share:.1f} %{told}"


def amount_text(amount: float | None, measure: str) -> str:
    """An amount of a measure with a unit that fits, a relay's time in minutes; a dash for none."""
    if amount is None:
        return "-"
    if measure == "relay":
        return f"{amount / 60.0:,.0f} min"
    return _with_unit(amount, MEASURES[measure])


def _with_unit(amount: float, unit: str) -> str:
    if unit == "count":
        return f"{amount:g}"
    if unit == "s":
        return f"{amount / 3600.0:,.0f} h"
    return f"{amount:,.0f} kg" if unit == "kg" else format_quantity(amount, unit)


def given_texts(rows: Sequence[BalanceRow]) -> dict[str, str]:
    """What each partner gives by the balance, in a few words: as it was run or planned, if so."""
    found: dict[str, dict[str, str]] = {}
    for row in rows:
        if row.given:
            text = f"{amount_text(row.given, row.measure)} {row.measure}"
            found.setdefault(row.partner, {})[row.measure] = text
    return {partner: ", ".join(texts.values()) for partner, texts in found.items()}


def csv_text(table: Table) -> str:
    """A table as CSV."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(table[0])
    writer.writerows(table[1])
    return out.getvalue()


def ledger_record(
    contributions: Sequence[LedgerRow], found: Sequence[Dependency], balance: Sequence[BalanceRow]
) -> dict[str, Any]:
    """Contributions with their history, dependencies and balance as plain data, in SI units."""
    return {
        "contributions": [
            {
                **{k: v for k, v in asdict(row).items() if k not in ("history", "counted")},
                "counted": dict(row.counted),
                "history": [claim.model_dump(mode="json") for claim in row.history],
            }
            for row in contributions
        ],
        "dependencies": [asdict(one) for one in found],
        "balance": [asdict(row) for row in balance],
    }


def balance_of(programme: Programme, run: Path | None) -> list[BalanceRow]:
    """The declared balance, and those of a run's folder and of the plan in it, where it is named.

    Raises IlrsError for a folder that holds no run, or one of another programme.
    """
    rows = declared_balance(programme)
    if run is None:
        return rows
    import xarray as xr  # noqa: PLC0415  heavy to load, and the ledger of the files does without

    def dataset(path: Path) -> "xr.Dataset":
        with xr.open_dataset(path, engine="scipy") as stored:
            return stored.load()

    plan, stored = run / "plan.nc", run / "datasets"
    try:
        if (run / "run.json").exists() or not plan.exists():
            record = json.loads((run / "run.json").read_text(encoding="utf-8"))
            _of_these_files(record, programme, run)
            rows += run_balance(
                programme, station=dataset(stored / "station.nc"),
                environment=dataset(stored / "environment.nc"),
            )  # fmt: skip
        if plan.exists():
            record = json.loads((run / "plan.json").read_text(encoding="utf-8"))
            _of_these_files(record, programme, run)
            rows += plan_balance(programme, dataset(plan))
    except (OSError, ValueError, KeyError, TypeError):
        raise IlrsError(
            f"{run} holds no run",
            "`ilrs run` writes a folder with run.json and datasets, `ilrs plan --output` one with"
            " plan.nc",
            "Name such a folder with --run.",
        ) from None
    return rows


def _of_these_files(record: Mapping[str, Any], programme: Programme, run: Path) -> None:
    if record["provenance"]["programme_sha256"] != programme.sha256:
        raise IlrsError(
            f"{run} tells of a programme that reads otherwise now",
            "given and used are counted for the files as they are now",
            "Run `ilrs run` or `ilrs plan` again with the same folders.",
        )


def read_worths(path: Path) -> dict[str, float]:
    """What each partner is worth, as a part of the whole: the mean over the measures of the file.

    A share below 0 is worth nothing here. Raises IlrsError for any other file.
    """
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        rows = {str(row["partner"]): row["shares"] for row in record["partners"]}
        sums = [sum(max(one, 0.0) for one in column) for column in zip(*rows.values(), strict=True)]
        return {
            partner: sum(
                max(one, 0.0) / whole for one, whole in zip(shares, sums, strict=True) if whole
            )
            / max(sum(1 for whole in sums if whole), 1)
            for partner, shares in rows.items()
        }
    except (OSError, ValueError, KeyError, TypeError):
        raise IlrsError(
            f"{path} says nothing of what partners are worth",
            "`ilrs worth --json > FILE` writes such a file",
            "Name that file with --worth.",
        ) from None
