"""Two missions together: when both work, who sees whom, what is surveyed, and what does not fit.

The four things agreed for Luna-26 and Chang'e-7 in 2019 ask the same of any pair: a survey of
landing areas, relay tests, payloads that fly as guests, joint observations. Dates come from what
was announced, geometry from the orbits declared, flown over a sample of days.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
import xarray as xr

from ilrs.cooperation.dates import Days, date_bounds
from ilrs.cooperation.guests import Guests, guests
from ilrs.cooperation.roadmap import lead, overlap, working
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.orbits.conjunction import Conjunction, screen_all
from ilrs.orbits.places import craft_place
from ilrs.orbits.relay import site_position_m
from ilrs.orbits.sightlines import in_sight, station_access
from ilrs.orbits.skyline import SurfaceAntenna, antenna_on
from ilrs.orbits.surface_access import surface_access
from ilrs.orbits.survey import Area, Camera, covered_fraction, joint_looks, survey_passes
from ilrs.orbits.trajectory import Trajectory
from ilrs.programme.entities import Mission, Programme, Site, Survey
from ilrs.sky.kernels import EARTH, MOON
from ilrs.sky.sky import Sky
from ilrs.sky.sphere import sphere_distance_m
from ilrs.study.craft_spreads import craft_radii_m, craft_spreads
from ilrs.study.craft_ways import craft_ways, fallen
from ilrs.study.earth_antennas import earth_stations
from ilrs.study.joint import JointAnswer, joint_answer
from ilrs.study.site_horizon import site_horizon

__all__ = [
    "DUE_REGARD_M", "NEAR_M", "Coordination", "Meeting", "SurveyAnswer", "Zone",
    "close_passes", "coordinate", "craft_at_work",
    "landed_meeting", "mission_ways", "sample_span_s", "sight_windows", "survey_answer",
    "survey_overpasses", "zones",
]  # fmt: skip

Positions: TypeAlias = Callable[[npt.NDArray[np.float64]], npt.NDArray[np.float64]]

_MAST_M = 2.0  # a lander's antenna
_MASK_DEG = 5.0
#: How near a landing may come to what belongs to others without notice [m]: grains of a lander's
#: plume were found to have hit Surveyor III 155 m from Apollo 12, and fly for kilometres (Immer et
#: al. 2011, doi:10.1016/j.icarus.2010.11.013); NASA's recommendations of 2011 ask 2 km of landings.
DUE_REGARD_M = 2_000.0
#: Approaches of craft below it are told. [m]
NEAR_M = 10_000.0
_POINTS_ACROSS = 8  # of a survey area's radius
_CLEAR_M = 11_000.0  # what a line between two craft keeps from the sphere: no summit is higher


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """When two craft, or a craft and what has landed, see each other."""

    first: str
    second: str
    windows: Windows  # TDB past J2000
    nearest_m: float  # least distance while they do; not a number where they never do

    @property
    def text(self) -> str:
        """How often and how long, in words."""
        if not len(self.windows):
            return f"{self.first} and {self.second} never see each other"
        hours = self.windows.total_s / 3600.0
        return (
            f"{self.first} and {self.second}: {len(self.windows)} contacts, {hours:.1f} h in all,"
            f" the longest {self.windows.longest_s / 60.0:.0f} min, nearest"
            f" {self.nearest_m / 1e3:.0f} km"
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class SurveyAnswer:
    """What a declared survey comes to in the days looked at."""

    survey: str
    name: str
    passes: int  # that bring the camera over the area at all
    imaging: int  # of them image some of it within all limits
    covered: float  # part of the area imaged as often as is wanted, 0-1
    done_s: float | None  # when all of it is, TDB past J2000
    joint: int | None  # pairs of looks with the other craft; None where none is wanted
    late: str  # why it cannot be done in time; empty where it can

    @property
    def text(self) -> str:
        """The answer in words."""
        told = f"{self.name}: {self.imaging} of {self.passes} passes image it, "
        told += f"{100.0 * self.covered:.0f} % done"
        if self.joint is not None:
            told += f", {self.joint} joint looks"
        return f"{told}. {self.late}" if self.late else told


@dataclass(frozen=True, slots=True, kw_only=True)
class Zone:
    """A landing within the due-regard distance of another party's place."""

    mission: str
    site: str
    near: str  # the other mission or element
    owner: str
    apart_m: float  # on the sphere


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """All that is found out about two missions."""

    first: str
    second: str
    overlap: Days
    lead: Days
    span_s: tuple[float, float]  # the days looked at, TDB past J2000
    meetings: tuple[Meeting, ...]
    surveys: tuple[SurveyAnswer, ...]
    joints: tuple[JointAnswer, ...]
    guests: tuple[Guests, ...]
    approaches: tuple[Conjunction, ...]  # of all craft that fly then, below 10 km
    zones: tuple[Zone, ...]  # landings near what stands or lands there too
    notes: tuple[str, ...]  # what could not be looked at, and why


