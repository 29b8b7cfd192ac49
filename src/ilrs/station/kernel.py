"""The step loop of a station, compiled: many lives of one station side by side, without names.

State is one array (element, field, lane), another (bus, field, lane); a lane is one life of the
station, and no lane knows of another, so a life is the same alone and among thousands. Loops run
over lanes innermost and without branches, which lets the compiler take several lanes at a time.

Compiled functions are cached on disk by the file that holds them: after a change in `lanes`,
`element_steps` or `bus_steps` touch this file too, or the loop keeps the old one. They take plain
arrays, no classes of ours: a cache that names a class gone since cannot load.
"""

from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numba import njit

from ilrs.station.bus_steps import (
    clear_wants,
    find_reach,
    forgive_rounding,
    open_buses,
    supply_from,
)  # fmt: skip
from ilrs.station.element_steps import (
    ask_keep_alive,
    ask_load,
    charge_store,
    could_use,
    discharge_store,
    do_research,
    do_work,
    drop_overflow,
    follow_rules,
    hand_over,
    keep_alive,
    lose,
    make_data,
    make_power,
    open_store,
    radiate,
    reserve_link,
    send_data,
    stand_by,
    warm_node,
)  # fmt: skip
from ilrs.station.lanes import (
    B_ARRIVED,
    B_CAPACITY,
    B_ENERGY,
    B_LOWER,
    B_MADE,
    B_ROOM,
    B_UPPER,
    B_WANTED,
    BPS,
    DROPPED,
    ENERGY,
    HEALTH,
    L_BEFORE,
    L_HELD,
    L_LOST,
    L_MADE,
    L_SPILLED,
    L_UNSERVED,
    L_USED,
    L_WORST,
    LOST,
    SENT,
    USED,
    WORKING,
    step_part,
)  # fmt: skip

__all__ = ["run_lanes"]

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

_HOUR_S = 3600.0
#: What may ask for power once all are kept alive: work of an element, a link, an experiment.
WORK, LINK, EXPERIMENT = 0, 1, 2


@step_part
def _parts(bus: FloatArray, whole: FloatArray) -> None:
    """Makes parts of sums: of what stores could give, how much was taken; clears the rest."""
    for i in range(bus.shape[1]):
        upper, lower = whole[0, i], whole[1, i]
        bus[B_UPPER, i] = (upper - bus[B_UPPER, i]) / upper if upper > 0.0 else 0.0
        bus[B_LOWER, i] = (lower - bus[B_LOWER, i]) / lower if lower > 0.0 else 0.0
        bus[B_ROOM, i] = 0.0
        bus[B_ENERGY, i] = 0.0
        bus[B_CAPACITY, i] = 0.0


@step_part
def _balance(now: FloatArray, stores: IntArray, lanes: FloatArray, step_h: float) -> None:
    """By how much the energy of the step fails to close, relative to its largest term. [1]"""
    for i in range(lanes.shape[1]):
        lanes[L_USED, i] = 0.0
        lanes[L_HELD, i] = 0.0
    for e in range(now.shape[0]):
        for i in range(lanes.shape[1]):
            lanes[L_USED, i] += now[e, USED, i]
    for k in range(stores.size):
        for i in range(lanes.shape[1]):
            lanes[L_HELD, i] += now[stores[k], ENERGY, i]
    for i in range(lanes.shape[1]):
        made, before, held = lanes[L_MADE, i] * step_h, lanes[L_BEFORE, i], lanes[L_HELD, i]
        gone = (lanes[L_USED, i] + lanes[L_SPILLED, i]) * step_h + lanes[L_LOST, i]
        largest = max(max(made, gone), max(max(before, held), 1e-300))
        gap = abs(made + before - held - gone)
        lanes[L_WORST, i] = max(lanes[L_WORST, i], gap / largest)
        lanes[L_BEFORE, i] = held


