"""People in a plan: when they are awake, what they do besides research, and how many are left.

Duties come first and are activities of `JOINT`; what is planned of research uses people's hours
like any resource. Who does what is not followed: any of those who are free.
"""

from collections.abc import Iterator, Sequence

import numpy as np

from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.foundation.windows import Windows
from ilrs.operations.problem import Activity, After, Capacity
from ilrs.programme.entities import CrewVisit, Duty
from ilrs.study.planning_requests import CREW

__all__ = ["JOINT", "crew_capacity", "crew_duties"]

JOINT = "joint"  # whose the time is that no single partner asked for


def crew_capacity(
    visits: Sequence[CrewVisit], *, epoch_utc: str, step_s: float, slots: int
) -> Capacity:
    """People who are awake in the whole of each slot."""
    edge_s = step_s * np.arange(slots + 1)
    available = np.zeros(slots)
    for visit in visits:
        awake = _awake(visit, epoch_utc) & Windows([(0.0, slots * step_s)])
        available += visit.people * (awake.overlap_fraction(edge_s) > 1.0 - 1e-6)
    return Capacity(name=CREW, unit="people", available=available)


def crew_duties(
    visits: Sequence[CrewVisit], *, epoch_utc: str, span_s: float
) -> tuple[Activity, ...]:
    """Handovers, sorties and duties inside the plan's span, in the order in which they come first.

    Seconds count from the epoch. Each person of a duty without `people` does it once by himself.
    """
    found: list[Activity] = []
    for number, visit in enumerate(visits, start=1):
        prefix = f"CREW-{number}" if len(visits) > 1 else "CREW"
        found += [*_handovers(visit, prefix, epoch_utc)]
        found += [*_sorties(visit, prefix, epoch_utc, span_s)]
        for duty in visit.duties:
            found += [*_duty(visit, duty, prefix, epoch_utc, span_s)]
    inside = Windows([(0.0, span_s)])
    return tuple(activity for activity in found if len(activity.windows & inside))


def _span(visit: CrewVisit, epoch_utc: str) -> tuple[float, float]:
    epoch_s, start_s, end_s = (
        float(tdb_from_utc(parse_utc(utc))) for utc in (epoch_utc, visit.start, visit.end)
    )
    return start_s - epoch_s, end_s - epoch_s


def _days(visit: CrewVisit, epoch_utc: str, begins_s: float, last_s: float) -> Windows:
    """So long from a time of day (UTC) on, each day of a visit."""
    start_s, end_s = _span(visit, epoch_utc)
    epoch_s, midnight_s = (
        float(tdb_from_utc(parse_utc(utc))) for utc in (epoch_utc, visit.start[:10])
    )
    first_s = midnight_s - epoch_s + begins_s
    starts = np.arange(-1, int((end_s - start_s) / DAY_S) + 2) * DAY_S + first_s
    daily = Windows((one, one + last_s) for one in starts.tolist())
    return daily & Windows([(start_s, end_s)])


def _awake(visit: CrewVisit, epoch_utc: str) -> Windows:
    asleep = _days(visit, epoch_utc, visit.sleep_begins_s, visit.sleep_s)
    return Windows([_span(visit, epoch_utc)]) - asleep


def _activity(
    name: str, kind: str, windows: Windows, *, duration_s: float, people: int,
    disturbs: frozenset[str] = frozenset(), after: tuple[After, ...] = (),
) -> Activity:  # fmt: skip
    return Activity(
        id=name, partner=JOINT, kind=kind, windows=windows, duration_s=duration_s,
        needs={CREW: float(people)}, worth=0.0, mandatory=True, disturbs=disturbs, after=after,
    )  # fmt: skip


def _handovers(visit: CrewVisit, prefix: str, epoch_utc: str) -> Iterator[Activity]:
    """From unmanned to crewed and back: all people, as soon as they are there and at the end."""
    if visit.handover_s <= 0.0 or visit.people == 0:
        return
    start_s, end_s = _span(visit, epoch_utc)
    awake, length_s = _awake(visit, epoch_utc), visit.handover_s
    arrival = awake & Windows([(start_s, start_s + DAY_S + length_s)])
    leaving = awake & Windows([(end_s - DAY_S - length_s, end_s)])
    for what, windows in (("HANDOVER-IN", arrival), ("HANDOVER-OUT", _latest(leaving, length_s))):
        yield _activity(
            f"{prefix}-{what}", "handover", windows, duration_s=length_s, people=visit.people
        )


def _latest(windows: Windows, length_s: float) -> Windows:
    """The last stretch of so long that the windows hold; all of them where none does."""
    ends = [end for start, end in windows if end - start >= length_s]
    return Windows([(ends[-1] - length_s, ends[-1])]) if ends else windows


def _sorties(visit: CrewVisit, prefix: str, epoch_utc: str, span_s: float) -> Iterator[Activity]:
    """Each in its own part of the visit, rested, with one inside who follows where there is one."""
    start_s, end_s = _span(visit, epoch_utc)
    awake, before = _awake(visit, epoch_utc), ""
    edges = np.linspace(start_s, end_s, visit.sorties + 1)
    people = min(visit.sortie_people + 1, visit.people)
    for k, (begin, end) in enumerate(zip(edges[:-1].tolist(), edges[1:].tolist(), strict=True)):
        if begin < 0.0 or end > span_s:
            continue
        name = f"{prefix}-SORTIE.{k + 1:02d}"
        after = (After(activity=before, least_s=visit.sortie_rest_s),) if before else ()
        yield _activity(
            name, "sortie", awake & Windows([(begin, end)]), duration_s=visit.sortie_s,
            people=people, disturbs=frozenset({"dust", "vibration"}), after=after,
        )  # fmt: skip
        before = name


def _duty(
    visit: CrewVisit, duty: Duty, prefix: str, epoch_utc: str, span_s: float
) -> Iterator[Activity]:
    start_s, end_s = _span(visit, epoch_utc)
    allowed = _awake(visit, epoch_utc)
    if duty.begins_s is not None:
        allowed = allowed & _days(visit, epoch_utc, duty.begins_s, duty.length_s)
    each = visit.people if duty.people is None else 1
    kind, word = duty.what, "-".join(duty.what.upper().split())
    for k in range(int((end_s - start_s) / duty.every_s + 1e-9)):
        begin_s = start_s + k * duty.every_s
        if begin_s + duty.every_s <= 0.0 or begin_s >= span_s:
            continue
        windows = allowed & Windows([(begin_s, begin_s + duty.every_s)])
        for person in range(each):
            who = f".{person + 1}" if each > 1 else ""
            yield _activity(
                f"{prefix}-{word}.{k + 1:02d}{who}", kind, windows, duration_s=duty.length_s,
                people=1 if duty.people is None else duty.people,
            )  # fmt: skip
