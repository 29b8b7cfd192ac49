"""Rules on orbits and on what is to be seen from them."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding
from ilrs.programme.entities import Programme, Survey
from ilrs.programme.findings import quantity_text, unplaced

__all__ = ["orbits_out_of_order", "surveys_that_cannot_be"]


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


def surveys_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: a survey has an orbiter with an orbit and a camera, a place, and light that can be."""
    for id_, survey in programme.surveys.items():
        path = f"surveys.{id_}"
        for key, name in (("orbiter", survey.orbiter), ("together_with", survey.together_with)):
            yield from _without_eyes(programme, f"{path}.{key}", name)
        yield from _without_place(programme, path, survey)
        low, high = survey.sun_elevation_minimum_deg, survey.sun_elevation_maximum_deg
        if not -90.0 <= low < high <= 90.0:
            texts = (
                f"a Sun between {low:g} and {high:g} deg of elevation",
                "the minimum lies below the maximum, both from -90 to 90 deg",
                "Exchange or correct the two.",
            )
            yield unplaced(f"{path}.sun_elevation_minimum", texts)
        if not survey.ground_sample_m > 0.0:
            texts = ("a ground sample of 0 m", "it is longer than 0 m", "Write such as '5 m'.")
            yield unplaced(f"{path}.ground_sample", texts)


def _without_eyes(programme: Programme, path: str, name: str | None) -> Iterator[Finding]:
    mission = programme.missions.get(name or "")
    if mission is None:
        return
    missing = [key for key in ("orbit", "camera") if getattr(mission, key) is None]
    if missing:
        texts = (
            f"{mission.id} has no {' and no '.join(missing)}",
            "what surveys from above has an orbit and a camera",
            f"Add {' and '.join(f'`{key}:`' for key in missing)} to missions.{mission.id}, or name"
            " another mission.",
        )
        yield unplaced(path, texts)


def _without_place(programme: Programme, path: str, survey: Survey) -> Iterator[Finding]:
    site = programme.sites.get(survey.site)
    if site is not None and (site.latitude_deg is None or site.longitude_deg is None):
        texts = (
            f"{site.id} is a site without coordinates",
            "a survey's site has a latitude and a longitude",
            f"Add them to sites.{site.id}, or name another site.",
        )
        yield unplaced(f"{path}.site", texts)
    if not 0.0 < survey.radius_m <= 450e3:
        texts = (
            f"an area of radius {quantity_text(survey.radius_m, 'm')}",
            "an area has a radius above 0 m and up to 450 km",
            "Correct it, or divide the area.",
        )
        yield unplaced(f"{path}.radius", texts)
