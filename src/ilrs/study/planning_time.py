"""Instants of a plan, from the epoch of its problem and to it."""

from ilrs.foundation.time import parse_utc, tdb_from_utc, utc_from_tdb, utc_text
from ilrs.operations.problem import Problem

__all__ = ["plan_instant_s", "plan_utc"]


def plan_instant_s(problem: Problem, utc: str) -> float:
    """An instant (ISO 8601 UTC) from the plan's epoch. [s]"""
    epoch_s, t_s = (float(tdb_from_utc(parse_utc(text))) for text in (problem.epoch_utc, utc))
    return round(t_s - epoch_s, 3)


def plan_utc(problem: Problem, t_s: float) -> str:
    """An instant of the plan as ISO 8601 UTC, to the second."""
    epoch_s = float(tdb_from_utc(parse_utc(problem.epoch_utc)))
    return utc_text(utc_from_tdb(epoch_s + t_s + 1e-3))
