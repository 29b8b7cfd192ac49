"""Rules on dates: what ends before it begins, flies before its rocket, or waits for itself."""

from collections.abc import Iterator, Mapping, Sequence

from ilrs.foundation.errors import Finding
from ilrs.foundation.time import parse_utc
from ilrs.programme.attributes import singular
from ilrs.programme.dates import surely_before
from ilrs.programme.entities import DatedClaim, Programme, Scenario
from ilrs.programme.findings import Texts, unplaced

__all__ = [
    "claims_out_of_order", "cycles", "cycles_named", "cycles_of_milestones",
    "launches_before_launcher", "launches_before_their_claim", "milestones_before_needs",
    "spans_that_end_early", "scenarios_out_of_order", "statements_out_of_order",
]  # fmt: skip


def launches_before_launcher(programme: Programme) -> Iterator[Finding]:
    """Rule: no mission flies before its launcher exists."""
    for id_, mission in programme.missions.items():
        launcher = programme.launchers.get(mission.launcher or "")
        launch = mission.launch.date if mission.launch else None
        if launcher is not None and surely_before(launch, launcher.available_from):
            texts = (
                f"a launch in {launch}, before its launcher exists",
                f"{launcher.id} is available from {launcher.available_from} on",
                "Name another launcher, or add the later launch date as a new claim.",
            )
            yield unplaced(f"missions.{id_}.launches[{len(mission.launches) - 1}]", texts)


def spans_that_end_early(programme: Programme) -> Iterator[Finding]:
    """Rule: nothing ends, or arrives, before it begins."""
    for path, begin_key, begin, end in _spans(programme):
        if surely_before(end, begin):
            texts = (
                f"found {end}, before its {begin_key} in {begin}",
                f"it lies after {begin_key}",
                "Exchange or correct the two dates.",
            )
            yield unplaced(path, texts)


def _spans(programme: Programme) -> Iterator[tuple[str, str, str | None, str | None]]:
    for id_, phase in programme.phases.items():
        yield f"phases.{id_}.end", "begin", phase.begin, phase.end
    for id_, contribution in programme.contributions.items():
        if contribution.service is not None:
            service = contribution.service
            yield f"contributions.{id_}.service.end", "begin", service.begin, service.end
    for id_, mission in programme.missions.items():
        launch = mission.launch.date if mission.launch else None
        yield f"missions.{id_}.arrival", "launch", launch, mission.arrival
        yield f"missions.{id_}.end", "launch", launch, mission.end


def scenarios_out_of_order(programme: Programme) -> Iterator[Finding]:
    """Rule: a scenario ends after it starts, and crew visits lie inside it."""
    for id_, scenario in programme.scenarios.items():
        path = f"scenarios.{id_}"
        if parse_utc(scenario.end) <= parse_utc(scenario.start):
            yield unplaced(f"{path}.end", _empty(scenario.start, scenario.end))
        if scenario.step_s <= 0:
            texts = (f"a step of {scenario.step_s:g} s", "a step is longer than 0 s")
            yield unplaced(f"{path}.step", (*texts, "Write a step such as '1 h'."))
        yield from _visits(scenario, path)


def _visits(scenario: Scenario, path: str) -> Iterator[Finding]:
    for index, visit in enumerate(scenario.crew_visits):
        here = f"{path}.crew_visits[{index}]"
        start, end = parse_utc(visit.start), parse_utc(visit.end)
        if end <= start:
            yield unplaced(here, _empty(visit.start, visit.end))
        elif start < parse_utc(scenario.start) or end > parse_utc(scenario.end):
            texts = (
                f"a visit from {visit.start} to {visit.end} that the run does not cover",
                f"the scenario runs from {scenario.start} to {scenario.end}",
                "Move the visit, or lengthen the scenario.",
            )
            yield unplaced(here, texts, severity="warning")


def _empty(start: str, end: str) -> tuple[str, str, str]:
    return (
        f"a span from {start} to {end} is empty",
        "the end of a span lies after its start",
        "Exchange or correct the two dates.",
    )


