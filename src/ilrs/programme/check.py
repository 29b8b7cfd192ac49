"""The check of a loaded programme: one small function per rule, every finding at once.

What a run has to meet as a number (survival, data, research hours) is no rule here: those are the
programme's requirements, judged by the run.
"""

import math
from collections.abc import Callable, Iterator

from ilrs.foundation.errors import Finding, IlrsError
from ilrs.programme.attributes import parts_of
from ilrs.programme.benefit_rules import (
    amounts_that_do_not_fit,
    benefits_for_strangers,
    shares_over_the_whole,
)
from ilrs.programme.contribution_rules import (
    contributions_of_others,
    contributions_that_are_lost,
    cycles_of_contributions,
    given_twice,
    histories_that_cannot_be,
)
from ilrs.programme.crew_rules import cabins_that_cannot_be, visits_that_cannot_be
from ilrs.programme.development_rules import (
    developments_of_nothing,
    documents_that_join_nothing,
    maturity_that_falls,
)
from ilrs.programme.entities import Programme
from ilrs.programme.fault_rules import (
    faults_that_cannot_be,
    repairs_that_cannot_be,
    spares_that_nobody_takes,
)
from ilrs.programme.findings import unplaced
from ilrs.programme.limits import parse_limit
from ilrs.programme.link_rules import links_that_cannot_be
from ilrs.programme.load import Loaded, find_file
from ilrs.programme.logistics_rules import (
    freight_that_cannot_be,
    landers_that_cannot_be,
    supplies_that_nobody_uses,
)
from ilrs.programme.mobility_rules import suits_that_cannot_be, vehicles_that_cannot_be
from ilrs.programme.mode_rules import (
    modes_for_ever,
    rules_that_cannot_be,
    rules_that_contradict,
    unknown_modes,
)
from ilrs.programme.orbit_rules import (
    joint_observations_that_cannot_be,
    orbits_out_of_order,
    surveys_that_cannot_be,
    uncertainties_of,
    uncertainties_that_cannot_be,
)
from ilrs.programme.part_rules import parts_that_cannot_be
from ilrs.programme.power_rules import (
    buses_that_nothing_feeds,
    cables_that_cannot_be,
    loads_beyond_their_joints,
    loads_on_no_bus,
)
from ilrs.programme.references import entities_of, unresolved_references
from ilrs.programme.session_rules import (
    chains_of_sessions,
    duties_that_cannot_be,
    entitlements_that_cannot_be,
    sessions_that_cannot_be,
)
from ilrs.programme.size_rules import radiators_that_share, sizes_that_cannot_be
from ilrs.programme.station_rules import (
    broken_joints,
    elements_without_place,
    elements_without_ride,
    incomplete_parts,
    overloaded_missions,
)
from ilrs.programme.time_rules import (
    claims_out_of_order,
    cycles_of_milestones,
    launches_before_launcher,
    launches_before_their_claim,
    milestones_before_needs,
    scenarios_out_of_order,
    spans_that_end_early,
)

__all__ = ["RULES", "check"]

# What cannot be negative, by unit; lengths and angles can (a height below the reference sphere).
_NEVER_NEGATIVE = frozenset(
    {"kg", "W", "Wh", "m**2", "m**3", "s", "K", "bit/s", "bit", "V", "W/K", "J/K", "1", "1/y", "Hz"}
    | {"Pa", "kg/d", "m/d", "m/s"}
)


def limits_that_do_not_parse(programme: Programme) -> Iterator[Finding]:
    """Rule: every requirement's limit can be read."""
    for id_, requirement in programme.requirements.items():
        try:
            parse_limit(requirement.limit)
        except IlrsError as error:
            texts = error.asked, error.possible, error.mend
            yield unplaced(f"requirements.{id_}.limit", texts)


def sites_that_cannot_run(programme: Programme) -> Iterator[Finding]:
    """Rule: a scenario's site has coordinates, and a horizon or terrain to compute one from."""
    for id_, scenario in programme.scenarios.items():
        site = programme.sites.get(scenario.site)
        if site is None:
            continue
        if site.horizon is None and not site.terrain:
            texts = (
                f"{site.id} is a site without horizon and without terrain",
                "a scenario's site has a horizon profile, or terrain to compute one from",
                f"Add `horizon:` or `terrain:` to sites.{site.id}, or name another site.",
            )
            yield unplaced(f"scenarios.{id_}.site", texts)
        if site.latitude_deg is None or site.longitude_deg is None:
            texts = (
                f"{site.id} is a site without coordinates",
                "a scenario's site has a latitude and a longitude",
                f"Add them to sites.{site.id}, or name another site.",
            )
            yield unplaced(f"scenarios.{id_}.site", texts)


