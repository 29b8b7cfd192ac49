"""Declared rules of an element's modes: where in time those hold that look at the surroundings.

What looks at the element itself (its charge, its temperature, how long it is in a mode) is asked
step by step in the loop, see `element_steps.follow_rules`.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.programme.entities import Element, Rule
from ilrs.station.power import at_mast_height

__all__ = ["ModeChange", "mode_changes", "rules_open", "silence_s"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def _light(element: Element, environment: xr.Dataset) -> FloatArray:
    """Part of the Sun's disc in view from the element's mast, or the lowest height. [1]"""
    heights_m = environment["mast_height_m"].values
    rows = environment["sun_visible_fraction"].transpose("mast_height_m", "time").values
    height_m = element.array.mast_height_m if element.array else float(heights_m.min())
    return at_mast_height(rows, height_m, heights_m=heights_m)


@dataclass(frozen=True, slots=True, kw_only=True)
class ModeChange:
    """An element that changed its mode by itself in a step of a run, and by which rule."""

    step: int
    element: str
    before: str
    after: str
    rule: str  # such as "LES-GRID.rules[0]"; all that lead so, where several do


def mode_changes(elements: Sequence[Element], station: xr.Dataset) -> list[ModeChange]:
    """All changes of mode of a run, in the order of its steps; `station` is its Dataset."""
    found = []
    for element in elements:
        if not element.rules:
            continue
        names = element.mode_names
        modes = station["mode"].sel(element=element.id).values.astype(int)
        was = np.append(0, modes[:-1])
        for step in np.flatnonzero(modes != was).tolist():
            before, after = names[was[step]], names[modes[step]]
            by = [
                f"{element.id}.rules[{k}]"
                for k, rule in enumerate(element.rules)
                if rule.to == after and (not rule.from_modes or before in rule.from_modes)
            ]
            found.append(
                ModeChange(
                    step=step, element=element.id, before=before, after=after, rule=" or ".join(by)
                )
            )
    return sorted(found, key=lambda change: (change.step, change.element))


def silence_s(is_open: npt.ArrayLike, *, step_s: float) -> FloatArray:
    """Time since the last contact as each step begins, 0 while there is one. [s]

    Before the first contact it counts from the first step on.
    """
    steps = np.arange(np.size(is_open))
    last = np.maximum.accumulate(np.where(is_open, steps, -1))
    return np.maximum(steps - last - 1, 0) * step_s


def _holds(
    rule: Rule, element: Element, environment: xr.Dataset, *, silent_s: FloatArray
) -> npt.NDArray[np.bool_]:
    holds = np.ones(environment.sizes["time"], dtype=np.bool_)
    bounds = (
        ("sun_elevation_deg", rule.sun_elevation_above_deg, rule.sun_elevation_below_deg),
        (
            "surface_temperature_k",
            rule.surface_temperature_above_k, rule.surface_temperature_below_k,
        ),
    )  # fmt: skip
    silence = (rule.without_contact_above_s, rule.without_contact_below_s)
    for limit_s, sign in zip(silence, (1.0, -1.0), strict=True):
        if limit_s is not None:
            holds &= sign * silent_s > sign * limit_s
    due = (rule.crew_due_above_s, rule.crew_due_below_s)
    for name, above, below in (*bounds, *([("crew_due_s", *due)] if due != (None, None) else [])):
        # Where no visit is declared, and after the last one, nobody ever comes.
        known = environment[name].values if name in environment else np.full(holds.size, np.nan)
        values = np.where(np.isnan(known), np.inf, known)
        if above is not None:
            holds &= values > above
        if below is not None:
            holds &= values < below
    if rule.light_above is not None or rule.light_below is not None:
        light = _light(element, environment)
        holds &= light > (-np.inf if rule.light_above is None else rule.light_above)
        holds &= light < (np.inf if rule.light_below is None else rule.light_below)
    return holds


def rules_open(
    elements: Sequence[Element], *, environment: xr.Dataset, link_open: Sequence[FloatArray] = ()
) -> FloatArray:
    """1 where what a rule says of the surroundings holds, else 0; shape (rule, time).

    Rules stand in the order of the elements and, in each, as declared. Light is that at the
    element's mast, or at the lowest height that the environment knows. There is contact in a step
    in which some link of `link_open` (its part of each step) is open.
    """
    steps = environment.sizes["time"]
    is_open = np.zeros(steps, dtype=np.bool_)
    for part in link_open:
        is_open |= part > 0.0
    silent_s = silence_s(is_open, step_s=float(environment.attrs["step_s"]))
    rows = [
        _holds(rule, element, environment, silent_s=silent_s)
        for element in elements
        for rule in element.rules
    ]
    return np.array(rows, dtype=np.float64).reshape(len(rows), steps)
