"""The environment of a site over many years, made so that it stays quick and small."""

from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, utc_text
from ilrs.programme.entities import Element, Programme, Scenario
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import craft_ways, scenario_span_s
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.environment import site_environment
from ilrs.study.site_horizon import site_horizon
from ilrs.study.standing import link_masks_deg, standing_relays

__all__ = ["HOURS_A_YEAR", "lengthened", "years_environment"]

#: A Julian year.
HOURS_A_YEAR = 8766
_YEAR_S = HOURS_A_YEAR * 3600.0
_GROUND_MAST_M = 2.0


def lengthened(scenario: Scenario, years: int) -> Scenario:
    """The scenario from its start on for so many Julian years. Raises IlrsError for an odd step."""
    steps = _YEAR_S / scenario.step_s
    if years < 1 or steps != round(steps):
        raise IlrsError(
            f"{years} years in steps of {scenario.step_s:g} s",
            "a life is one or more years of 365.25 days in whole steps",
            "Name a number of years from 1 on, and a scenario with a step such as '1 h'.",
        )
    start = parse_utc(scenario.start)
    end = start + np.timedelta64(round(years * _YEAR_S), "s")
    return scenario.model_copy(update={"end": utc_text(end)})


def years_environment(
    programme: Programme,
    scenario: Scenario,
    elements: Sequence[Element],
    *,
    years: int,
    sky: Sky,
    terrain: Sequence[Path] = (),
    progress: Callable[[str], None] = lambda step: None,
) -> tuple[xr.Dataset, dict[str, str]]:
    """The environment of so many years from the scenario's start, and its inputs' checksums.

    Sun, Earth and ground are those of each year. Which relay is open when is that of the first year
    over again: orbits are known no better, and flying them would take most of the time.
    """
    site = programme.sites[scenario.site]
    masts = {_GROUND_MAST_M} | {e.array.mast_height_m for e in elements if e.array}
    progress("horizon")
    profile, inputs = site_horizon(programme, site, terrain=terrain, mast_heights_m=sorted(masts))
    progress("orbits")
    first = lengthened(scenario, 1)
    relays = craft_ways(
        programme, standing_relays(programme, first), scenario_span_s(first), sky=sky
    )
    masks_deg, stations = link_masks_deg(elements), earth_stations(programme)
    progress("environment")
    year, whole = (
        site_environment(
            site,
            span,
            profile=profile,
            relays=ways,
            sky=sky,
            masks_deg=masks_deg,
            stations=antennas,
        )
        for span, ways, antennas in (
            (first, relays, ()),
            (lengthened(scenario, years), {}, stations),
        )
    )
    opened = np.tile(year["relay_open_fraction"].values, (1, 1, years))
    names = [str(name) for name in whole.data_vars if str(name).startswith("relay_")]
    whole = whole.drop_vars([*names, "relay"])
    whole["relay_open_fraction"] = (
        ("relay", "mask_deg", "time"), opened, year["relay_open_fraction"].attrs,
    )  # fmt: skip
    return whole.assign_coords(relay=year["relay"].values), inputs
