"""Declared rules of an element's modes: where in time those hold that look at the surroundings.

What looks at the element itself (its charge, its temperature, how long it is in a mode) is asked
step by step in the loop, see `element_steps.follow_rules`.
"""

from collections.abc import Sequence
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.programme.entities import Element, Rule
from ilrs.station.power import at_mast_height

__all__ = ["rules_open"]

FloatArray: TypeAlias = npt.NDArray[np.float64]


def _light(element: Element, environment: xr.Dataset) -> FloatArray:
    """Part of the Sun's disc in view from the element's mast, or the lowest height. [1]"""
    heights_m = environment["mast_height_m"].values
    rows = environment["sun_visible_fraction"].transpose("mast_height_m", "time").values
    height_m = element.array.mast_height_m if element.array else float(heights_m.min())
    return at_mast_height(rows, height_m, heights_m=heights_m)


def _holds(rule: Rule, element: Element, environment: xr.Dataset) -> npt.NDArray[np.bool_]:
    holds = np.ones(environment.sizes["time"], dtype=np.bool_)
    bounds = (
        ("sun_elevation_deg", rule.sun_elevation_above_deg, rule.sun_elevation_below_deg),
        (
            "surface_temperature_k",
            rule.surface_temperature_above_k, rule.surface_temperature_below_k,
        ),
    )  # fmt: skip
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


def rules_open(elements: Sequence[Element], *, environment: xr.Dataset) -> FloatArray:
    """1 where what a rule says of the surroundings holds, else 0; shape (rule, time).

    Rules stand in the order of the elements and, in each, as declared. Light is that at the
    element's mast, or at the lowest height that the environment knows.
    """
    rows = [_holds(rule, element, environment) for element in elements for rule in element.rules]
    return np.array(rows, dtype=np.float64).reshape(len(rows), environment.sizes["time"])