def files_that_are_missing(programme: Programme) -> Iterator[Finding]:
    """Rule: horizons, maps and files of covariances lie in one of the programme's folders."""
    for path, what, name in _files_named(programme):
        if find_file(programme, name) is None:
            texts = (
                f"found no file {name!r}",
                f"{what} is a file inside the programme's folder, named relative to it",
                "Put the file there, or correct the name.",
            )
            yield unplaced(path, texts)


def _files_named(programme: Programme) -> Iterator[tuple[str, str, str]]:
    """Every file that an entity names: where, what it is, and its name."""
    for id_, site in programme.sites.items():
        if site.horizon is not None:
            yield f"sites.{id_}.horizon", "a horizon", site.horizon
        for name in site.maps:
            yield f"sites.{id_}.maps", "a map", name
    for id_, mission in programme.missions.items():
        for key, one in uncertainties_of(mission):
            if one.oem is not None:
                yield f"missions.{id_}.{key}.oem", "an ephemeris", one.oem


def numbers_that_cannot_be(programme: Programme) -> Iterator[Finding]:
    """Rule: no negative mass, power or duration, no fraction above 1, nothing infinite."""
    for path, entity in entities_of(programme):
        for here, _, attribute, value in parts_of(entity, path):
            if attribute.unit is None or value is None:
                continue
            numbers = value.values() if isinstance(value, dict) else (value,)
            numbers = value if isinstance(value, tuple) else numbers
            low = 0.0 if attribute.unit in _NEVER_NEGATIVE else -math.inf
            high = 1.0 if attribute.unit == "1" else math.inf
            for number in numbers:
                if math.isinf(number) or not low <= number <= high:
                    bounds = "0 to 100 %" if high == 1.0 else "a finite number, not below 0"
                    bounds = "a finite number" if low < 0 else bounds
                    mend = "Correct it."
                    if high == 1.0 and not math.isinf(number):
                        mend = (
                            f"Correct it; the nearest that can be is {min(max(number, 0), 1):.0%}."
                        )
                    texts = (f"found {number:g}", f"{attribute.key!r} is {bounds}", mend)
                    yield unplaced(here, texts)


def assumptions_without_reason(programme: Programme) -> Iterator[Finding]:
    """Rule: who assumes a figure says why."""
    for claim in programme.claims:
        if claim.status == "assumption" and not claim.reason:
            texts = (
                "an assumption without a reason",
                "an assumed value says in a few words where it comes from",
                'Add `reason: "…"`.',
            )
            yield unplaced(claim.entity, texts, severity="warning")


Rule = Callable[[Programme], Iterator[Finding]]
RULES: tuple[Rule, ...] = (
    unresolved_references,
    elements_without_place,
    elements_without_ride,
    overloaded_missions,
    broken_joints,
    buses_that_nothing_feeds,
    loads_on_no_bus,
    loads_beyond_their_joints,
    cables_that_cannot_be,
    incomplete_parts,
    parts_that_cannot_be,
    unknown_modes,
    rules_that_cannot_be,
    modes_for_ever,
    rules_that_contradict,
    faults_that_cannot_be,
    repairs_that_cannot_be,
    spares_that_nobody_takes,
    orbits_out_of_order,
    uncertainties_that_cannot_be,
    surveys_that_cannot_be,
    joint_observations_that_cannot_be,
    sizes_that_cannot_be,
    radiators_that_share,
    freight_that_cannot_be,
    landers_that_cannot_be,
    supplies_that_nobody_uses,
    developments_of_nothing,
    documents_that_join_nothing,
    maturity_that_falls,
    launches_before_launcher,
    spans_that_end_early,
    scenarios_out_of_order,
    cabins_that_cannot_be,
    visits_that_cannot_be,
    vehicles_that_cannot_be,
    suits_that_cannot_be,
    sessions_that_cannot_be,
    chains_of_sessions,
    duties_that_cannot_be,
    entitlements_that_cannot_be,
    benefits_for_strangers,
    shares_over_the_whole,
    amounts_that_do_not_fit,
    contributions_of_others,
    given_twice,
    contributions_that_are_lost,
    histories_that_cannot_be,
    cycles_of_contributions,
    claims_out_of_order,
    launches_before_their_claim,
    milestones_before_needs,
    cycles_of_milestones,
    limits_that_do_not_parse,
    sites_that_cannot_run,
    files_that_are_missing,
    links_that_cannot_be,
    numbers_that_cannot_be,
    assumptions_without_reason,
)


def check(loaded: Loaded) -> list[Finding]:
    """Everything that is wrong or doubtful in a loaded programme, errors first, at file and line.

    An empty list, or one of warnings only, means that the programme can run.
    """
    placed = [loaded.places.place(f) for rule in RULES for f in rule(loaded.programme)]
    return sorted(placed, key=lambda f: (f.severity != "error", f.file, f.line, f.entity, f.found))
