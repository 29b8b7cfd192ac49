"""Rules on sessions, duties and entitlements: requests that no plan could ever place."""

from collections.abc import Iterator

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Duty, Experiment, Programme, Sessions
from ilrs.programme.findings import unplaced
from ilrs.programme.time_rules import cycles

__all__ = [
    "chains_of_sessions", "duties_that_cannot_be", "entitlements_that_cannot_be",
    "sessions_that_cannot_be",
]  # fmt: skip

_DAY_S = 86400.0


def sessions_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: sessions have a length, fit their period, and can bear what runs with them."""
    most_people = max(
        (v.people for s in programme.scenarios.values() for v in s.crew_visits), default=0
    )
    for id_, experiment in programme.experiments.items():
        path, own = f"experiments.{id_}.sessions", experiment.sessions
        yield from _lengths(experiment, path)
        yield from _bands(own, path)
        if own.crew > most_people:
            texts = (
                f"{own.crew} people at work",
                f"the most that any scenario's visit has is {most_people}",
                "Need fewer, or add a visit with more people to a scenario.",
            )
            yield unplaced(f"{path}.crew", texts, severity="warning")
        yield from _companions(programme, experiment, path)
        craft = programme.missions.get(own.overpass_of or "")
        if craft is not None and craft.orbit is None:
            texts = (
                f"overpasses of {craft.id}, which declares no orbit",
                "overpasses are computed from an `orbit:`",
                "Declare the mission's orbit, or name another one.",
            )
            yield unplaced(f"{path}.overpass_of", texts)


def _lengths(experiment: Experiment, path: str) -> Iterator[Finding]:
    own = experiment.sessions
    length_s = experiment.minimum_run_s if own.length_s is None else own.length_s
    if length_s == 0.0:
        texts = ("sessions of 0 s", "a session is longer than 0 s", "Write for instance '6 h'.")
        yield unplaced(f"{path}.length", texts)
    if own.shortest_s is not None and not 0.0 < own.shortest_s <= length_s:
        texts = (
            f"found {_span(own.shortest_s)}, with a length of {_span(length_s)}",
            "the shortest session is longer than 0 s and not longer than the longest",
            "Correct one of the two.",
        )
        yield unplaced(f"{path}.shortest", texts)
    shortest_s = length_s if own.shortest_s is None else own.shortest_s
    if own.every_s is not None and own.every_s < shortest_s:
        texts = (
            f"one session of {_span(shortest_s)} every {_span(own.every_s)}",
            "a period is at least as long as a session",
            "Shorten the session, or lengthen `every`.",
        )
        yield unplaced(f"{path}.every", texts)
    if own.tolerance_s is not None and own.every_s is None:
        texts = (
            "a tolerance without a period",
            "`tolerance` counts from the due times that `every` sets",
            "Add `every`, or remove it.",
        )
        yield unplaced(f"{path}.tolerance", texts)
    if own.enough_s == 0.0:
        texts = ("found 0 s", "'enough' is more than 0 s", "Correct it, or remove the key.")
        yield unplaced(f"{path}.enough", texts)


def _bands(own: Sessions, path: str) -> Iterator[Finding]:
    for key, above, below, unit in (
        ("sun_elevation", own.sun_elevation_above_deg, own.sun_elevation_below_deg, "deg"),
        ("surface_temperature", own.surface_temperature_above_k, own.surface_temperature_below_k,
         "K"),
    ):  # fmt: skip
        if above is not None and below is not None and above >= below:
            texts = (
                f"above {above:g} {unit} and below {below:g} {unit} at once",
                "there is no such value",
                "Exchange or correct the two.",
            )
            yield unplaced(f"{path}.{key}_above", texts)


def _companions(programme: Programme, experiment: Experiment, path: str) -> Iterator[Finding]:
    own = experiment.sessions
    if own.together_with == experiment.id:
        texts = (f"{experiment.id} together with itself", "it names another one", "Correct the id.")
        yield unplaced(f"{path}.together_with", texts)
    other = programme.experiments.get(own.together_with or "")
    if other is None:
        return
    unbearable = {*own.disturbs} & {*other.sessions.quiet} | {*own.quiet} & {
        *other.sessions.disturbs
    }
    if unbearable:
        texts = (
            f"{experiment.id} at the same time as {other.id}, with {', '.join(sorted(unbearable))}"
            " between them",
            "what makes a disturbance never runs with what needs quiet of it",
            "Drop `together_with`, or one side of the disturbance.",
        )
        yield unplaced(f"{path}.together_with", texts)


def chains_of_sessions(programme: Programme) -> Iterator[Finding]:
    """Rule: no experiment follows itself, over however many steps, and lags are in order."""
    needs = {
        id_: tuple(link.experiment for link in experiment.sessions.follows)
        for id_, experiment in programme.experiments.items()
    }
    for id_, experiment in programme.experiments.items():
        for k, link in enumerate(experiment.sessions.follows):
            if link.most_s is not None and link.most_s < link.least_s:
                texts = (
                    f"begins {_span(link.least_s)} to {_span(link.most_s)} after {link.experiment}",
                    "the least lag is not longer than the most",
                    "Exchange or correct the two.",
                )
                yield unplaced(f"experiments.{id_}.sessions.follows[{k}]", texts)
    for cycle in cycles(needs):
        texts = (
            f"a cycle: {' follows '.join(cycle)}",
            "what is followed runs first",
            "Remove one of these links.",
        )
        yield unplaced(f"experiments.{cycle[0]}.sessions.follows", texts)


def duties_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: people sleep less than a day, and their duties fit between."""
    for id_, scenario in programme.scenarios.items():
        for k, visit in enumerate(scenario.crew_visits):
            path = f"scenarios.{id_}.crew_visits[{k}]"
            if visit.sleep_s >= _DAY_S:
                texts = (f"{_span(visit.sleep_s)} of sleep a day", "a day has 24 h", "Correct it.")
                yield unplaced(f"{path}.sleep", texts)
                continue
            for j, duty in enumerate(visit.duties):
                faults = _duty(duty, awake_s=_DAY_S - visit.sleep_s, people=visit.people)
                yield from (unplaced(f"{path}.duties[{j}]", texts) for texts in faults)


