"""What the station knows when nobody tells it anything: directives, rules on board, its passes.

A rule leads an element from mode to mode, as `programme.modes.Rule` says; in some modes activities
rest. Here rules ask for levels of the plan's stores, and for surroundings as they were forecast.
"""

import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, Problem

__all__ = [
    "FIRST_MODE", "Board", "BoardRule", "Directive", "Rest", "Solitude", "board_text", "directives",
    "passes_in", "read_board", "solitudes",
]  # fmt: skip

FIRST_MODE = "work"  # that every element begins in
_INF = float("inf")


@dataclass(frozen=True, slots=True, kw_only=True)
class BoardRule:
    """When an element changes its mode by itself: all that is written of it must hold."""

    id: str  # such as "LES-GRID.rules[0]"
    element: str
    to: str
    from_modes: tuple[str, ...] = ()  # any when empty
    store: str = ""  # whose level is asked
    level_above: float = -_INF  # parts of the store's capacity
    level_below: float = _INF
    failed: str = ""  # an element of which a fault holds
    well: str = ""  # an element of which none does
    silent_above_s: float = -_INF  # since the last pass
    silent_below_s: float = _INF
    open: Windows | None = None  # when the surroundings are as it says, by forecast; else always
    after_s: float = 0.0  # in the mode it leaves


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Kinds of activities that rest while an element is in a mode; names of activities too."""

    element: str
    mode: str
    kinds: tuple[str, ...]

    def covers(self, activity: Activity) -> bool:
        """Whether that activity rests."""
        return activity.kind in self.kinds or activity.id in self.kinds


@dataclass(frozen=True, slots=True, kw_only=True)
class Board:
    """The rules on board, what rests in which mode, and when the station talks to the ground.

    At a pass the log comes down and directives go up, at one instant; `contact` is when a link is
    open at all. `makes_w` is the power that each source makes, by forecast, slot by slot.
    """

    rules: tuple[BoardRule, ...] = ()
    rests: tuple[Rest, ...] = ()
    passes_s: tuple[float, ...] = ()
    contact: Windows = field(default_factory=Windows)
    makes_w: Mapping[str, tuple[float, ...]] = field(default_factory=dict)
    energy: Mapping[str, str] = field(default_factory=dict)  # element -> its grid's resource


def passes_in(
    contact: Windows, *, every_s: float, step_s: float, span_s: float
) -> tuple[float, ...]:
    """When station and ground talk: so long after the pass before, or as soon as a link is open.

    Instants are begins of steps from the epoch, at which the plan goes up. [s]
    """
    edges_s = step_s * np.arange(round(span_s / step_s) + 1)
    open_s = edges_s[:-1][contact.overlap_fraction(edges_s) > 0.0]
    found: list[float] = []
    while True:
        due_s = (found[-1] if found else 0.0) + max(every_s, step_s)
        k = int(np.searchsorted(open_s, due_s - 1e-6))
        if k == open_s.size:
            return tuple(found)
        found.append(float(open_s[k]))


@dataclass(frozen=True, slots=True, kw_only=True)
class Directive:
    """What the station is told: run this from then on for so long, unless a rule holds."""

    activity: str
    partner: str
    start_s: float
    duration_s: float
    rules: tuple[str, ...] = ()  # those on board by which it may come to rest

    @property
    def end_s(self) -> float:
        """The planned end, from the epoch. [s]"""
        return self.start_s + self.duration_s


def directives(
    problem: Problem, plan: xr.Dataset, *, board: Board | None = None
) -> list[Directive]:
    """What the plan tells the station, in the order of time, each with the rules it follows."""
    on_board = Board() if board is None else board
    rows = zip(plan["activity"].values, plan["start_s"].values, plan["duration_s"].values,
               strict=True)  # fmt: skip
    known = {a.id: a for a in problem.activities}
    told = [
        Directive(
            activity=str(name), partner=known[str(name)].partner, start_s=float(start_s),
            duration_s=float(duration_s), rules=_rules_of(known[str(name)], on_board),
        )
        for name, start_s, duration_s in rows
        if np.isfinite(start_s)
    ]  # fmt: skip
    return sorted(told, key=lambda d: (d.start_s, d.activity))


def _rules_of(activity: Activity, board: Board) -> tuple[str, ...]:
    rests = {(rest.element, rest.mode) for rest in board.rests if rest.covers(activity)}
    return tuple(rule.id for rule in board.rules if (rule.element, rule.to) in rests)


@dataclass(frozen=True, slots=True, kw_only=True)
class Solitude:
    """What the station is to do alone from one pass to the next, or from and to the plan's ends."""

    begin_s: float
    end_s: float
    without_contact_s: float  # no link is open
    begins: tuple[str, ...]  # activities, in the order of time
    runs: tuple[str, ...]  # that run as it begins
    busy_s: float  # of all activities
    rules: tuple[str, ...]  # on board, by which some of them may come to rest