@step_part
def _data(
    sizes: Rows, links: Rows, now: FloatArray, buses: FloatArray, served: FloatArray,
    link_open: FloatArray, step_s: float,
) -> None:  # fmt: skip
    """Makes, hands over, sends and drops bits."""
    for e in range(sizes.size):
        if sizes[e].has_data:
            make_data(now[e], step_s)
    for e in range(sizes.size):
        if sizes[e].gateway >= 0:
            hand_over(now[e], now[sizes[e].gateway], sizes[e].gateway_bps * step_s)
    for k in range(links.size):
        if link_open[k] > 0.0:
            e = links[k].element
            send_data(links[k], now[e], buses[sizes[e].bus], served[k], link_open[k], step_s)
    for e in range(sizes.size):
        if sizes[e].has_data:
            drop_overflow(now[e], sizes[e].data_store_bit)


@step_part
def _ask(
    sizes: Rows, links: Rows, experiments: Rows, askers: Rows, now: FloatArray, buses: FloatArray,
    served: FloatArray, done: FloatArray, link_open: FloatArray, planned: FloatArray,
    more: FloatArray, margin_k: float,
) -> None:  # fmt: skip
    """Serves all that asks for power beyond keep-alive, in its order; what does not fit is shed."""
    for position in range(askers.size):
        kind, k = askers[position].kind, askers[position].index
        if kind == WORK:
            if sizes[k].has_work or more[k, 1] > 0.0:
                do_work(sizes[k], now[k], buses[sizes[k].bus], margin_k)
            else:
                stand_by(sizes[k], now[k])
        elif kind == EXPERIMENT:
            e = experiments[k].element
            if planned[k] > 0.0:
                do_research(experiments[k], now[e], buses[sizes[e].bus], done[k], planned[k])
            else:
                for i in range(done.shape[1]):
                    done[k, i] = 0.0
        elif kind == LINK and link_open[k] > 0.0:
            e = links[k].element
            reserve_link(links[k], now[e], buses[sizes[e].bus], served[k], link_open[k])


@step_part
def _wishes(
    experiments: Rows, links: Rows, planned: FloatArray, link_open: FloatArray, more: FloatArray
) -> None:
    """What links and planned experiments of each element could ask for. [W]"""
    for e in range(more.shape[0]):
        more[e, 0] = 0.0
        more[e, 1] = 0.0
    for k in range(experiments.size):
        # A plan without power still makes its element busy.
        more[experiments[k].element, 1] += max(experiments[k].power_w, 1e-300) * planned[k]
    for k in range(links.size):
        more[links[k].element, 0] += links[k].power_w * link_open[k]


@step_part
def _stores(
    sizes: Rows, tree: Rows, stores: IntArray, now: FloatArray, buses: FloatArray,
    lanes: FloatArray, whole: FloatArray, step_h: float,
) -> None:  # fmt: skip
    """Takes from the stores what was drawn, and brings them what is left over; spills the rest."""
    for b in range(tree.size):
        _parts(buses[b], whole[b])
    for k in range(stores.size):
        e = stores[k]
        discharge_store(sizes[e], now[e], buses[sizes[e].bus], lanes, step_h)
    for b in range(tree.size):
        for i in range(buses.shape[2]):
            buses[b, B_WANTED, i] = buses[b, B_ROOM, i]
            buses[b, B_ARRIVED, i] = 0.0
    supply_from(tree, buses, lanes, B_MADE, step_h)
    for i in range(lanes.shape[1]):
        lanes[L_SPILLED, i] = 0.0
    for b in range(tree.size):
        for i in range(buses.shape[2]):
            room = buses[b, B_ROOM, i]
            buses[b, B_ROOM, i] = buses[b, B_ARRIVED, i] / room if room > 0.0 else 0.0
            lanes[L_SPILLED, i] += buses[b, B_MADE, i]
    for k in range(stores.size):
        e = stores[k]
        charge_store(sizes[e], now[e], buses[sizes[e].bus], lanes, step_h)