def sample_span_s(
    programme: Programme, first: str, second: str, *, start: str | None, days: float
) -> tuple[float, float]:
    """The days in which two missions are looked at, TDB past J2000. [s]

    From `start` (ISO 8601 UTC) on, or from when both nominally work. Raises IlrsError for no days,
    and where no begin is known and none is given.
    """
    if not 0.0 < days <= 400.0:
        raise IlrsError(
            f"{days:g} days of two missions",
            "the geometry is looked at over more than 0 and up to 400 days",
            "Correct --days.",
        )
    if start is None:
        both = [working(programme, key) for key in (first, second)]
        begins = [w.begin.nominal for w in both if w is not None]
        if len(begins) < 2:
            raise IlrsError(
                f"the days in which {first} and {second} are looked at",
                "a begin and an end of both are not declared",
                "Name a day with --from, such as --from 2029-01-01.",
            )
        begin_s = float(tdb_from_utc(max(begins)))
    else:
        begin_s = float(tdb_from_utc(parse_utc(start)))
    return begin_s, begin_s + days * DAY_S


def coordinate(
    programme: Programme,
    first: str,
    second: str,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    progress: Callable[[str], None] = lambda step: None,
) -> Coordination:
    """What two missions of a programme can do together, over a span (TDB past J2000).

    Raises IlrsError for an unknown mission, an orbit that meets the Moon before the span, and a
    span beyond the ephemeris.
    """
    dates = overlap(programme, first, second), lead(programme, first, second)
    missions = [programme.missions[key] for key in (first, second)]
    notes: list[str] = []
    progress("orbits")
    ways = mission_ways(programme, missions, span_s, sky=sky)
    notes += [
        f"{m.id} declares no orbit: nothing is seen from it." for m in missions if not m.orbit
    ]
    notes += fallen(ways)
    progress("contacts")
    meetings = _meetings(programme, missions, ways, span_s, sky, notes)
    progress("surveys")
    wanted = [s for s in programme.surveys.values() if s.orbiter in (first, second)]
    surveys = [survey_answer(programme, survey, ways, span_s=span_s, sky=sky) for survey in wanted]
    progress("joint observations")
    looked = [
        joint_answer(programme, joint, ways, span_s=span_s, sky=sky)
        for joint in programme.joint_observations.values()
        if {joint.first, joint.second} == {first, second}
    ]
    progress("close passes")
    flying = craft_at_work(programme, span_s)
    flights = mission_ways(programme, flying, span_s, sky=sky)
    return Coordination(
        first=first, second=second, overlap=dates[0], lead=dates[1], span_s=span_s,
        meetings=tuple(meetings), surveys=tuple(s for s in surveys if s is not None),
        joints=tuple(joint for joint in looked if joint is not None),
        guests=tuple(g for mission in missions for g in guests(programme, mission)),
        approaches=close_passes(programme, flying, flights, span_s=span_s),
        zones=tuple(zones(programme, missions)),
        notes=tuple(notes),
    )  # fmt: skip


def mission_ways(
    programme: Programme, missions: Sequence[Mission], span_s: tuple[float, float], *, sky: Sky
) -> dict[str, Trajectory]:
    """The ways of those of several missions that declare an orbit, by id."""
    flying = {mission.id: mission for mission in missions if mission.orbit is not None}
    return craft_ways(programme, flying, span_s, sky=sky)


def sight_windows(one: Trajectory, other: Trajectory, span_s: tuple[float, float]) -> Windows:
    """When two craft see each other past the Moon and its summits, while both fly. [TDB s]"""
    end_s = min(span_s[1], one.span_tdb_s[1], other.span_tdb_s[1])
    if not end_s > span_s[0]:
        return Windows()
    return in_sight(
        craft_place(one), craft_place(other), span_s=(span_s[0], end_s), margin_m=_CLEAR_M
    )


