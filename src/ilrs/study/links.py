"""A programme's contact plan: contacts, what becomes of each one's data, and what a relay is worth.

What stands and works when the span begins sends what it makes to Earth, directly or through
relays, over real horizons; the best plan is compared with the quick one and with plans in which a
relay is lost.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc, utc_from_tdb
from ilrs.foundation.windows import Windows
from ilrs.orbits.contact_plan import contact_plan
from ilrs.orbits.contacts import ContactPlan
from ilrs.orbits.shielded_zone import libration_extremes_m
from ilrs.orbits.spectrum import SpectrumFinding, conflicts
from ilrs.programme.entities import Programme, Scenario
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import scenario_span_s
from ilrs.study.link_network import Network, link_network
from ilrs.study.link_streams import (
    Served,
    Stream,
    half_latency_s,
    lots_of,
    requests_of,
    served,
    streams_of,
)
from ilrs.study.spectrum import assignments_of

__all__ = ["SETUP_S", "Links", "RelayLoss", "Totals", "Use", "links_span_s", "plan_links"]

#: What passes at the beginning of each contact before anything is carried: antennas turn, receivers
#: lock. An assumption; tables of stations give 5 to 30 minutes, most of it before the contact. [s]
SETUP_S = 300.0
_STEP_S = 1_800.0
_MOST_DAYS = 92.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Use:
    """How an element's radios, a relay or an antenna on Earth is used."""

    id: str
    owner: str
    kind: str  # "sender", "relay" or "on Earth"
    contacts: int
    booked_s: float
    in_view_s: float  # with at least one other end in view
    received_bit: float
    sent_bit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Totals:
    """All bits of a plan, and how old they were on Earth."""

    made_bit: float
    delivered_bit: float
    buffered_bit: float
    dropped_bit: float
    latency_p50_s: float | None
    latency_worst_s: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RelayLoss:
    """What is left without a relay, after planning anew."""

    relay: str
    lost_bit_d: float  # bits a day that no longer arrive
    left: Totals


@dataclass(frozen=True, slots=True, kw_only=True)
class Links:
    """A programme's contact plan and all that is told of it."""

    scenario: str
    span_s: tuple[float, float]  # TDB past J2000
    without: tuple[str, ...]  # relays that are taken as lost
    network: Network
    plan: ContactPlan
    quick: ContactPlan
    streams: tuple[Served, ...]
    totals: Totals
    quick_totals: Totals
    uses: tuple[Use, ...]
    losses: tuple[RelayLoss, ...]
    band_conflicts: tuple[SpectrumFinding, ...]
    notes: tuple[str, ...]


def links_span_s(scenario: Scenario, *, start: str | None, days: float) -> tuple[float, float]:
    """The days that are planned, TDB past J2000: from `start` (ISO 8601 UTC) or the scenario's. [s]

    Raises IlrsError for days that are not above 0, or more than a season.
    """
    if not 0.0 < days <= _MOST_DAYS:
        raise IlrsError(
            f"a contact plan of {days:g} days",
            f"plans are made for more than 0 and up to {_MOST_DAYS:g} days",
            "Correct --days.",
        )
    begin_s = float(tdb_from_utc(parse_utc(scenario.start if start is None else start)))
    return begin_s, begin_s + days * DAY_S


def plan_links(
    programme: Programme,
    scenario: Scenario,
    *,
    span_s: tuple[float, float],
    sky: Sky,
    without: Sequence[str] = (),
    progress: Callable[[str], None] = lambda step: None,
) -> Links:
    """The contact plan of a programme over a span (TDB), with relays `without` lost from the start.

    Raises IlrsError for a relay that is none, where nothing makes data, and as `link_network`.
    """
    begin, end = (np.datetime_as_string(utc_from_tdb(edge), unit="s") + "Z" for edge in span_s)
    then = scenario.model_copy(update={"start": begin, "end": end})
    progress("network")
    whole = link_network(programme, then, span_s=span_s, sky=sky)
    for relay in without:
        if relay not in whole.relays:
            raise IlrsError(
                f"the plan without the relay {relay!r}",
                f"the relays in use then are {', '.join(whole.relays) or '(none)'}",
                did_you_mean(relay, whole.relays, otherwise="Name one of them."),
            )
    first, last = scenario_span_s(scenario)
    streams = streams_of(programme, then, whole_s=last - first)
    if not streams:
        raise IlrsError(
            f"nothing that stands on {begin[:10]} makes data",
            "elements make data in their `modes:`, experiments by `data:`, missions by `data:`",
            "Declare what is made, or name a later day with --from.",
        )
    network = _without(whole, without)
    progress("plan")
    plan, rows = _planned(streams, network, span_s, method="best")
    quick, quick_rows = _planned(streams, network, span_s, method="greedy")
    totals = _totals(rows)
    progress("losses")
    losses = []
    for relay in network.relays:
        left = _totals(_planned(streams, _without(network, [relay]), span_s, method="best")[1])
        lost_bit = totals.delivered_bit - left.delivered_bit
        losses.append(
            RelayLoss(relay=relay, lost_bit_d=lost_bit / (span_s[1] - span_s[0]) * DAY_S, left=left)
        )
    return Links(
        scenario=scenario.id, span_s=span_s, without=tuple(without), network=network, plan=plan,
        quick=quick, streams=tuple(rows), totals=totals, quick_totals=_totals(quick_rows),
        uses=tuple(_uses(network, plan)), losses=tuple(losses),
        band_conflicts=tuple(_band_conflicts(programme, network, span_s)), notes=network.notes,
    )  # fmt: skip


