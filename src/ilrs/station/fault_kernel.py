"""The lives of what breaks, compiled: when each fault strikes, who mends it, and until when.

Random numbers are counted, not drawn from a stream: Philox 4x64 of ten rounds (Salmon et al. 2011,
doi:10.1145/2063384.2063405) answers for the failure n of a fault in a lane, whatever else is
sampled beside it. Everything stands in one file because numba renews its cache only with it.
"""

import math
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

__all__ = ["BY_ITSELF", "BY_NOBODY", "BY_SERVER", "FAULTS", "philox", "run_lanes"]

Rows: TypeAlias = npt.NDArray[np.void]
Floats: TypeAlias = npt.NDArray[np.float64]
Ints: TypeAlias = npt.NDArray[np.int64]
Words: TypeAlias = npt.NDArray[np.uint64]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

#: How a fault ends.
BY_NOBODY, BY_ITSELF, BY_SERVER = 0, 1, 2
#: One row per declared fault: a part that fails and is mended apart from the others.
FAULTS = np.dtype(
    [
        ("element", "i8"),
        ("key_0", "u8"),
        ("key_1", "u8"),
        ("rate_s", "f8"),  # failures per second, at any age
        ("shape", "f8"),
        ("life_s", "f8"),  # characteristic; infinite where nothing wears out
        ("left", "f8"),  # of the element's ability, while failed
        ("repair", "i8"),
        ("server", "i8"),  # who works on it; -1 for nobody
        ("pool", "i8"),  # the element whose spares it takes; -1 for none
        ("repair_s", "f8"),
        ("is_exponential", "?"),
    ],
    align=True,
)
#: A part now. `work_s` is what is left to do of a repair.
_NOW = np.dtype(
    [
        ("phase", "i8"),
        ("next_s", "f8"),  # of the failure, or of the end of a repair by itself
        ("since_s", "f8"),
        ("born_s", "f8"),
        ("work_s", "f8"),
        ("failures", "i8"),
    ],
    align=True,
)
_WORKS, _MENDS, _WAITS, _GONE = 0, 1, 2, 3

_LOW, _HALF = np.uint64(0xFFFFFFFF), np.uint64(32)
_M0, _M1 = np.uint64(0xD2E7470EE14C6C93), np.uint64(0xCA5A826395121157)
_W0, _W1 = np.uint64(0x9E3779B97F4A7C15), np.uint64(0xBB67AE8584CAA73B)
_ROUNDS = 10
_SHIFT, _GRAIN = np.uint64(11), 2.0**-53


@njit(cache=True)
def _high(a: np.uint64, b: np.uint64) -> np.uint64:
    """The upper 64 bits of a product of two words."""
    a_low, a_high, b_low, b_high = a & _LOW, a >> _HALF, b & _LOW, b >> _HALF
    middle = a_high * b_low + ((a_low * b_low) >> _HALF)
    other = a_low * b_high + (middle & _LOW)
    high: np.uint64 = a_high * b_high + (middle >> _HALF) + (other >> _HALF)
    return high


@njit(cache=True)
def philox(key_0: np.uint64, key_1: np.uint64, counter: Words, words: Words) -> None:
    """Writes the four random words that belong to a key and a counter of four words."""
    c0, c1, c2, c3 = counter[0], counter[1], counter[2], counter[3]
    for _ in range(_ROUNDS):
        left, right = _high(_M1, c2) ^ c1 ^ key_0, _high(_M0, c0) ^ c3 ^ key_1
        c0, c1, c2, c3 = left, _M1 * c2, right, _M0 * c0
        key_0, key_1 = key_0 + _W0, key_1 + _W1
    words[0], words[1], words[2], words[3] = c0, c1, c2, c3


@njit(cache=True)
def _exponential(word: np.uint64) -> float:
    """An exponential variate of mean 1 from a random word."""
    return -math.log1p(-float(word >> _SHIFT) * _GRAIN)


