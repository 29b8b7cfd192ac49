"""Whether declared links reach as far as they must: their budgets against the farthest distance."""

import math
from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.foundation.quantities import format_quantity
from ilrs.orbits.kepler import MOON_RADIUS_M
from ilrs.orbits.link_budget import LinkBudget, reach_m
from ilrs.programme.entities import Link, Programme
from ilrs.programme.link_rules import links_of
from ilrs.programme.load import Loaded

__all__ = ["budget_of", "farthest_m", "reach_findings"]

_EARTH = "earth"
_EARTH_FARTHEST_M = 406_700e3  # Earth's centre from the Moon's, DE440, 18.6 years


def budget_of(link: Link) -> LinkBudget | None:
    """The budget of what a link sends; None where its figures are not all declared.

    The bandwidth caps nothing here: what a band carries depends on the modulation.
    """
    figures = (link.eirp_dbw, link.g_t_db_k, link.frequency_hz, link.required_eb_n0_db)
    eirp_dbw, g_t_db_k, frequency_hz, required_db = figures
    if eirp_dbw is None or g_t_db_k is None or frequency_hz is None or required_db is None:
        return None
    return LinkBudget(
        eirp_dbw=eirp_dbw,
        g_t_db_k=g_t_db_k,
        frequency_hz=frequency_hz,
        required_eb_n0_db=required_db,
    )


def farthest_m(programme: Programme, link: Link) -> float | None:
    """How far the other end can be while it is in view; None for a relay without orbit. [m]

    A relay is farthest at its apoapsis on the horizon of a site on the sphere.
    """
    if link.via == _EARTH:
        return _EARTH_FARTHEST_M
    relay = programme.missions.get(link.via)
    if relay is None or relay.orbit is None:
        return None
    out_m = MOON_RADIUS_M + relay.orbit.apoapsis_altitude_m
    return math.sqrt(out_m**2 - MOON_RADIUS_M**2)


def reach_findings(loaded: Loaded) -> list[Finding]:
    """Warnings for links whose declared rate does not hold at the farthest, with 3 dB to spare."""
    return [loaded.places.place(finding) for finding in _short(loaded.programme)]


def _short(programme: Programme) -> Iterator[Finding]:
    for path, link in links_of(programme):
        budget, wanted_m = budget_of(link), farthest_m(programme, link)
        if budget is None or wanted_m is None or link.rate_bps <= 0.0:
            continue
        reach = float(reach_m(budget, link.rate_bps))
        if reach < wanted_m:
            rate = format_quantity(link.rate_bps, "bit/s")
            yield Finding(
                file="", line=0, entity=path,
                found=f"{rate} hold up to {reach / 1e3:,.0f} km, with {budget.margin_db:g} dB left",
                possible=f"{link.via} is up to {wanted_m / 1e3:,.0f} km away while it is in view",
                mend="Lower the rate, or raise EIRP or G/T.",
                severity="warning",
            )  # fmt: skip
