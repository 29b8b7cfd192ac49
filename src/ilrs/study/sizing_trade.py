"""Trade curves of a sizing: landed mass against site, mast height and what may go unserved."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from ilrs.foundation.errors import IlrsError
from ilrs.study.sizing import Case, size_case

__all__ = ["Trade", "TradePoint", "mast_trade", "site_trade", "unserved_trade"]


@dataclass(frozen=True, slots=True, kw_only=True)
class TradePoint:
    """One design of a curve; without a mass none serves, and `why_none` says what falls short."""

    site: str
    mast_height_m: float | None  # None: each mast as it is declared
    unserved_fraction: float
    mass_kg: float | None
    bound_kg: float | None
    run_unserved_fraction: float | None  # of the run by the station's own rules
    why_none: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Trade:
    """A curve: one thing changes, the rest stays. `x` is empty where it is no number."""

    name: str  # of its file
    title: str
    x_title: str
    x: tuple[float, ...]
    points: tuple[TradePoint, ...]


CaseOf = Callable[..., Case]


def _point(
    make: Callable[[], Case], *, site: str, mast_height_m: float | None, unserved: float, gap: float
) -> TradePoint:
    try:
        sized = size_case(make(), unserved_fraction=unserved, gap=gap)
    except IlrsError as error:
        return TradePoint(
            site=site, mast_height_m=mast_height_m, unserved_fraction=unserved, mass_kg=None,
            bound_kg=None, run_unserved_fraction=None, why_none=str(error),
        )  # fmt: skip
    return TradePoint(
        site=site, mast_height_m=mast_height_m, unserved_fraction=unserved,
        mass_kg=sized.mass_kg, bound_kg=sized.bound_kg,
        run_unserved_fraction=sized.unserved_fraction,
    )  # fmt: skip


def site_trade(case_of: CaseOf, sites: Sequence[str], *, unserved: float, gap: float) -> Trade:
    """Mass at each site with the masts as declared; `case_of` makes a case from `site`."""
    points = tuple(
        _point(lambda site=site: case_of(site=site), site=site, mast_height_m=None,  # type: ignore[misc]
               unserved=unserved, gap=gap)
        for site in sites
    )  # fmt: skip
    return Trade(name="sites", title="Mass by site", x_title="site", x=(), points=points)


def mast_trade(
    case_of: CaseOf, heights_m: Sequence[float], *, site: str, unserved: float, gap: float
) -> Trade:
    """Mass with every array at each height; `case_of` makes a case from `mast_height_m`."""
    points = tuple(
        _point(lambda height=height: case_of(mast_height_m=height), site=site,  # type: ignore[misc]
               mast_height_m=height, unserved=unserved, gap=gap)
        for height in heights_m
    )  # fmt: skip
    return Trade(
        name="masts", title=f"Mass by mast height at {site}", x_title="metres of mast above ground",
        x=tuple(heights_m), points=points,
    )  # fmt: skip


def unserved_trade(case: Case, fractions: Sequence[float], *, gap: float) -> Trade:
    """Mass by how much of all energy asked for may go unserved."""
    points = tuple(
        _point(lambda: case, site=case.site, mast_height_m=None, unserved=fraction, gap=gap)
        for fraction in fractions
    )
    return Trade(
        name="unserved", title=f"Mass by energy left unserved at {case.site}",
        x_title="% of all energy asked for that may go unserved",
        x=tuple(100.0 * fraction for fraction in fractions), points=points,
    )  # fmt: skip