@njit(cache=True)
def _plan_failure(
    fault: Row, now: Row, t_s: float, lane: int, counter: Words, words: Words
) -> None:
    """Sets when a working part fails next, and how much work its repair will be."""
    now.failures += 1
    counter[0], counter[1] = np.uint64(now.failures), np.uint64(lane)
    philox(fault.key_0, fault.key_1, counter, words)
    wait_s = np.inf
    if fault.rate_s > 0.0:
        wait_s = _exponential(words[0]) / fault.rate_s
    if fault.life_s < np.inf:  # what is left, given the age reached
        age = (t_s - now.born_s) / fault.life_s
        end = (age**fault.shape + _exponential(words[1])) ** (1.0 / fault.shape)
        wait_s = min(wait_s, (end - age) * fault.life_s)
    now.phase, now.next_s = _WORKS, t_s + wait_s
    now.work_s = fault.repair_s * (_exponential(words[2]) if fault.is_exponential else 1.0)


@njit(cache=True)
def _fail(fault: Row, now: Row, t_s: float, spares: Ints) -> None:
    """A part fails: it is mended by itself, waits for a server, or is gone."""
    now.since_s = t_s
    if fault.repair == BY_NOBODY or (fault.pool >= 0 and spares[fault.pool] == 0):
        now.phase = _GONE
        return
    if fault.pool >= 0:
        spares[fault.pool] -= 1
    now.phase = _MENDS if fault.repair == BY_ITSELF else _WAITS
    now.next_s = t_s + now.work_s


@njit(cache=True)
def _health(faults: Rows, now: Rows, bounds: Ints, element: int) -> float:
    """What all faults of an element together leave of its ability."""
    left = 1.0
    for u in range(bounds[element], bounds[element + 1]):
        if now[u].phase != _WORKS:
            left *= faults[u].left
    return left


@njit(cache=True)
def _is_present(visits_s: Floats, t_s: float) -> bool:
    present = False
    for v in range(visits_s.shape[0]):
        present |= visits_s[v, 0] <= t_s < visits_s[v, 1]
    return present


@njit(cache=True)
def _next_edge_s(visits_s: Floats, t_s: float) -> float:
    edge_s = np.inf
    for v in range(visits_s.shape[0]):
        for side in range(2):
            if t_s < visits_s[v, side] < edge_s:
                edge_s = visits_s[v, side]
    return edge_s


@njit(cache=True)
def _give_jobs(faults: Rows, now: Rows, jobs: Ints) -> None:
    """Each idle server takes what has waited longest for it."""
    for s in range(jobs.size):
        if jobs[s] >= 0:
            continue
        for u in range(now.size):
            waits = now[u].phase == _WAITS and faults[u].server == s
            if waits and (jobs[s] < 0 or now[u].since_s < now[jobs[s]].since_s):
                jobs[s] = u


@njit(cache=True)
def _next(now: Rows, jobs: Ints, able: npt.NDArray[np.bool_], t_s: float) -> tuple[float, int]:
    """When the next failure or end of a repair comes, and of which part."""
    soonest_s, who = np.inf, -1
    for u in range(now.size):
        if (now[u].phase == _WORKS or now[u].phase == _MENDS) and now[u].next_s < soonest_s:
            soonest_s, who = now[u].next_s, u
    for s in range(jobs.size):
        if jobs[s] >= 0 and able[s] and t_s + now[jobs[s]].work_s < soonest_s:
            soonest_s, who = t_s + now[jobs[s]].work_s, jobs[s]
    return soonest_s, who


@njit(cache=True)
def _end_of_hope(
    faults: Rows, now: Rows, servers: Ints, visits_s: Floats, gone_s: Floats, gone_fault: Ints
) -> None:
    """From when on each element is off and nothing can bring it back, and by which fault.

    A part that waits for a robot which is itself gone is gone with it; for a crew, after its last
    visit.
    """
    last_visit_s = 0.0
    for v in range(visits_s.shape[0]):
        last_visit_s = max(last_visit_s, visits_s[v, 1])
    changed = True
    while changed:
        changed = False
        for u in range(now.size):
            row, element = now[u], faults[u].element
            if faults[u].left > 0.0 or (row.phase != _GONE and row.phase != _WAITS):
                continue
            from_s = row.since_s
            if row.phase == _WAITS:
                robot = servers[faults[u].server]
                from_s = max(from_s, last_visit_s if robot < 0 else gone_s[robot])
            if from_s < gone_s[element]:
                gone_s[element], gone_fault[element] = from_s, u
                changed = True


