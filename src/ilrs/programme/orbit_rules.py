"""Rules on orbits and on what is to be seen from them."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import JointObservation, Mission, OrbitUncertainty, Programme, Survey
from ilrs.programme.findings import Texts, quantity_text, unplaced

__all__ = ["joint_observations_that_cannot_be", "orbits_out_of_order", "surveys_that_cannot_be",
           "uncertainties_of", "uncertainties_that_cannot_be"]  # fmt: skip

_AXES = ("radial", "along", "cross")
_MOST_SIGMA_M = 1e6  # who knows a lunar orbit worse does not know it


def orbits_out_of_order(programme: Programme) -> Iterator[Finding]:
    """Rule: a mission's later orbits follow a first one, each after the one before it."""
    for id_, mission in programme.missions.items():
        path = f"missions.{id_}.later_orbits"
        if mission.later_orbits and mission.orbit is None:
            texts = (
                "later orbits without a first one",
                "a mission changes to a later orbit from the one in `orbit`",
                "Add `orbit:`, or make the first of them the mission's orbit.",
            )
            yield unplaced(path, texts)
        before_s = 0.0
        for index, later in enumerate(mission.later_orbits):
            if later.after_s <= before_s:
                texts = (
                    f"a change after {quantity_text(later.after_s, 's')}, not later than the one"
                    " before it",
                    "changes of orbit stand in the order of time",
                    "Bring them into that order.",
                )
                yield unplaced(f"{path}[{index}].after", texts)
            before_s = later.after_s


def uncertainties_of(mission: Mission) -> Iterator[tuple[str, OrbitUncertainty]]:
    """The uncertainties of a mission's orbits, each with its path below the mission."""
    if mission.orbit is not None and mission.orbit.uncertainty is not None:
        yield "orbit.uncertainty", mission.orbit.uncertainty
    for index, later in enumerate(mission.later_orbits):
        if later.uncertainty is not None:
            yield f"later_orbits[{index}].uncertainty", later.uncertainty


def uncertainties_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: an orbit's uncertainty is three lengths or a file, and its craft has a radius."""
    for id_, mission in programme.missions.items():
        path = f"missions.{id_}"
        if mission.radius_m is not None and not 0.0 < mission.radius_m <= 1e3:
            texts = (
                f"a craft with a radius of {quantity_text(mission.radius_m, 'm')}",
                "the sphere around a craft has a radius above 0 m and up to 1 km",
                "Correct it, or leave it out where it is not known.",
            )
            yield unplaced(f"{path}.radius", texts)
        declared = list(uncertainties_of(mission))
        for key, one in declared:
            for texts in _uncertain(one):
                yield unplaced(f"{path}.{key}", texts)
        if declared and mission.radius_m is None:
            texts = (
                "an uncertainty without a radius of the craft",
                "a probability of collision asks for both",
                f"Add `radius:` to {path}.",
            )
            yield unplaced(f"{path}.{declared[0][0]}", texts, severity="warning")


def _uncertain(one: OrbitUncertainty) -> Iterator[Texts]:
    sigmas_m = {axis: getattr(one, f"{axis}_m") for axis in _AXES}
    told = [axis for axis, sigma_m in sigmas_m.items() if sigma_m is not None]
    grows = [axis for axis in _AXES if getattr(one, f"{axis}_growth_m_d")]
    if one.oem is not None and (told or grows):
        yield (
            "figures beside a file of covariances",
            "an uncertainty is a file, or three lengths with their growth",
            "Remove the one or the other.",
        )
    missing = [axis for axis in _AXES if axis not in told]
    if one.oem is None and missing:
        yield (
            f"an uncertainty without {' and '.join(missing)}",
            "it has one sigma on each of the axes radial, along and cross, or a file",
            f"Add {' and '.join(f'`{axis}:`' for axis in missing)}, or `oem:`.",
        )
    for axis, sigma_m in sigmas_m.items():
        if sigma_m is not None and not 0.0 < sigma_m <= _MOST_SIGMA_M:
            yield (
                f"a sigma of {quantity_text(sigma_m, 'm')} ({axis})",
                "a place is known to more than 0 m and to 1000 km or better",
                "Correct it, or its unit.",
            )


