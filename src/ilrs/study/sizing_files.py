"""What `ilrs size` writes: the design as a proposal folder, trade curves as CSV and SVG, JSON."""

import csv
import io
import math
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from ilrs.foundation.errors import IlrsError
from ilrs.programme.attributes import Attribute, attributes_of
from ilrs.programme.entities import Element
from ilrs.study.site_chart import Panel, line_chart
from ilrs.study.site_files import write_text
from ilrs.study.sizing import SizedStation
from ilrs.study.sizing_trade import Trade

__all__ = ["sizing_record", "trade_csv", "trade_svg", "write_proposal", "write_trades"]

_CHANGED = ("mass", "modes", "array", "generator", "storage", "thermal")


def write_proposal(sized: SizedStation, folder: Path) -> list[Path]:
    """Writes the design as a programme folder, to be laid over the one it was sized in.

    Each owner's folder holds the elements that changed; one of which nothing is landed stays on
    Earth. Raises IlrsError for a folder that holds anything.
    """
    if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
        raise IlrsError(
            f"{str(folder)!r} exists and is not an empty folder",
            "a proposal is written into a new or empty folder",
            "Name another folder.",
        )
    declared = {element.id: element for element in sized.case.elements}
    standing = {element.id: element for element in sized.elements}
    wanted = {sized.case.options[key].element for key in sized.units}
    owners: dict[str, list[str]] = {}
    for id_ in declared:
        if id_ in wanted:
            owners.setdefault(declared[id_].owner, []).append(id_)
    why = (
        f"Sized by `ilrs size` for {sized.case.scenario.id} at {sized.case.site}: the lightest that"
        f" serves its loads, to {sized.sizing.gap:.2%}."
    )
    written = [folder / "programme.yaml"]
    try:
        folder.mkdir(parents=True, exist_ok=True)
        write_text(f"# {why}\nname: Sized proposal\n", written[0])
        for owner, ids in owners.items():
            lines = [f"# {why}", "elements:"]
            for id_ in ids:
                lines += _element(declared[id_], standing.get(id_), why=why)
            path = folder / "partners" / owner / "sizing.yaml"
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text("\n".join(lines) + "\n", path)
            written.append(path)
    except OSError as error:
        raise IlrsError(
            f"{str(folder)!r} cannot be written: {error.strerror}",
            "a proposal needs a folder that can be made and written",
            "Name another folder, or mend that.",
        ) from None
    return written


def _element(declared: Element, made: Element | None, *, why: str) -> Iterator[str]:
    """An element as lines of YAML: what changed, or that it stays on Earth."""
    yield f"  {declared.id}:"
    if made is None:
        yield "    note: Not landed, it stays on Earth. The lightest design does without it."
        yield from ("    facility: F5", "    site: null", "    arrives_on: null", "    faults: []")
        return
    yield f'    figures: {{status: estimate, reason: "{why}"}}'
    if made.arrives_on != declared.arrives_on:
        yield f"    arrives_on: {made.arrives_on}"
    for key in _CHANGED:
        attribute = attributes_of(Element)[key]
        value = getattr(made, attribute.name)
        if value is not None and value != {}:
            yield f"    {key}: {_flow(attribute, value)}"


def _flow(attribute: Attribute, value: Any) -> str:
    """A value as YAML on one line, quantities in their own unit."""
    if isinstance(value, dict):
        inner = (f"{key}: {_flow(attribute.item, item)}" for key, item in value.items())
        return "{" + ", ".join(inner) + "}"
    if isinstance(value, BaseModel):
        told = []
        for key, own in attributes_of(type(value)).items():
            item = getattr(value, own.name)
            if item is not None and item != own.default:
                told.append(f"{key}: {_flow(own, item)}")
        return "{" + ", ".join(told) + "}"
    if attribute.unit is None:
        return str(value)
    number = f"{value:.9g}"
    return number if attribute.unit == "1" else f"{number} {attribute.unit}"