def solitudes(problem: Problem, plan: xr.Dataset, board: Board) -> list[Solitude]:
    """What the station does alone until each next pass, by plan; the first from the epoch on."""
    told = directives(problem, plan, board=board)
    edges_s = sorted({0.0, *board.passes_s, problem.span_s})
    found = []
    for begin_s, end_s in zip(edges_s[:-1], edges_s[1:], strict=True):
        here = [d for d in told if d.start_s < end_s and d.end_s > begin_s]
        rules = {rule for d in here for rule in d.rules}
        silent = Windows([(begin_s, end_s)]) - board.contact
        found.append(
            Solitude(
                begin_s=begin_s, end_s=end_s, without_contact_s=silent.total_s,
                begins=tuple(d.activity for d in here if d.start_s >= begin_s),
                runs=tuple(d.activity for d in here if d.start_s < begin_s),
                busy_s=sum(min(d.end_s, end_s) - max(d.start_s, begin_s) for d in here),
                rules=tuple(rule.id for rule in board.rules if rule.id in rules),
            )
        )  # fmt: skip
    return found


def board_text(board: Board) -> str:
    """All of a board as JSON; a limit that is none is null."""
    record = {
        "rules": [_rule_record(rule) for rule in board.rules],
        "rests": [asdict(rest) for rest in board.rests],
        "passes_s": list(board.passes_s),
        "contact": [list(span) for span in board.contact],
        "makes_w": {id_: list(series) for id_, series in board.makes_w.items()},
        "energy": dict(board.energy),
    }
    return json.dumps(record, ensure_ascii=False, allow_nan=False) + "\n"


_LIMITS = {
    "level_above": -_INF, "level_below": _INF, "silent_above_s": -_INF, "silent_below_s": _INF,
}  # fmt: skip


def _rule_record(rule: BoardRule) -> dict[str, Any]:
    told = {name: getattr(rule, name) for name in BoardRule.__slots__}
    told |= {name: None for name, none in _LIMITS.items() if told[name] == none}
    return told | {"open": None if rule.open is None else [list(span) for span in rule.open]}


def read_board(path: Path) -> Board:
    """The board that `board_text` told, an empty one where there is no file; else IlrsError."""
    if not path.exists():
        return Board()
    try:
        record = json.loads(path.read_text(encoding="utf-8"))
        return Board(
            rules=tuple(_rule(row) for row in record["rules"]),
            rests=tuple(Rest(**{**row, "kinds": tuple(row["kinds"])}) for row in record["rests"]),
            passes_s=tuple(record["passes_s"]),
            contact=Windows((a, b) for a, b in record["contact"]),
            makes_w={id_: tuple(series) for id_, series in record["makes_w"].items()},
            energy=record["energy"],
        )
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise IlrsError(
            f"{path} is no board",
            "`ilrs plan --output FOLDER` writes FOLDER/board.json",
            "Make the plan anew.",
        ) from error


def _rule(row: dict[str, Any]) -> BoardRule:
    limits = {name: none if row[name] is None else row[name] for name, none in _LIMITS.items()}
    opened = None if row["open"] is None else Windows((a, b) for a, b in row["open"])
    return BoardRule(**{**row, **limits, "from_modes": tuple(row["from_modes"]), "open": opened})