@step_part
def _note(
    now: FloatArray, fields: IntArray, lanes: FloatArray, done: FloatArray, record: FloatArray,
    record_steps: FloatArray, record_done: FloatArray, k: int,
) -> None:  # fmt: skip
    """Writes step `k` of the first lane down: of the elements the `fields`."""
    for f in range(fields.size):
        for e in range(now.shape[0]):
            record[f, e, k] = now[e, fields[f], 0]
    record_steps[0, k] = lanes[L_SPILLED, 0]
    record_steps[1, k] = lanes[L_LOST, 0]
    record_steps[2, k] = lanes[L_UNSERVED, 0]
    for x in range(done.shape[0]):
        record_done[x, k] = done[x, 0]


@step_part
def _tally(
    sizes: Rows, now: FloatArray, buses: FloatArray, lanes: FloatArray, working: FloatArray,
    years: FloatArray, step_h: float,
) -> None:  # fmt: skip
    """Adds the step to the year's sums; `years` holds unserved Wh, sent bits and lowest charge."""
    count = lanes.shape[1]
    for e in range(sizes.size):
        for i in range(count):
            working[e, i] += now[e, WORKING, i]
        if sizes[e].has_data:
            for i in range(count):
                years[1, i] += now[e, SENT, i]
    for i in range(count):
        years[0, i] += lanes[L_UNSERVED, i] * step_h
        energy, capacity = 0.0, 0.0
        for b in range(buses.shape[0]):
            energy += buses[b, B_ENERGY, i]
            capacity += buses[b, B_CAPACITY, i]
        charge = energy / capacity if capacity > 0.0 else np.inf
        years[2, i] = min(years[2, i], charge)


@step_part
def _begin_step(
    sizes: Rows, tree: Rows, stores: IntArray, now: FloatArray, buses: FloatArray,
    lanes: FloatArray, whole: FloatArray, kept: FloatArray, made_w: FloatArray,
    sink_k: FloatArray, reserve: float, step_h: float,
) -> None:  # fmt: skip
    """What there is: power made, what stores can give; and what radiators take."""
    open_buses(tree, buses)
    clear_wants(buses)
    for i in range(lanes.shape[1]):
        lanes[L_LOST, i] = 0.0
        lanes[L_UNSERVED, i] = 0.0
        lanes[L_MADE, i] = 0.0
    for e in range(sizes.size):
        size = sizes[e]
        if size.has_source:
            make_power(now[e], buses[size.bus], lanes, made_w[e])
        if size.radiator_area_m2 > 0.0:
            radiate(size, now[e], sink_k[e])
        if size.has_data:
            for i in range(lanes.shape[1]):
                now[e, BPS, i] = 0.0
                now[e, SENT, i] = 0.0
                now[e, DROPPED, i] = 0.0
    for k in range(stores.size):
        e = stores[k]
        kept[e] *= sizes[e].aged_fraction
        open_store(sizes[e], now[e], buses[sizes[e].bus], lanes, reserve, kept[e], step_h)
    for b in range(tree.size):
        for i in range(lanes.shape[1]):
            whole[b, 0, i] = buses[b, B_UPPER, i]
            whole[b, 1, i] = buses[b, B_LOWER, i]


@step_part
def _follow(
    sizes: Rows, rules: Rows, modes: Rows, rule_spans: IntArray, now: FloatArray,
    buses: FloatArray, fits: FloatArray, step_s: float,
) -> None:  # fmt: skip
    """Lets every element that has rules follow them."""
    for e in range(sizes.size):
        first, last = rule_spans[e, 0], rule_spans[e, 1]
        if last > first:
            mine = modes[rule_spans[e, 2] : rule_spans[e, 3]]
            follow_rules(
                rules[first:last], mine, now[e], buses[sizes[e].bus], fits[first:last], step_s
            )


@step_part
def _keep_all_alive(
    sizes: Rows, tree: Rows, by_priority: IntArray, now: FloatArray, buses: FloatArray,
    lanes: FloatArray, sink_k: FloatArray, heat_w: FloatArray, absorbed_w: FloatArray,
    load_w: FloatArray, margin_k: float, step_h: float,
) -> None:  # fmt: skip
    for e in range(sizes.size):
        size = sizes[e]
        if size.has_node:
            ask_keep_alive(
                size, now[e], buses[size.bus], sink_k[e], heat_w[e], absorbed_w[e], load_w[e],
                margin_k,
            )  # fmt: skip
        else:
            ask_load(now[e], buses[size.bus], load_w[e])
    for source in (B_MADE, B_UPPER, B_LOWER):
        supply_from(tree, buses, lanes, source, step_h)
    for b in range(tree.size):
        forgive_rounding(buses[b])
    for position in range(by_priority.size):
        e = by_priority[position]
        keep_alive(sizes[e], now[e], buses[sizes[e].bus], lanes)