def sizing_record(sized: SizedStation) -> dict[str, Any]:
    """A design as plain data: units, masses, the bound, and what its runs gave."""
    options = sized.case.options
    dispatch = sized.dispatch
    return {
        "programme": sized.case.programme.name,
        "scenario": sized.case.scenario.id,
        "site": sized.case.site,
        "provenance": {"programme_sha256": sized.case.programme.sha256},
        "mass_kg": sized.mass_kg,
        "bound_kg": sized.bound_kg,
        "gap": sized.sizing.gap,
        "blocks": sized.sizing.blocks,
        "options": [
            {"option": key, "element": options[key].element, "units": units,
             "mass_kg": units * options[key].mass_kg}
            for key, units in sized.units.items()
        ],
        "missions": [
            {"mission": mission, "mass_kg": mass_kg, "free_kg": free_kg}
            for mission, mass_kg, free_kg in sized.rides
        ],
        "launches": _launches_record(sized),
        "runs": {name: _run_record(run) for name, run in sized.runs.items()},
        "dispatch": {
            "taken_wh": dispatch.taken_wh, "least_wh": dispatch.least_wh, "excess": dispatch.excess,
        },
    }  # fmt: skip


def _launches_record(sized: SizedStation) -> dict[str, Any] | None:
    """Flights for the design alone; None where mass was the aim."""
    found = sized.launches
    if found is None:
        return None
    return {"more": list(found.more), "bound": found.bound, "rides": dict(found.rides)}


def _run_record(run: Any) -> dict[str, Any]:
    asked_w = run["power_requested_w"].sum("element").values
    hours = float(run.attrs["step_s"]) / 3600.0
    return {
        "keep_alive_unserved_wh": float(run["keep_alive_unserved_w"].sum()) * hours,
        "unserved_fraction": float(run["power_unserved_w"].sum()) / max(float(asked_w.sum()), 1e-9),
        "unserved_h": float((run["power_unserved_w"].values > 1e-3).sum()) * hours,
        "lowest_state_of_charge": _number(float(run["state_of_charge"].min())),
        "elements_lost": int(run.attrs["elements_lost"]),
    }


def _number(value: float) -> float | None:
    return value if math.isfinite(value) else None


def trade_csv(trades: Sequence[Trade]) -> str:
    """Every point of the trade curves as CSV: what was changed, to what, and the mass it takes."""
    stream = io.StringIO()
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["site", "mast_height_m", "unserved_fraction", "mass_kg", "bound_kg",
                    "run_unserved_fraction", "why_none"])  # fmt: skip
    for trade in trades:
        for point in trade.points:
            table.writerow([point.site, _text(point.mast_height_m), _text(point.unserved_fraction),
                            _text(point.mass_kg), _text(point.bound_kg),
                            _text(point.run_unserved_fraction), point.why_none])  # fmt: skip
    return stream.getvalue()


def _text(value: float | None) -> str:
    return "" if value is None else f"{value:.6g}"


def trade_svg(trade: Trade, *, foot: str) -> str:
    """One trade curve with a number on its axis, as an SVG plot of mass."""
    served = [(x, p) for x, p in zip(trade.x, trade.points, strict=True) if p.mass_kg is not None]
    panel = Panel(
        title="Landed mass of power and storage, kg",
        values=[point.mass_kg or 0.0 for _, point in served],
        colour="blue",
    )
    return line_chart(
        [x for x, _ in served], [panel], title=trade.title, x_title=trade.x_title, foot=foot
    )


def write_trades(trades: Sequence[Trade], folder: Path, *, foot: str) -> list[Path]:
    """Writes all points as CSV, and each curve of two points or more as SVG."""
    folder.mkdir(parents=True, exist_ok=True)
    written = [folder / "trades.csv"]
    write_text(trade_csv(trades), written[0])
    for trade in trades:
        if trade.x and sum(point.mass_kg is not None for point in trade.points) > 1:
            written.append(folder / f"{trade.name}.svg")
            write_text(trade_svg(trade, foot=foot), written[-1])
    return written
