"""A sizing as tables for a terminal."""

from collections.abc import Sequence
from typing import Any, TextIO

from ilrs.study.report import print_table
from ilrs.study.sizing import SizedStation
from ilrs.study.sizing_files import sizing_record
from ilrs.study.sizing_trade import Trade

__all__ = ["print_sizing", "print_trades"]

_RUNS = {
    "as_sized": "all loads may draw on the stores",
    "as_ruled": "by the station's own reserve",
}


def print_sizing(sized: SizedStation, stream: TextIO) -> None:
    """Prints the design with its masses, the bound, and what its two runs served."""
    record = sizing_record(sized)
    rows = [
        (o["option"], o["element"], f"{o['units']:g}", f"{o['mass_kg']:,.0f} kg")
        for o in record["options"]
    ]
    print_table(("option", "element", "units", "mass"), rows, stream)
    stream.write(
        f"{sized.mass_kg:,.0f} kg at {sized.case.site}; no design of these options weighs less than"
        f" {sized.bound_kg:,.0f} kg (gap {record['gap']:.2%})\n"
    )
    for ride in record["missions"]:
        room = f"of {ride['free_kg']:,.0f} kg free" if ride["free_kg"] < 1e9 else "payload unknown"
        stream.write(f"{ride['mission'] or 'no mission'} lands {ride['mass_kg']:,.0f} kg, {room}\n")
    if (launches := record["launches"]) is not None:
        more = (
            f"{len(launches['more'])} ({', '.join(launches['more'])})" if launches["more"] else "no"
        )
        stream.write(
            f"{more} flight{'s' if len(launches['more']) != 1 else ''} for the design alone;"
            f" no design needs fewer than {launches['bound']}\n"
        )
    print_table(
        ("run of the design", "keep-alive unserved", "all unserved", "lowest charge", "lost"),
        [(_RUNS[name], *_run_cells(run)) for name, run in record["runs"].items()],
        stream,
    )
    dispatch = record["dispatch"]
    stream.write(
        f"by rule the station takes {dispatch['taken_wh'] / 1e3:,.0f} kWh from generators and"
        f" stores, at most {dispatch['excess']:.1%} more than the best dispatch\n"
    )


def _run_cells(run: dict[str, Any]) -> tuple[str, ...]:
    charge = run["lowest_state_of_charge"]
    return (
        f"{run['keep_alive_unserved_wh'] / 1e3:.3g} kWh",
        f"{run['unserved_fraction']:.2%} in {run['unserved_h']:g} h",
        "–" if charge is None else f"{charge:.0%}",
        f"{run['elements_lost']}",
    )


def print_trades(trades: Sequence[Trade], stream: TextIO) -> None:
    """Prints each curve as a table; a point that nothing serves says what falls short."""
    for trade in trades:
        rows = []
        for k, point in enumerate(trade.points):
            at = f"{trade.x[k]:g}" if trade.x else point.site
            if point.mass_kg is None or point.bound_kg is None:
                rows.append((at, "–", "–", "–", point.why_none))
                continue
            unserved = point.run_unserved_fraction or 0.0
            rows.append((at, f"{point.mass_kg:,.0f} kg", f"{point.bound_kg:,.0f} kg",
                         f"{unserved:.2%}", ""))  # fmt: skip
        columns = (trade.x_title, "mass", "bound", "unserved by rule", "why none")
        print_table(columns, rows, stream)