def _meetings(
    programme: Programme,
    missions: list[Mission],
    ways: dict[str, Trajectory],
    span_s: tuple[float, float],
    sky: Sky,
    notes: list[str],
) -> list[Meeting]:
    found = []
    if len(ways) == 2:
        one, other = ways.values()
        seen = sight_windows(one, other, span_s)
        found.append(_meeting(one, other.name, seen, other.position_m))
    for mission in missions:
        site = programme.sites.get(mission.site or "")
        if site is not None and site.horizon is None and not site.terrain:
            notes.append(f"{site.id}, where {mission.id} lands, has no horizon: not looked at.")
            continue
        met = [landed_meeting(programme, mission, way, span_s, sky=sky) for way in ways.values()]
        found += [one for one in met if one is not None]
    return [*found, *_with_earth(programme, ways, span_s, sky)]


def landed_meeting(
    programme: Programme,
    mission: Mission,
    way: Trajectory,
    span_s: tuple[float, float],
    *,
    sky: Sky,
) -> Meeting | None:
    """When a craft stands over the terrain of a landing site; None where no horizon is known."""
    site = programme.sites.get(mission.site or "")
    if site is None or (site.horizon is None and not site.terrain):
        return None
    profile, _ = site_horizon(programme, site, terrain=(), mast_heights_m=[_MAST_M])
    name = f"{mission.id} at {site.id}"
    antenna = antenna_on(profile, name=name, mast_height_m=_MAST_M, mask_deg=_MASK_DEG)
    inside = span_s[0], min(span_s[1], way.span_tdb_s[1])
    windows = surface_access([way], [antenna], span_s=inside, orientation=sky.orientation)
    return _meeting(way, name, windows[way.name, name], _fixed(antenna, sky))


def _with_earth(
    programme: Programme, ways: Mapping[str, Trajectory], span_s: tuple[float, float], sky: Sky
) -> Iterator[Meeting]:
    """When any of the declared antennas on Earth sees each craft."""
    stations = earth_stations(programme)
    if not stations:
        return

    def _earth_m(t: npt.NDArray[np.float64]) -> npt.NDArray[np.float64]:
        return 1e3 * sky.ephemeris.position_km(EARTH, MOON, t)

    for way in ways.values():
        inside = span_s[0], min(span_s[1], way.span_tdb_s[1])
        seen = Windows()
        for station in stations:
            seen |= station_access(
                craft_place(way), station, span_s=inside, ephemeris=sky.ephemeris
            )
        yield _meeting(way, f"{len(stations)} antennas on Earth", seen, _earth_m)


def _fixed(antenna: SurfaceAntenna, sky: Sky) -> Positions:
    """ICRF positions of an antenna on the Moon, as a function of time. [m]"""
    at_m = site_position_m(antenna.latitude_deg, antenna.longitude_deg, height_m=antenna.height_m)
    return lambda t: np.einsum("nij,i->nj", sky.orientation.matrices(t), at_m)


def _meeting(way: Trajectory, name: str, windows: Windows, where: Positions) -> Meeting:
    """The least distance is looked for at 41 instants of each window: right to a per cent."""
    nearest_m = np.nan
    if len(windows):
        share = np.linspace(0.0, 1.0, 41)
        t = (windows.start_s[:, None] + windows.duration_s[:, None] * share).ravel()
        nearest_m = float(np.linalg.norm(way.position_m(t) - where(t), axis=1).min())
    return Meeting(first=way.name, second=name, windows=windows, nearest_m=nearest_m)


def survey_answer(
    programme: Programme,
    survey: Survey,
    ways: Mapping[str, Trajectory],
    *,
    span_s: tuple[float, float],
    sky: Sky,
) -> SurveyAnswer | None:
    """What a declared survey comes to over a span; None where its orbiter or place is unknown."""
    passes = survey_overpasses(programme, survey, ways, span_s=span_s, sky=sky)
    if passes is None:
        return None
    done = covered_fraction(passes, looks=survey.looks).values
    whole = np.flatnonzero(done >= 1.0)
    done_s = float(passes["tdb_s"].values[whole[0]]) if whole.size else None
    joint = None
    if survey.together_with is not None:
        other = survey_overpasses(
            programme, survey, ways, craft=survey.together_with, span_s=span_s, sky=sky
        )
        if other is not None:
            joint = joint_looks(passes, other, most_offset_s=survey.most_offset_s).sizes["pair"]
    return SurveyAnswer(
        survey=survey.id, name=survey.name or survey.id, passes=passes.sizes["overpass"],
        imaging=int(passes["is_imaged"].values.any(axis=1).sum()),
        covered=float(done[-1]) if done.size else 0.0, done_s=done_s, joint=joint,
        late=_too_late(programme, survey),
    )  # fmt: skip