@njit(cache=True, error_model="numpy", nogil=True)
def run_lanes(
    sizes: Rows, tree: Rows, by_priority: IntArray, stores: IntArray, links: Rows,
    experiments: Rows, askers: Rows, rules: Rows, modes: Rows, rule_spans: IntArray,
    made_w: FloatArray, heat_w: FloatArray, absorbed_w: FloatArray, load_w: FloatArray,
    sink_k: FloatArray, link_open: FloatArray, planned: FloatArray, rule_fits: FloatArray,
    events: Rows, now: FloatArray, buses: FloatArray, lanes: FloatArray,
    record_fields: IntArray, record: FloatArray, record_steps: FloatArray,
    record_done: FloatArray,
    lost_step: IntArray, working: FloatArray, margin: FloatArray, years: FloatArray,
    step_s: float, steps_per_year: int, reserve: float, margin_k: float,
) -> None:  # fmt: skip
    """Runs all lanes through all steps, in place; series have the axes (time, element or link).

    `events` change an element's health in a lane, in the order of their steps. `record` keeps
    `record_fields` of the first lane's elements (field, element, time), `record_steps` what was
    spilled [W], lost [Wh] and not served [W]; sums over years have the axes (year, …, lane).
    """
    step_h = step_s / _HOUR_S
    count = lanes.shape[1]
    served, done = np.zeros((links.size, count)), np.zeros((experiments.size, count))
    probe, nowhere = np.zeros(buses.shape), np.zeros(lanes.shape)
    whole, more = np.zeros((tree.size, 2, count)), np.zeros((sizes.size, 2))
    kept = np.ones(sizes.size)
    event = 0
    for k in range(made_w.shape[0]):
        while event < events.size and events[event].step <= k:
            row = events[event]
            now[row.element, HEALTH, row.lane] = row.health
            event += 1
        _follow(sizes, rules, modes, rule_spans, now, buses, rule_fits[k], step_s)
        _begin_step(
            sizes, tree, stores, now, buses, lanes, whole, kept, made_w[k], sink_k[k], reserve,
            step_h,
        )  # fmt: skip
        _keep_all_alive(
            sizes, tree, by_priority, now, buses, lanes, sink_k[k], heat_w[k], absorbed_w[k],
            load_w[k], margin_k, step_h,
        )  # fmt: skip
        clear_wants(buses)
        _wishes(experiments, links, planned[k], link_open[k], more)
        if tree.size > 1:
            for e in range(sizes.size):
                could_use(now[e], buses[sizes[e].bus], sizes[e], more[e, 0], more[e, 1])
        find_reach(tree, buses, probe, nowhere)
        clear_wants(buses)
        _ask(
            sizes, links, experiments, askers, now, buses, served, done, link_open[k], planned[k],
            more, margin_k,
        )  # fmt: skip
        _data(sizes, links, now, buses, served, link_open[k], step_s)
        for source in (B_MADE, B_UPPER):
            supply_from(tree, buses, lanes, source, step_h)
        _stores(sizes, tree, stores, now, buses, lanes, whole, step_h)
        for e in range(sizes.size):
            if sizes[e].has_node and warm_node(sizes[e], now[e], margin[e]):
                lose(now[e], lanes, margin[e])
                for i in range(count):
                    if now[e, LOST, i] > 0.0 and lost_step[e, i] < 0:
                        lost_step[e, i] = k
        _balance(now, stores, lanes, step_h)
        year = k // steps_per_year
        _tally(sizes, now, buses, lanes, working[year], years[year], step_h)
        if record_fields.size > 0:
            _note(now, record_fields, lanes, done, record, record_steps, record_done, k)