def claims_out_of_order(programme: Programme) -> Iterator[Finding]:
    """Rule: launch dates stand oldest statement first, because the last one holds."""
    for id_, mission in programme.missions.items():
        for index, texts in statements_out_of_order(mission.launches, "launch dates"):
            yield unplaced(f"missions.{id_}.launches[{index}]", texts, severity="warning")


def statements_out_of_order(claims: Sequence[DatedClaim], what: str) -> Iterator[tuple[int, Texts]]:
    """The number of each statement that is older than the one before it, and what to say of it."""
    pairs = zip(claims, claims[1:], strict=False)
    for index, (before, after) in enumerate(pairs, start=1):
        if surely_before(after.as_of, before.as_of):
            yield (
                index,
                (
                    f"a statement of {after.as_of} after one of {before.as_of}",
                    f"{what} stand oldest statement first, and the last one holds",
                    "Bring them into that order.",
                ),
            )


def launches_before_their_claim(programme: Programme) -> Iterator[Finding]:
    """Rule: who announces a launch names a day to come; what has flown is told of afterwards."""
    for id_, mission in programme.missions.items():
        has_flown = mission.status in ("flown", "failed", "operating")
        told = mission.launches[:-1] if has_flown else mission.launches
        for index, claim in enumerate(told):
            if surely_before(claim.date, claim.as_of):
                texts = (
                    f"a launch in {claim.date}, announced in {claim.as_of}",
                    "a launch that is announced is still to come",
                    "Exchange or correct the two dates.",
                )
                yield unplaced(f"missions.{id_}.launches[{index}]", texts)


def milestones_before_needs(programme: Programme) -> Iterator[Finding]:
    """Rule: a milestone is due after what it needs; a warning, since a slip can cause it.

    The programme stays runnable then, and the road map shows what the slip breaks.
    """
    for id_, milestone in programme.milestones.items():
        for index, need in enumerate(milestone.needs):
            date = _date_of(programme, need)
            if surely_before(milestone.by, date):
                texts = (
                    f"due by {milestone.by}, before {need} in {date}",
                    "a milestone is due after everything it needs",
                    "Move one of the two dates, or need something else.",
                )
                yield unplaced(f"milestones.{id_}.needs[{index}]", texts, severity="warning")


def _date_of(programme: Programme, need: str) -> str | None:
    if need in programme.milestones:
        return programme.milestones[need].by
    mission = programme.missions.get(need)
    return mission.launch.date if mission is not None and mission.launch else None


def cycles_of_milestones(programme: Programme) -> Iterator[Finding]:
    """Rule: no milestone needs itself, over however many steps; each cycle is named once."""
    needs = {id_: milestone.needs for id_, milestone in programme.milestones.items()}
    yield from cycles_named("milestones", needs)


def cycles_named(kind: str, needs: Mapping[str, tuple[str, ...]]) -> Iterator[Finding]:
    """A finding for each cycle in what things of a kind need of each other."""
    for cycle in cycles(needs):
        texts = (
            f"a cycle: {' needs '.join(cycle)}",
            f"what a {singular(kind)} needs comes before it",
            "Remove one of these needs.",
        )
        yield unplaced(f"{kind}.{cycle[0]}.needs", texts)


def cycles(needs: Mapping[str, tuple[str, ...]]) -> Iterator[tuple[str, ...]]:
    """Cycles in what needs what, found by one walk down from everything not visited before."""
    done: set[str] = set()
    for root in needs:
        trail: list[str] = []
        # an explicit stack: a chain may be longer than Python's own one
        stack = [(root, iter(needs[root]))] if root not in done else []
        trail += [root] if stack else []
        while stack:
            node, rest = stack[-1]
            following = next(rest, None)
            if following is None:
                stack.pop()
                done.add(trail.pop())
            elif following in trail:
                yield (*trail[trail.index(following) :], following)
            elif following in needs and following not in done:
                trail.append(following)
                stack.append((following, iter(needs[following])))
