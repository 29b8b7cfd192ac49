"""What a contact plan is made of: nodes, access windows, requests, and the contacts booked.

Times are seconds TDB past J2000, volumes bits. What cannot be is refused where a value is made;
what does not fit together is refused by `require_consistent`.
"""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from ilrs.foundation.errors import IlrsError

__all__ = [
    "AccessWindow", "Contact", "ContactPlan", "Delivery", "Node", "Request", "Transfer",
    "require_consistent",
]  # fmt: skip


def _require(holds: bool, asked: str, possible: str, mend: str) -> None:
    if not holds:
        raise IlrsError(asked, possible, mend)


@dataclass(frozen=True, slots=True, kw_only=True)
class Node:
    """A lander, rover, relay or Earth station with its antennas and its store for others' data.

    A store of None passes nothing on; one of 0 bit is a bent pipe, which must send on what it
    receives while it receives it. Nodes of one group (the stations on Earth) share what they hold:
    whatever reaches one of them has reached the group, which a request may name.
    """

    id: str
    antennas: int = 1  # how many links it can serve at once
    buffer_bit: float | None = None
    group: str = ""
    partner: str = ""

    def __post_init__(self) -> None:
        _require(
            self.antennas >= 1,
            f"node {self.id} with {self.antennas} antennas",
            "a node has at least one antenna",
            "Give its number of antennas, or leave the node out.",
        )
        _require(
            self.buffer_bit is None or self.buffer_bit >= 0.0,
            f"node {self.id} with a store of {self.buffer_bit or 0.0:g} bit",
            "a relay's store holds 0 bit (a bent pipe) or more",
            "Correct it, or leave it out for a node that relays nothing.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class AccessWindow:
    """When geometry allows a link between two nodes, with its mean rate each way."""

    source: str
    destination: str
    aos_tdb_s: float
    los_tdb_s: float
    rate_bps: float  # from source to destination
    return_bps: float = 0.0  # from destination to source, at the same time

    def __post_init__(self) -> None:
        name = f"a window from {self.source} to {self.destination}"
        _require(
            self.source != self.destination,
            f"a window from {self.source} to itself",
            "a window joins two nodes",
            "Name the other node.",
        )
        _require(
            math.isfinite(self.los_tdb_s) and self.los_tdb_s > self.aos_tdb_s,
            f"{name} that begins at {self.aos_tdb_s:g} and ends at {self.los_tdb_s:g} s",
            "a window ends after it begins",
            "Exchange the two, or leave the window out.",
        )
        low, high = sorted((self.rate_bps, self.return_bps))
        _require(
            low >= 0.0 and math.isfinite(high),
            f"{name} at {low if not low >= 0.0 else high:g} bit/s",
            "rates are finite numbers from 0 bit/s on",
            "Correct the rate, or its unit.",
        )
        _require(
            high > 0.0,
            f"{name} without a link",
            "a window of a contact plan has a rate above 0 bit/s at least one way",
            "Give its rate, or leave it out.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """Data that a partner wants carried from a node to another, or to a group of nodes."""

    id: str
    source: str
    destination: str
    volume_bit: float
    release_tdb_s: float  # from when on it is there
    deadline_tdb_s: float  # what arrives later counts nothing
    weight: float = 1.0  # what each bit of it counts
    partner: str = ""

    def __post_init__(self) -> None:
        _require(
            0.0 < self.volume_bit < math.inf,
            f"request {self.id} for {self.volume_bit:g} bit",
            "a request carries a finite volume above 0 bit",
            "Correct the volume, or its unit.",
        )
        _require(
            self.deadline_tdb_s > self.release_tdb_s,
            f"request {self.id} from {self.release_tdb_s:g} until {self.deadline_tdb_s:g} s",
            "a deadline lies after the release",
            "Exchange the two, or correct one.",
        )
        _require(
            0.0 < self.weight < math.inf,
            f"request {self.id} of weight {self.weight:g}",
            "a weight is a finite number above 0",
            "Give a higher weight to what matters more.",
        )
        _require(
            self.source != self.destination,
            f"request {self.id} from {self.source} to itself",
            "a request goes from one node to another, or to a group",
            "Name where its data are to go.",
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Contact:
    """A booked use of an access window: both nodes give it an antenna from aos to los."""

    source: str
    destination: str
    aos_tdb_s: float
    los_tdb_s: float
    rate_bps: float
    return_bps: float
    volume_bit: float  # carried from source to destination
    return_bit: float  # carried the other way
    requests: tuple[str, ...]  # whose data it carries
    partners: tuple[str, ...]  # of both nodes and of the requests


@dataclass(frozen=True, slots=True, kw_only=True)
class Transfer:
    """Bits of one request that move over one link, evenly from start to end."""

    request: str
    source: str
    destination: str
    start_tdb_s: float
    end_tdb_s: float
    volume_bit: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Delivery:
    """What a plan does for a request; latencies are from its release to the arrival."""

    request: str
    delivered_bit: float
    latency_p50_s: float | None  # until half of what is delivered is there; None for nothing
    latency_worst_s: float | None  # until all of it is
    why: str = ""  # why not all of it is delivered


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactPlan:
    """Contacts that can all be kept, with every transfer in them and what it comes to.

    `worth` sums weight x bit, less up to 0.1 % for latency; no plan on the same cells of time has
    more than `bound`.
    """

    contacts: tuple[Contact, ...]
    transfers: tuple[Transfer, ...]
    deliveries: dict[str, Delivery] = field(default_factory=dict)
    worth: float = 0.0
    bound: float = math.inf
    method: str = ""

    @property
    def delivered_bit(self) -> float:
        """All that arrives in time. [bit]"""
        return sum(delivery.delivered_bit for delivery in self.deliveries.values())

    @property
    def gap(self) -> float:
        """How much of the bound a better plan could still add, 0-1."""
        return 0.0 if self.bound <= 0.0 else max(0.0, 1.0 - self.worth / self.bound)


def require_consistent(
    nodes: Sequence[Node], windows: Iterable[AccessWindow], requests: Sequence[Request]
) -> None:
    """Raises IlrsError for ids used twice, and for windows and requests of unknown nodes."""
    for kind, ids in (("node", [n.id for n in nodes]), ("request", [r.id for r in requests])):
        twice = next((id_ for k, id_ in enumerate(ids) if id_ in ids[:k]), None)
        _require(
            twice is None, f"two {kind}s called {twice}", "each has an id of its own", "Rename one."
        )
    known = {node.id for node in nodes}
    groups = {node.group for node in nodes if node.group}
    _require(
        not groups & known,
        f"a group and a node called {', '.join(sorted(groups & known))}",
        "a name means one node or one group",
        "Rename one of them.",
    )
    for window in windows:
        for id_ in (window.source, window.destination):
            _require(
                id_ in known,
                f"a window from {window.source} to {window.destination}, and no node {id_}",
                f"the nodes are {', '.join(sorted(known))}",
                "Declare the node, or correct the id.",
            )
    for request in requests:
        for id_ in (request.source, request.destination):
            _require(
                id_ in known | groups,
                f"request {request.id} names {id_}, which is neither a node nor a group",
                f"the nodes are {', '.join(sorted(known))}"
                + (f", the groups {', '.join(sorted(groups))}" if groups else ""),
                "Declare the node, or correct the id.",
            )