@njit(cache=True)
def _run_lane(
    faults: Rows, bounds: Ints, servers: Ints, spares: Ints, visits_s: Floats, span_s: float,
    step_s: float, lane: int, row: int, rows: Rows, gone_s: Floats, gone_fault: Ints, now: Rows,
) -> int:  # fmt: skip
    """One lane's life into `rows` from `row` on; gives the row after its last.

    Rows beyond the end of `rows` are counted and not written. A change holds from the nearest step
    on: an outage shorter than a step takes one with the chance that is its length in steps.
    """
    counter, words = np.zeros(4, np.uint64), np.zeros(4, np.uint64)
    jobs, able = np.full(servers.size, -1), np.ones(servers.size, np.bool_)
    last_row = np.full(gone_s.size, -1)
    first, t_s = row, 0.0
    for u in range(faults.size):
        now[u].failures, now[u].born_s = 0, 0.0
        _plan_failure(faults[u], now[u], 0.0, lane, counter, words)
    while True:
        _give_jobs(faults, now, jobs)
        for s in range(servers.size):
            if servers[s] < 0:
                able[s] = _is_present(visits_s, t_s)
            else:
                able[s] = _health(faults, now, bounds, servers[s]) > 0.0
        next_s, u = _next(now, jobs, able, t_s)
        edge_s = _next_edge_s(visits_s, t_s)
        if min(next_s, edge_s) >= span_s:
            break
        for s in range(servers.size):
            if jobs[s] >= 0 and able[s]:
                now[jobs[s]].work_s -= min(next_s, edge_s) - t_s
        if edge_s < next_s:  # a visit begins or ends
            t_s = edge_s
            continue
        t_s = next_s
        if now[u].phase == _WORKS:
            _fail(faults[u], now[u], t_s, spares)
        else:
            for s in range(servers.size):
                if jobs[s] == u:
                    jobs[s] = -1
            if faults[u].pool >= 0:  # a new one; what is mended keeps its age
                now[u].born_s = t_s
            _plan_failure(faults[u], now[u], t_s, lane, counter, words)
        element, step = faults[u].element, int(t_s / step_s + 0.5)
        at = last_row[element]
        if at < first or at >= rows.size or rows[at].step != step:
            at = row
            row += 1
        last_row[element] = at
        if at < rows.size:
            rows[at].step, rows[at].element = step, element
            rows[at].health = _health(faults, now, bounds, element)
    _end_of_hope(faults, now, servers, visits_s, gone_s, gone_fault)
    return row


@njit(cache=True)
def run_lanes(
    faults: Rows, bounds: Ints, servers: Ints, spares: Ints, visits_s: Floats, steps: int,
    step_s: float, first_lane: int, rows: Rows, gone_s: Floats, gone_fault: Ints, failures: Ints,
) -> int:  # fmt: skip
    """All lanes' events into `rows`; gives how many there are, which may be more than fit.

    `bounds` are the first faults of each element, and the end; they stand in the elements' order.
    """
    now = np.zeros(faults.size, _NOW)
    row = 0
    for lane in range(gone_s.shape[0]):
        begin = row
        row = _run_lane(
            faults, bounds, servers, spares.copy(), visits_s, steps * step_s, step_s,
            first_lane + lane, row, rows, gone_s[lane], gone_fault[lane], now,
        )  # fmt: skip
        for at in range(begin, min(row, rows.size)):
            rows[at].lane = lane
        for u in range(faults.size):
            failures[lane, u] = now[u].failures - (1 if now[u].phase == _WORKS else 0)
    return row