def _without(network: Network, lost: Sequence[str]) -> Network:
    if not lost:
        return network
    gone = {node.id for node in network.nodes if node.group in lost}
    return replace(
        network,
        nodes=tuple(node for node in network.nodes if node.id not in gone),
        windows=tuple(w for w in network.windows if not gone & {w.source, w.destination}),
        relays=tuple(relay for relay in network.relays if relay not in lost),
    )


def _planned(
    streams: Sequence[Stream], network: Network, span_s: tuple[float, float], *, method: str
) -> tuple[ContactPlan, list[Served]]:
    own = [stream for stream in streams if stream.sender in network.store_bit]
    lots = lots_of(own, network, span_s=span_s)
    plan = contact_plan(
        network.nodes, network.windows, requests=requests_of(lots, network), setup_s=SETUP_S,
        step_s=_STEP_S, method="best" if method == "best" else "greedy",
    )  # fmt: skip
    return plan, served(streams, lots, plan=plan, network=network, span_s=span_s)


def _totals(rows: Sequence[Served]) -> Totals:
    worst = [row.latency_worst_s for row in rows if row.latency_worst_s is not None]
    return Totals(
        made_bit=sum(row.made_bit for row in rows),
        delivered_bit=sum(row.delivered_bit for row in rows),
        buffered_bit=sum(row.buffered_bit for row in rows),
        dropped_bit=sum(row.dropped_bit for row in rows),
        latency_p50_s=half_latency_s([one for row in rows for one in row.arrivals]),
        latency_worst_s=max(worst) if worst else None,
    )


def _uses(network: Network, plan: ContactPlan) -> list[Use]:
    """Use of every sender, relay and antenna on Earth, in the network's order."""
    found = []
    for id_ in dict.fromkeys(network.place_of(node.id) for node in network.nodes):
        own = {node.id for node in network.nodes if network.place_of(node.id) == id_}
        contacts = [c for c in plan.contacts if own & {c.source, c.destination}]
        seen = [w for w in network.windows if own & {w.source, w.destination}]
        kind = "sender"
        if id_ in network.relays:
            kind = "relay"
        elif id_ in network.stations:
            kind = "on Earth"
        found.append(
            Use(
                id=id_, owner=network.owner_of[id_], kind=kind, contacts=len(contacts),
                booked_s=Windows((c.aos_tdb_s, c.los_tdb_s) for c in contacts).total_s,
                in_view_s=Windows((w.aos_tdb_s, w.los_tdb_s) for w in seen).total_s,
                received_bit=sum(c.volume_bit for c in contacts if c.destination in own),
                sent_bit=sum(c.volume_bit for c in contacts if c.source in own),
            )
        )  # fmt: skip
    return found


def _band_conflicts(
    programme: Programme, network: Network, span_s: tuple[float, float]
) -> list[SpectrumFinding]:
    """What of the declared bands does not go together in the span, where the network is a party."""
    then = [
        one
        for one in assignments_of(programme)
        if one.start_tdb_s < span_s[1] and one.end_tdb_s > span_s[0]
    ]
    own = tuple(f"{kind}.{id_}." for id_ in network.store_bit for kind in ("elements", "missions"))
    return [
        found
        for found in conflicts(then, earth_position_m=libration_extremes_m())
        if found.first.startswith(own) or found.second.startswith(own)
    ]
