"""The best contact plan of a tiny problem by trying everything: an oracle for tests.

Windows begin and end on whole slots. Every set of booked slots that the antennas allow is tried;
for each, all paths of each request are listed, and their volumes chosen by scipy's linear program.
"""

from itertools import combinations, pairwise

import numpy as np
from scipy.optimize import linprog


def best_worth(nodes, windows, *, requests, slot_s, setup_s=0.0):
    """The highest worth of any plan."""
    slots = [
        (w, slot)
        for w in range(len(windows))
        for slot in range(
            round(windows[w].aos_tdb_s / slot_s), round(windows[w].los_tdb_s / slot_s)
        )
    ]
    return max(
        _worth(nodes, windows, requests, set(booked), slot_s, setup_s)
        for count in range(len(slots) + 1)
        for booked in combinations(slots, count)
        if _fits(nodes, windows, booked)
    )


def _fits(nodes, windows, booked):
    used = {}
    for w, slot in booked:
        for node in (windows[w].source, windows[w].destination):
            used[node, slot] = used.get((node, slot), 0) + 1
    antennas = {node.id: node.antennas for node in nodes}
    return all(count <= antennas[node] for (node, _), count in used.items())


def _worth(nodes, windows, requests, booked, slot_s, setup_s):
    hops = {}
    for w, slot in booked:
        open_s = slot_s - (0.0 if (w, slot - 1) in booked else setup_s)
        window = windows[w]
        hops[w, slot, 0] = (window.source, window.destination, window.rate_bps * open_s)
        hops[w, slot, 1] = (window.destination, window.source, window.return_bps * open_s)
    hops = {key: hop for key, hop in hops.items() if hop[2] > 0.0}
    place = {node.id: node.group or node.id for node in nodes}
    stores = {place[node.id]: node.buffer_bit for node in nodes}
    paths = [
        (k, path)
        for k, request in enumerate(requests)
        for path in _paths(hops, place, stores, request, slot_s)
    ]
    if not paths:
        return 0.0
    value, rows, limits = np.zeros(len(paths)), [], []
    for p, (k, path) in enumerate(paths):
        request = requests[k]
        late = (path[-1][1] + 1) * slot_s - request.release_tdb_s
        allowed = request.deadline_tdb_s - request.release_tdb_s
        value[p] = request.weight * (1.0 - 1e-3 * late / allowed)
    for key, (_, _, most) in hops.items():
        rows.append([float(key in path) for _, path in paths])
        limits.append(most)
    for k, request in enumerate(requests):
        rows.append([float(k == of) for of, _ in paths])
        limits.append(request.volume_bit)
    last = max(slot for _, slot in booked)
    for at, store in stores.items():
        for end in range(last) if store is not None and np.isfinite(store) else ():
            rows.append([float(_waits(path, hops, place, at, end)) for _, path in paths])
            limits.append(store)
    unit = max(limits)
    found = linprog(-value, A_ub=np.array(rows), b_ub=np.array(limits) / unit, bounds=(0, None))
    return -found.fun * unit


def _waits(path, hops, place, at, end):
    """Whether data on a path lie at a place at the end of a slot."""
    return any(
        place[hops[one][1]] == at and one[1] <= end < other[1] for one, other in pairwise(path)
    )


def _paths(hops, place, stores, request, slot_s):
    source, destination = (place.get(x, x) for x in (request.source, request.destination))
    stack = [((), source, {source}, request.release_tdb_s / slot_s)]
    while stack:
        path, at, been, since = stack.pop()
        if at == destination:
            yield path
            continue
        if path and stores[at] is None:
            continue
        for key, (tail, head, _) in hops.items():
            in_time = key[1] >= since and (key[1] + 1) * slot_s <= request.deadline_tdb_s
            if place[tail] == at and place[head] not in been and in_time:
                stack.append(((*path, key), place[head], been | {place[head]}, key[1]))