def _duty(duty: Duty, *, awake_s: float, people: int) -> Iterator[tuple[str, str, str]]:
    if not 0.0 < duty.length_s <= awake_s:
        yield (
            f"{duty.what} of {_span(duty.length_s)} at a stretch",
            f"people are awake for {_span(awake_s)}",
            "Correct its length, or let them sleep less.",
        )
    if duty.every_s < duty.length_s or duty.every_s == 0.0:
        yield (
            f"{duty.what} of {_span(duty.length_s)} every {_span(duty.every_s)}",
            "a period is at least as long as what is done in it",
            "Correct one of the two.",
        )
    if duty.people is not None and duty.people > people:
        yield (
            f"{duty.what} by {duty.people} people",
            f"the visit has {people}",
            "Let fewer do it, or bring more.",
        )


def entitlements_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: entitlements belong to partners, leave nobody with research out, and are not all 0."""
    if not programme.entitlements:
        return
    for id_ in programme.entitlements:
        if id_ not in programme.partners:
            texts = (
                f"an entitlement of {id_!r}, which is no partner",
                f"{len(programme.partners)} partners are declared",
                did_you_mean(id_, programme.partners, otherwise="Declare it, or correct the id."),
            )
            yield unplaced(f"entitlements.{id_}", texts)
    first = next(iter(programme.entitlements))
    if not any(one.share > 0.0 for one in programme.entitlements.values()):
        texts = (
            "entitlements that sum to 0",
            "they are 0 or more and not all 0; only their ratios count",
            "Give each partner a share.",
        )
        yield unplaced(f"entitlements.{first}.share", texts)
        return
    for id_, experiment in programme.experiments.items():
        own = programme.entitlements.get(experiment.owner)
        if own is None or own.share == 0.0:
            texts = (
                f"{experiment.owner} has no entitlement",
                "where any are declared, nothing is planned for a partner without one",
                f"Add `{experiment.owner}: {{share: 1}}` to `entitlements:`.",
            )
            yield unplaced(f"experiments.{id_}", texts, severity="warning")


def _span(seconds: float) -> str:
    return format_quantity(seconds, "s")