def survey_overpasses(
    programme: Programme,
    survey: Survey,
    ways: Mapping[str, Trajectory],
    *,
    craft: str | None = None,
    span_s: tuple[float, float],
    sky: Sky,
) -> xr.Dataset | None:
    """Passes of its orbiter, or another craft, over a survey's area; None where not known."""
    craft = craft or survey.orbiter
    mission, site = programme.missions[craft], programme.sites[survey.site]
    if mission.camera is None or craft not in ways:
        return None
    if site.latitude_deg is None or site.longitude_deg is None:
        return None
    return survey_passes(
        ways[craft],
        Area(
            name=survey.site, latitude_deg=site.latitude_deg, longitude_deg=site.longitude_deg,
            radius_m=survey.radius_m, height_m=site.height_m or 0.0,
        ),
        camera=Camera(
            half_field_deg=mission.camera.half_field_deg,
            pixel_rad=float(np.radians(mission.camera.pixel_deg)),
            most_roll_deg=mission.camera.most_roll_deg,
        ),
        spacing_m=survey.radius_m / _POINTS_ACROSS,
        sun_elevation_limits_deg=(
            survey.sun_elevation_minimum_deg, survey.sun_elevation_maximum_deg,
        ),
        most_ground_sample_m=survey.ground_sample_m,
        sky=sky,
        span_s=(span_s[0], ways[craft].span_tdb_s[1]),
    )  # fmt: skip


def _too_late(programme: Programme, survey: Survey) -> str:
    """Whether the orbiter begins its work after the day by which the survey is wanted."""
    works = working(programme, survey.orbiter)
    if survey.by is None or works is None:
        return ""
    by = date_bounds(survey.by)
    if works.begin.earliest >= by.latest:
        return f"Too late: wanted by {survey.by}, and {survey.orbiter} works from {works.begin} on."
    if works.begin.nominal >= by.nominal:
        return f"It may be too late: wanted by {survey.by}, {survey.orbiter} begins {works.begin}."
    return ""


def craft_at_work(programme: Programme, span_s: tuple[float, float]) -> list[Mission]:
    """The missions that declare an orbit and nominally work through the whole span (TDB)."""
    at_work = []
    for mission in programme.missions.values():
        works = working(programme, mission.id)
        if mission.orbit is None or works is None or mission.lost:
            continue
        begin_s, end_s = tdb_from_utc([works.begin.nominal, works.end.nominal])
        if begin_s <= span_s[0] and span_s[1] <= end_s:
            at_work.append(mission)
    return at_work


def close_passes(
    programme: Programme,
    missions: Sequence[Mission],
    ways: Mapping[str, Trajectory],
    *,
    span_s: tuple[float, float],
    limit_m: float = NEAR_M,
) -> tuple[Conjunction, ...]:
    """Closest approaches below a distance of craft on their ways, in the order of time.

    With the probability of a collision where both declare their uncertainty, and a radius.
    """
    return screen_all(
        list(ways.values()), limit_m=limit_m,
        covariances=craft_spreads(programme, missions, span_s), radii_m=craft_radii_m(missions),
    )  # fmt: skip


def zones(programme: Programme, missions: Sequence[Mission]) -> Iterator[Zone]:
    """What stands or lands within reach of a landing's plume, and belongs to somebody else.

    Article IX of the Outer Space Treaty asks for due regard; the distance is a convention here.
    """
    for mission in missions:
        site = programme.sites.get(mission.site or "")
        if site is None or site.latitude_deg is None or site.longitude_deg is None:
            continue
        for name, owner, other in _places(programme):
            if owner == mission.owner or other.latitude_deg is None or other.longitude_deg is None:
                continue
            apart_m = float(
                sphere_distance_m(
                    site.latitude_deg, site.longitude_deg,
                    to_latitude_deg=other.latitude_deg, to_longitude_deg=other.longitude_deg,
                )
            )  # fmt: skip
            if apart_m <= DUE_REGARD_M:
                yield Zone(
                    mission=mission.id, site=site.id, near=name, owner=owner, apart_m=apart_m
                )


def _places(programme: Programme) -> Iterator[tuple[str, str, Site]]:
    """Everything that stands or lands at a site: its id, its owner, the site."""
    for element in programme.elements.values():
        if element.site in programme.sites:
            yield element.id, element.owner, programme.sites[element.site]
    for mission in programme.missions.values():
        if mission.site in programme.sites and not mission.lost:
            yield mission.id, mission.owner, programme.sites[mission.site]
