"""The law of a programme with its places and radio links: all checks, and what is to coordinate."""

from collections.abc import Iterator
from dataclasses import dataclass

from ilrs.cooperation.guidelines import Answer, Verdict, answers, settled
from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.orbits.shielded_zone import libration_extremes_m
from ilrs.orbits.spectrum import Assignment, SpectrumFinding, bands_of, conflicts
from ilrs.programme.entities import Programme
from ilrs.study.coordination import DUE_REGARD_M, zones
from ilrs.study.spectrum import assignments_of

__all__ = ["Coordination", "all_answers", "answers_of", "spectrum_list"]


_MOST_NEAR = 3  # names in a reason


@dataclass(frozen=True, slots=True, kw_only=True)
class Coordination:
    """One carrier, the firmest band that it may use, and with whom it must be coordinated."""

    assignment: Assignment
    basis: str  # of the band; empty where it lies in none
    standing: str  # allocated, recommended, under study; or no band
    with_others: tuple[str, ...]  # assignments of others, or whose rule it is
    found: str


def all_answers(programme: Programme) -> list[Answer]:
    """What every declared guideline says of every object that it is about, in declared order."""
    return answers(programme, {"due_regard": _due_regard, "spectrum_free": _spectrum_free})


def answers_of(programme: Programme, object_id: str) -> list[Answer]:
    """What the declared guidelines say of one object. Raises IlrsError where they ask nothing."""
    rows = all_answers(programme)
    asked = list(dict.fromkeys(row.object for row in rows))
    if object_id not in asked:
        raise IlrsError(
            f"no guideline asks about {object_id!r}",
            f"they ask about {len(asked)} objects, owners and pairs of them",
            did_you_mean(object_id, asked, otherwise="`ilrs law --guidelines` lists them."),
        )
    return [row for row in rows if row.object == object_id]


def _due_regard(programme: Programme) -> Iterator[Verdict]:
    """Landings to come, and what of others stands within the plume's reach."""
    for mission in programme.missions.values():
        if mission.site in programme.sites and not mission.lost and mission.status != "flown":
            near = [f"{zone.near} of {zone.owner or 'all'}" for zone in zones(programme, [mission])]
            reach_km = DUE_REGARD_M / 1e3
            more = f" and {len(near) - _MOST_NEAR} more" if len(near) > _MOST_NEAR else ""
            told = f"{', '.join(near[:_MOST_NEAR])}{more}" or "nothing of others"
            why = f"within {reach_km:g} km: {told}"
            mend = "Agree on it with them, or land elsewhere."
            yield settled(mission.id, not near, why, mend=mend)


def _spectrum_free(programme: Programme) -> Iterator[Verdict]:
    """Who sends, and whether the carriers go together with everything else that is declared."""
    rows: dict[str, list[str]] = {}
    for row in spectrum_list(programme):
        sender = row.assignment.id.split(".links")[0].partition(".")[2]
        rows.setdefault(sender, []).extend([row.found] if row.found else [])
    for sender, found in rows.items():
        why = found[0] if found else "its carriers disturb nobody"
        yield settled(sender, not found, why, mend="Coordinate it; `ilrs law --spectrum` says how.")


def spectrum_list(programme: Programme) -> list[Coordination]:
    """Every declared carrier with its band and those to coordinate it with, in declared order.

    The shielded zone is taken as large as libration and Earth's distance make it.
    """
    assignments = assignments_of(programme)
    found: dict[str, list[SpectrumFinding]] = {}
    for one in conflicts(assignments, earth_position_m=libration_extremes_m()):
        found.setdefault(one.first, []).append(one)
        if one.kind == "overlap":
            found.setdefault(one.second, []).append(one)
    return [_row(assignment, found.get(assignment.id, [])) for assignment in assignments]


def _row(assignment: Assignment, found: list[SpectrumFinding]) -> Coordination:
    bands = bands_of(assignment)
    others = [
        one.first if one.second == assignment.id else one.second
        for one in found
        if one.kind != "outside"
    ]
    return Coordination(
        assignment=assignment,
        basis=bands[0].basis if bands else "",
        standing=bands[0].standing if bands else "no band",
        with_others=tuple(dict.fromkeys(others)),
        found="; ".join(one.found for one in found),
    )
