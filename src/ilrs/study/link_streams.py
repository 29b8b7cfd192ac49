"""What is made on the Moon to be sent to Earth, as requests of a contact plan, and what came of it.

Data are made evenly. They are planned in lots: what is made in a lot's time is ready at its end,
and must be on Earth before the store that holds it is full again. Lots of one sender are one
request; inside it what has the higher priority arrives first, and equals share.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from ilrs.foundation.quantities import format_quantity
from ilrs.foundation.time import DAY_S
from ilrs.foundation.windows import Windows
from ilrs.orbits.contacts import ContactPlan, Request
from ilrs.programme.data_joints import gateway_of
from ilrs.programme.entities import Programme, Scenario
from ilrs.study.link_network import EARTH, Network, at_work, standing_anywhere

__all__ = ["Lot", "Served", "Stream", "half_latency_s", "lots_of", "requests_of", "served",
           "streams_of"]  # fmt: skip

_HOUR_S = 3600.0
_LONGEST_LOT_S = 6 * _HOUR_S
_LEAST_PATIENCE_S = 3 * DAY_S  # with more, a month's plan takes ten times as long and is no better
_DUST = 1e-10  # part of a volume that rounding leaves over
_PRIORITIES = 10  # 0 to 9, 0 first


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """Data that an element, an experiment or a craft makes, and who sends them."""

    id: str
    element: str  # where it is made
    owner: str
    priority: int
    data_bps: float
    sender: str  # empty where nobody sends them
    handed_bps: float  # what of it the cable to the sender carries
    why_not: str = ""  # why nobody does, or not all


@dataclass(frozen=True, slots=True, kw_only=True)
class Lot:
    """What one sender's streams make in a part of the span, TDB past J2000."""

    id: str
    sender: str
    start_s: float
    end_s: float
    deadline_s: float  # the store holds it until then, or to the span's end
    streams: tuple[Stream, ...]

    @property
    def volume_bit(self) -> float:
        """All that is handed to the sender in it. [bit]"""
        return sum(stream.handed_bps for stream in self.streams) * (self.end_s - self.start_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """What became of a stream's bits, and how old they were on Earth."""

    stream: Stream
    made_bit: float
    delivered_bit: float
    buffered_bit: float  # at the end of the span, not yet on Earth
    dropped_bit: float  # no room in a store or cable, or nobody to send them
    latency_p50_s: float | None  # half was younger; from the middle of its lot; None for nothing
    latency_worst_s: float | None  # of the oldest bit, from the beginning of its lot
    why: str = ""  # why not all of it arrived
    arrivals: tuple[tuple[float, float], ...] = ()  # latency from the middle of its lot [s], bits


def streams_of(programme: Programme, scenario: Scenario, *, whole_s: float) -> list[Stream]:
    """What stands and works at the scenario's start makes, in declared order.

    Elements make what their mode of work declares, craft their `data`; the hours that an experiment
    wants are spread over `whole_s`.
    """
    found: list[tuple[str, str, str, int, float]] = []
    standing = {element.id: element for element in standing_anywhere(programme, scenario)}
    for element in standing.values():
        mode = element.modes.get("work") or element.modes.get("keep_alive")
        if mode is not None and mode.data_bps > 0.0:
            found.append((element.id, element.id, element.owner, element.priority, mode.data_bps))
    for one in programme.experiments.values():
        if one.element in standing and one.data_bps > 0.0:
            mean_bps = one.data_bps * min(one.wanted_s / whole_s, 1.0)
            found.append((one.id, one.element, one.owner, one.priority, mean_bps))
    gateways = {id_: gateway_of(element, standing) for id_, element in standing.items()}
    for mission in at_work(programme, scenario):
        found.append((mission.id, mission.id, mission.owner, 5, mission.data_bps))
        gateways[mission.id] = (mission.id, float("inf"))
    made: dict[str, float] = {}
    for _, element_id, _, _, bps in found:
        made[element_id] = made.get(element_id, 0.0) + bps
    return [_stream(row, gateways[row[1]], all_bps=made[row[1]]) for row in found]


def _stream(
    row: tuple[str, str, str, int, float], gateway: tuple[str, float] | None, *, all_bps: float
) -> Stream:
    id_, element, owner, priority, data_bps = row
    why = ""
    if gateway is None:
        why = f"{element} has no link, and no data cable to an element that has one"
    elif all_bps > gateway[1]:
        most = format_quantity(gateway[1], "bit/s")
        why = f"the cable from {element} to {gateway[0]} carries {most}"
    share = 0.0 if gateway is None else min(1.0, gateway[1] / all_bps)
    return Stream(
        id=id_, element=element, owner=owner, priority=priority, data_bps=data_bps,
        sender="" if gateway is None else gateway[0], handed_bps=share * data_bps, why_not=why,
    )  # fmt: skip


def lots_of(
    streams: Sequence[Stream], network: Network, *, span_s: tuple[float, float]
) -> list[Lot]:
    """The lots of all senders over a span, in order of time for each.

    A lot takes 6 hours, or less where the sender's store holds less than two such; an hour at
    least. It is dropped when the store would be full with the next one, or when it is three days
    old and three times as old as the sender's longest time without a contact.
    """
    found = []
    for sender in dict.fromkeys(stream.sender for stream in streams if stream.sender):
        own = tuple(stream for stream in streams if stream.sender == sender)
        holds_s = network.store_bit[sender] / sum(stream.handed_bps for stream in own)
        wanted_s = min(max(0.5 * holds_s, _HOUR_S), _LONGEST_LOT_S)
        edge_s = np.linspace(*span_s, int(np.ceil((span_s[1] - span_s[0]) / wanted_s - 1e-9)) + 1)
        lot_s = float(edge_s[1] - edge_s[0])
        patience_s = max(_LEAST_PATIENCE_S, 3.0 * _silence_s(network, sender, span_s))
        kept_s = min(max(holds_s - lot_s, lot_s), patience_s)  # beside the lot that is being made
        found += [
            Lot(
                id=f"{sender} {k + 1:03d}", sender=sender, start_s=float(a), end_s=float(b),
                deadline_s=min(float(b) + kept_s, span_s[1]), streams=own,
            )
            for k, (a, b) in enumerate(zip(edge_s[:-1], edge_s[1:], strict=True))
        ]  # fmt: skip
    return found


def _silence_s(network: Network, sender: str, span_s: tuple[float, float]) -> float:
    """The longest time in which a sender sees neither Earth nor a relay. [s]"""
    seen = Windows(
        (window.aos_tdb_s, window.los_tdb_s)
        for window in network.windows
        if network.place_of(window.source) == sender
    )
    return (Windows([span_s]) - seen).longest_s


def requests_of(lots: Sequence[Lot], network: Network) -> list[Request]:
    """A request to Earth for each lot that can leave before the span ends.

    A bit counts 10 less its priority, on the mean of the lot.
    """
    return [
        Request(
            id=lot.id, source=lot.sender, destination=EARTH, volume_bit=lot.volume_bit,
            release_tdb_s=lot.end_s, deadline_tdb_s=lot.deadline_s, weight=_weight(lot),
            partner=network.owner_of[lot.sender],
        )
        for lot in lots
        if lot.deadline_s > lot.end_s
    ]  # fmt: skip


def _weight(lot: Lot) -> float:
    handed = [stream.handed_bps for stream in lot.streams]
    return float(np.average([_PRIORITIES - s.priority for s in lot.streams], weights=handed))


@dataclass(slots=True)
class _Tally:
    """Bits of one stream as they arrive: (latency from the middle, from the beginning, bits)."""

    rows: list[tuple[float, float, float]]
    buffered_bit: float = 0.0
    dropped_bit: float = 0.0
    why: str = ""


def served(
    streams: Sequence[Stream],
    lots: Sequence[Lot],
    *,
    plan: ContactPlan,
    network: Network,
    span_s: tuple[float, float],
) -> list[Served]:
    """What became of each stream, in the streams' order; made = delivered + buffered + dropped."""
    tallies = {stream.id: _Tally(rows=[]) for stream in streams}
    arrivals = _arrivals(plan, network)
    for lot in lots:
        for stream, pieces, missing_bit in _shares(lot, arrivals.get(lot.id, ())):
            tally = tallies[stream.id]
            middle_s = 0.5 * (lot.start_s + lot.end_s)
            tally.rows += [(t - middle_s, t - lot.start_s, bits) for t, bits in pieces]
            if lot.deadline_s >= span_s[1]:
                tally.buffered_bit += missing_bit
            else:
                tally.dropped_bit += missing_bit
                if missing_bit > 0.0 and not tally.why:
                    tally.why = _why_dropped(plan, lot)
    return [_served(stream, tallies[stream.id], span_s) for stream in streams]


def _why_dropped(plan: ContactPlan, lot: Lot) -> str:
    delivery = plan.deliveries.get(lot.id)
    told = delivery.why if delivery is not None else "it cannot leave in time"
    days = (lot.deadline_s - lot.end_s) / DAY_S
    return f"{lot.sender} keeps data for {days:.1f} d, and then: {told}"


def _arrivals(plan: ContactPlan, network: Network) -> dict[str, list[tuple[float, float]]]:
    """When how many bits of each request arrive on Earth, in order of time."""
    found: dict[str, list[tuple[float, float]]] = {}
    for transfer in plan.transfers:
        if transfer.destination in network.stations:
            found.setdefault(transfer.request, []).append((transfer.end_tdb_s, transfer.volume_bit))
    return {id_: sorted(rows) for id_, rows in found.items()}


def _shares(
    lot: Lot, arrived: Sequence[tuple[float, float]]
) -> Iterator[tuple[Stream, list[tuple[float, float]], float]]:
    """Each stream of a lot with when how much of it arrives, and what of it does not. [bit]"""
    length_s = lot.end_s - lot.start_s
    sums = np.concatenate([[0.0], np.cumsum([bits for _, bits in arrived])])
    low = 0.0
    for priority in sorted({stream.priority for stream in lot.streams}):
        equals = [stream for stream in lot.streams if stream.priority == priority]
        wanted = sum(stream.handed_bps for stream in equals) * length_s
        part = np.diff(np.clip(sums - low, 0.0, wanted))  # of each arrival
        low += wanted
        for stream in equals:
            own = stream.handed_bps * length_s
            bits = part * (own / wanted)
            pieces = [(t, float(b)) for (t, _), b in zip(arrived, bits, strict=True) if b > 0.0]
            missing_bit = own - float(bits.sum())
            yield stream, pieces, missing_bit if missing_bit > _DUST * own else 0.0


def _served(stream: Stream, tally: _Tally, span_s: tuple[float, float]) -> Served:
    made_bit = stream.data_bps * (span_s[1] - span_s[0])
    not_handed_bit = (stream.data_bps - stream.handed_bps) * (span_s[1] - span_s[0])
    arrivals = tuple((latency_s, bits) for latency_s, _, bits in tally.rows)
    why = stream.why_not or tally.why
    if not why and tally.buffered_bit > 0.0:
        why = "made too late in the span, or waiting for a contact"
    return Served(
        stream=stream, made_bit=made_bit, delivered_bit=sum(bits for _, bits in arrivals),
        buffered_bit=tally.buffered_bit, dropped_bit=tally.dropped_bit + not_handed_bit,
        latency_p50_s=half_latency_s(arrivals), arrivals=arrivals,
        latency_worst_s=max((oldest_s for _, oldest_s, _ in tally.rows), default=None), why=why,
    )  # fmt: skip


def half_latency_s(arrivals: Sequence[tuple[float, float]]) -> float | None:
    """The latency that half of the bits do not exceed, of (latency, bits); None for none. [s]"""
    if not arrivals:
        return None
    latency_s, bits = np.array(sorted(arrivals)).T
    sums = np.cumsum(bits)
    return float(latency_s[np.searchsorted(sums, 0.5 * sums[-1])])