def surveys_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a survey has an orbiter with an orbit and a camera, a place, and light that can be."""
    for id_, survey in programme.surveys.items():
        path = f"surveys.{id_}"
        for key, name in (("orbiter", survey.orbiter), ("together_with", survey.together_with)):
            yield from _without(programme, f"{path}.{key}", name, needed=("orbit", "camera"))
        yield from _without_place(programme, f"{path}.site", survey.site, what="a survey's")
        if not 0.0 < survey.radius_m <= 450e3:
            texts = (
                f"an area of radius {quantity_text(survey.radius_m, 'm')}",
                "an area has a radius above 0 m and up to 450 km",
                "Correct it, or divide the area.",
            )
            yield unplaced(f"{path}.radius", texts)
        yield from _impossible_light(path, survey)
        if not survey.ground_sample_m > 0.0:
            texts = ("a ground sample of 0 m", "it is longer than 0 m", "Write such as '5 m'.")
            yield unplaced(f"{path}.ground_sample", texts)


def joint_observations_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a joint observation has two craft with orbits, a place, and a geometry that can be."""
    for id_, joint in programme.joint_observations.items():
        path = f"joint_observations.{id_}"
        for key, name in (("first", joint.first), ("second", joint.second)):
            yield from _without(programme, f"{path}.{key}", name, needed=("orbit",))
        if joint.first == joint.second:
            texts = (
                f"{joint.first} together with itself",
                "two craft look at the place",
                "Name another mission.",
            )
            yield unplaced(f"{path}.second", texts)
        yield from _without_place(programme, f"{path}.site", joint.site, what="its")
        yield from _impossible_light(path, joint)
        if not 0.0 < joint.most_emission_deg <= 90.0:
            texts = (
                f"an emission of up to {joint.most_emission_deg:g} deg",
                "emission is the angle from the vertical, above 0 and up to 90 deg",
                "Write 90 deg for every look above the horizon.",
            )
            yield unplaced(f"{path}.most_emission", texts)
        if joint.most_range_m is not None and not joint.most_range_m > 0.0:
            texts = (
                f"a range of up to {quantity_text(joint.most_range_m, 'm')}",
                "the craft are farther than 0 m from the place",
                "Correct it, or leave it out.",
            )
            yield unplaced(f"{path}.most_range", texts)


def _impossible_light(path: str, wanted: Survey | JointObservation) -> Iterator[Finding]:
    low, high = wanted.sun_elevation_minimum_deg, wanted.sun_elevation_maximum_deg
    if not -90.0 <= low < high <= 90.0:
        texts = (
            f"a Sun between {low:g} and {high:g} deg of elevation",
            "the minimum lies below the maximum, both from -90 to 90 deg",
            "Exchange or correct the two.",
        )
        yield unplaced(f"{path}.sun_elevation_minimum", texts)


def _without(
    programme: Programme, path: str, name: str | None, *, needed: tuple[str, ...]
) -> Iterator[Finding]:
    mission = programme.missions.get(name or "")
    if mission is None:
        return
    missing = [key for key in needed if getattr(mission, key) is None]
    if missing:
        texts = (
            f"{mission.id} has no {' and no '.join(missing)}",
            f"what {'surveys' if 'camera' in needed else 'looks'} from above has"
            f" {' and '.join('an orbit' if key == 'orbit' else 'a camera' for key in needed)}",
            f"Add {' and '.join(f'`{key}:`' for key in missing)} to missions.{mission.id}, or name"
            " another mission.",
        )
        yield unplaced(path, texts)


def _without_place(programme: Programme, path: str, name: str, *, what: str) -> Iterator[Finding]:
    site = programme.sites.get(name)
    if site is not None and (site.latitude_deg is None or site.longitude_deg is None):
        texts = (
            f"{site.id} is a site without coordinates",
            f"{what} site has a latitude and a longitude",
            f"Add them to sites.{site.id}, or name another site.",
        )
        yield unplaced(path, texts)
