"""Whether a contact plan can be kept, judged from its contacts and transfers alone.

Nothing here knows how plans are found: windows, antennas, rates, setup, stores and causality are
counted anew, by even flows in time.
"""

from collections import defaultdict

import numpy as np

RELATIVE = 1e-6  # what a solver's tolerances leave


def check(plan, *, nodes, windows, requests, setup_s=0.0, at_s=None):
    """Asserts that a plan keeps every rule; stores are looked at `at_s`, or at every event."""
    _contacts_lie_in_windows(plan, windows)
    _antennas_suffice(plan, nodes)
    _rates_hold(plan, setup_s)
    _data_come_before_they_go(plan, nodes, requests, at_s)


def _contacts_lie_in_windows(plan, windows):
    for contact in plan.contacts:
        assert any(
            (contact.source, contact.destination) == (w.source, w.destination)
            and w.aos_tdb_s <= contact.aos_tdb_s < contact.los_tdb_s <= w.los_tdb_s
            and (contact.rate_bps, contact.return_bps) == (w.rate_bps, w.return_bps)
            for w in windows
        ), contact


def _antennas_suffice(plan, nodes):
    for node in nodes:
        own = [c for c in plan.contacts if node.id in (c.source, c.destination)]
        for begun in own:
            at_once = [c for c in own if c.aos_tdb_s <= begun.aos_tdb_s < c.los_tdb_s]
            assert len(at_once) <= node.antennas, (node, at_once)


def _rates_hold(plan, setup_s):
    left = list(plan.transfers)
    for contact in plan.contacts:
        ways = (
            ((contact.source, contact.destination), contact.rate_bps, contact.volume_bit),
            ((contact.destination, contact.source), contact.return_bps, contact.return_bit),
        )
        for ends, rate_bps, said_bit in ways:
            spans = defaultdict(float)
            for t in [t for t in left if (t.source, t.destination) == ends]:
                if contact.aos_tdb_s <= t.start_tdb_s and t.end_tdb_s <= contact.los_tdb_s:
                    spans[t.start_tdb_s, t.end_tdb_s] += t.volume_bit
                    left.remove(t)
            for (start, end), volume in spans.items():
                open_s = end - max(start, min(end, contact.aos_tdb_s + setup_s))
                assert volume <= rate_bps * open_s * (1 + RELATIVE), (contact, start, end)
            assert np.isclose(sum(spans.values()), said_bit, rtol=1e-9)
    assert not left, left


def _data_come_before_they_go(plan, nodes, requests, at_s):
    named = {name for r in requests for name in (r.source, r.destination)}
    alone = {n.group for n in nodes if n.id in named}
    place = {n.id: n.group if n.group and n.group not in alone else n.id for n in nodes}
    stores = defaultdict(list)
    for n in nodes:
        stores[place[n.id]].append(n.buffer_bit)
    held = defaultdict(float)
    marks = {t for x in plan.transfers for t in (x.start_tdb_s, x.end_tdb_s)}
    instants = np.array(sorted(marks if at_s is None else set(at_s)))
    events = np.array(sorted(marks | set(instants)))
    for r in requests:
        own = [t for t in plan.transfers if t.request == r.id]
        assert all(t.start_tdb_s >= r.release_tdb_s for t in own)
        source, destination = (place.get(x, x) for x in (r.source, r.destination))
        come, gone = defaultdict(lambda: np.zeros(events.size)), {}
        for t in own:
            span_s = t.end_tdb_s - t.start_tdb_s
            moved = t.volume_bit * np.clip((events - t.start_tdb_s) / span_s, 0.0, 1.0)
            come[place[t.destination]] = come[place[t.destination]] + moved
            gone[place[t.source]] = gone.get(place[t.source], 0.0) + moved
        slack = RELATIVE * r.volume_bit
        for at, moved in gone.items():
            if at == source:
                assert moved[-1] <= r.volume_bit + slack
                continue
            assert None not in stores[at], f"{at} passes nothing on"
            left = come[at] - moved
            assert left.min() >= -slack, (r.id, at, left.min())
        for at, moved in come.items():
            if at not in (source, destination):
                held[at] = held[at] + moved - gone.get(at, 0.0)
        arriving = [t for t in own if place[t.destination] == destination]
        assert all(t.end_tdb_s <= r.deadline_tdb_s for t in arriving)
        total = sum(t.volume_bit for t in arriving)
        delivery = plan.deliveries[r.id]
        assert np.isclose(delivery.delivered_bit, total, rtol=1e-6, atol=slack)
        if arriving:
            last = max(t.end_tdb_s for t in arriving)
            assert np.isclose(delivery.latency_worst_s, last - r.release_tdb_s)
            assert delivery.latency_p50_s <= delivery.latency_worst_s
        else:
            assert delivery.latency_worst_s is None
    biggest = max((r.volume_bit for r in requests), default=1.0)
    for at, bits in held.items():
        at_instants = bits[np.searchsorted(events, instants)]
        assert at_instants.max() <= sum(stores[at]) + RELATIVE * biggest, at
