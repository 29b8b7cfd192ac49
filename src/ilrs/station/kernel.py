"""The step loop of a station, compiled: many lives of one station side by side, without names.

State is a row of `lanes.ELEMENT` for each element and of `lanes.BUS` for each bus; a lane is one
life of the station, and no lane knows of another, so a life is the same alone and among thousands.
Loops run over lanes innermost and without branches, which lets the compiler take several lanes at a
time. What acts on the station in a step is one row of `table`; `feeds` and the like say where.

Compiled functions are cached on disk by the file that holds them: after a change in `lanes`,
`element_steps`, `bus_steps`, `unit_steps` or `steady_buses` touch this file too, or the loop keeps
the old one.
They take plain arrays, no classes of ours: a cache that names a class gone since cannot load.
"""

from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled
from ilrs.station.bus_steps import (
    clear_wants,
    find_reach,
    forgive_rounding,
    open_buses,
    supply_from,
    use_parts,
)  # fmt: skip
from ilrs.station.element_steps import (
    ask_keep_alive,
    ask_load,
    charge_store,
    clear_data,
    could_use,
    discharge_store,
    do_research,
    do_warm_work,
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
    rest_research,
    send_data,
    stand_by,
    taper,
    warm_node,
)  # fmt: skip
from ilrs.station.lanes import (
    EXPERIMENT,
    LINK,
    LOWER,
    MADE,
    UPPER,
    WORK,
    loop_part,
    step_part,
)
from ilrs.station.steady_buses import (
    befall,
    count_works,
    is_even,
    least_work_w,
    serve_evenly,
    sum_asks,
    use_asked,
)  # fmt: skip
from ilrs.station.unit_steps import begin_units, run_unit, turn_down

__all__ = ["run_lanes"]

Rows: TypeAlias = npt.NDArray[np.void]
FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]
BoolArray: TypeAlias = npt.NDArray[np.bool_]
#: One row of a structured array inside compiled code, where fields are attributes.
Row: TypeAlias = Any

_HOUR_S = 3600.0


@loop_part
def _begin_step(
    sizes: Rows, tree: Rows, stores: IntArray, steered: IntArray, units: Rows, now: Rows,
    buses: Rows, sums: Row,
    kept: FloatArray, acts: FloatArray, feeds: Rows, reserve: float, step_h: float, lanes: int,
) -> None:  # fmt: skip
    """What there is: power made, what stores can give; and what radiators take."""
    open_buses(tree, buses, lanes)
    clear_wants(buses, lanes)
    for i in range(lanes):
        sums.lost_wh[i] = 0.0
        sums.unserved_w[i] = 0.0
        sums.made_w[i] = 0.0
    for e in range(sizes.size):
        size = sizes[e]
        if size.has_source:
            make_power(now[e], buses[size.bus], sums, acts[feeds[e].made_w], lanes)
        if size.radiator_area_m2 > 0.0:
            radiate(size, now[e], acts[feeds[e].sink_k], lanes)
        if size.has_data:
            clear_data(now[e], lanes)
    for k in range(steered.size):
        e = steered[k]
        size, feed = sizes[e], feeds[e]
        run_unit(
            size, units[k], now[e], buses[size.bus], sums, acts[feed.steered_w],
            acts[feed.generator_heat_w], lanes,
        )  # fmt: skip
    for k in range(stores.size):
        e = stores[k]
        size = sizes[e]
        kept[e] *= size.aged_fraction
        open_store(size, now[e], buses[size.bus], sums, reserve, kept[e], step_h, lanes)
    for b in range(tree.size):
        bus = buses[b]
        for i in range(lanes):
            bus.upper_all_w[i] = bus.source_w[UPPER, i]
            bus.lower_all_w[i] = bus.source_w[LOWER, i]


@loop_part
def _keep_all_alive(
    sizes: Rows, tree: Rows, steady: BoolArray, by_priority: IntArray, now: Rows, buses: Rows,
    sums: Row, acts: FloatArray, feeds: Rows, margin_k: float, step_h: float, lanes: int,
) -> bool:  # fmt: skip
    """Serves what keeps all alive; whether some bus fell short, and served by priority."""
    for e in range(sizes.size):
        size, feed = sizes[e], feeds[e]
        if steady[size.bus]:
            continue
        if size.has_node:
            ask_keep_alive(
                size, now[e], buses[size.bus], acts[feed.sink_k],
                0.0 if size.is_steered else acts[feed.generator_heat_w],
                acts[feed.absorbed_w] + acts[feed.radioisotope_w], acts[feed.load_w], margin_k,
                lanes,
            )  # fmt: skip
        else:
            ask_load(now[e], buses[size.bus], acts[feed.load_w], lanes)
    for b in range(tree.size):
        if steady[b]:
            bus = buses[b]
            for i in range(lanes):
                bus.wanted_w[i] = bus.keep_w[i]
    for source in (MADE, UPPER, LOWER):
        supply_from(tree, buses, sums, source, step_h, lanes)
    is_short = False
    for b in range(tree.size):
        is_short = forgive_rounding(buses[b], lanes) or is_short
    if is_short:
        _ask_one_by_one(sizes, steady, now, buses, lanes)
        for position in range(by_priority.size):
            e = by_priority[position]
            keep_alive(now[e], buses[sizes[e].bus], sums, lanes)
    for b in range(tree.size):
        if steady[b]:
            use_asked(buses[b], lanes)
    return is_short


@step_part
def _ask_one_by_one(sizes: Rows, steady: BoolArray, now: Rows, buses: Rows, lanes: int) -> None:
    """What asks for the same in every step asks by itself, on the buses given."""
    for e in range(sizes.size):
        if steady[sizes[e].bus]:
            ask_load(now[e], buses[sizes[e].bus], 0.0, lanes)


@loop_part
def _reach(
    sizes: Rows, tree: Rows, steady: BoolArray, now: Rows, buses: Rows, trial: Rows, nowhere: Row,
    more: FloatArray, lanes: int,
) -> None:  # fmt: skip
    """Finds what each bus has for work, by what could be wanted on all of them."""
    clear_wants(buses, lanes)
    if tree.size > 1:
        for e in range(sizes.size):
            b = sizes[e].bus
            if not steady[b]:
                could_use(now[e], buses[b], sizes[e], more[e, 0], more[e, 1], lanes)
        for b in range(tree.size):
            if steady[b]:
                bus = buses[b]
                for i in range(lanes):
                    bus.wanted_w[i] = bus.extra_w[i]
    find_reach(tree, buses, trial, nowhere, lanes)


@loop_part
def _wishes(
    experiments: Rows, links: Rows, acts: FloatArray, plan_acts: IntArray, link_acts: IntArray,
    more: FloatArray,
) -> None:  # fmt: skip
    """What links and planned experiments of each element could ask for. [W]"""
    for e in range(more.shape[0]):
        more[e, 0] = 0.0
        more[e, 1] = 0.0
    for k in range(experiments.size):
        # A plan without power still makes its element busy.
        power_w = max(experiments[k].power_w, 1e-300)
        more[experiments[k].element, 1] += power_w * acts[plan_acts[k]]
    for k in range(links.size):
        more[links[k].element, 0] += links[k].power_w * acts[link_acts[k]]


@loop_part
def _ask(
    sizes: Rows, links: Rows, experiments: Rows, askers: Rows, even: BoolArray, now: Rows,
    buses: Rows, sums: Row, served: Rows, done: Rows, acts: FloatArray, plan_acts: IntArray,
    link_acts: IntArray, more: FloatArray, margin_k: float, lanes: int,
) -> None:  # fmt: skip
    """Serves all that asks for power beyond keep-alive, in its order; what does not fit is shed."""
    for position in range(askers.size):
        kind, k = askers[position].kind, askers[position].index
        if kind == WORK:
            size, row, bus = sizes[k], now[k], buses[sizes[k].bus]
            if even[size.bus]:
                continue  # served as a whole
            if not (size.has_work or more[k, 1] > 0.0):
                stand_by(row, lanes)
            elif size.has_node:
                do_warm_work(size, row, bus, margin_k, lanes)
            else:
                do_work(row, bus, lanes)
        elif kind == EXPERIMENT:
            e, planned = experiments[k].element, acts[plan_acts[k]]
            if planned > 0.0:
                do_research(
                    experiments[k], now[e], buses[sizes[e].bus], sums, done[k], planned, lanes
                )  # fmt: skip
            else:
                for i in range(lanes):
                    done[k].part[i] = 0.0
        elif kind == LINK and acts[link_acts[k]] > 0.0:
            e = links[k].element
            reserve_link(
                links[k], now[e], buses[sizes[e].bus], served[k], acts[link_acts[k]], lanes
            )


@loop_part
def _data(
    sizes: Rows, links: Rows, now: Rows, buses: Rows, served: Rows, acts: FloatArray,
    link_acts: IntArray, step_s: float, lanes: int,
) -> None:  # fmt: skip
    """Makes, hands over, sends and drops bits."""
    for e in range(sizes.size):
        if sizes[e].has_data:
            make_data(now[e], step_s, lanes)
    for e in range(sizes.size):
        if sizes[e].gateway >= 0:
            hand_over(now[e], now[sizes[e].gateway], sizes[e].gateway_bps * step_s, lanes)
    for k in range(links.size):
        is_open = acts[link_acts[k]]
        if is_open > 0.0:
            e = links[k].element
            send_data(links[k], now[e], buses[sizes[e].bus], served[k], is_open, step_s, lanes)
    for e in range(sizes.size):
        if sizes[e].has_data:
            drop_overflow(now[e], sizes[e].data_store_bit, lanes)


@loop_part
def _stores(
    sizes: Rows, tree: Rows, steady: BoolArray, stores: IntArray, steered: IntArray, units: Rows,
    now: Rows, buses: Rows, sums: Row, step_h: float, lanes: int,
) -> None:  # fmt: skip
    """Takes from the stores what was drawn, and brings them what is left over; spills the rest."""
    for b in range(tree.size):
        if steady[b]:
            bus = buses[b]
            for i in range(lanes):
                bus.used_w[i] += bus.wanted_w[i]
    for source in (MADE, UPPER):
        supply_from(tree, buses, sums, source, step_h, lanes)
    for b in range(tree.size):
        use_parts(buses[b], lanes)
    for k in range(stores.size):
        e = stores[k]
        size, row, bus = sizes[e], now[e], buses[sizes[e].bus]
        discharge_store(size, row, bus, sums, step_h, lanes)
        if size.taper_above < 1.0:
            taper(size, row, bus, step_h, lanes)
    for b in range(tree.size):
        bus = buses[b]
        for i in range(lanes):
            bus.wanted_w[i] = bus.room_w[i]
            bus.arrived_w[i] = 0.0
    supply_from(tree, buses, sums, MADE, step_h, lanes)
    for i in range(lanes):
        sums.spilled_w[i] = 0.0
        sums.spared_w[i] = 0.0
    for k in range(steered.size):
        e = steered[k]
        turn_down(units[k], now[e], buses[sizes[e].bus], sums, lanes)
    for b in range(tree.size):
        bus = buses[b]
        for i in range(lanes):
            room = bus.room_w[i]
            bus.room_w[i] = bus.arrived_w[i] / room if room > 0.0 else 0.0
            sums.spilled_w[i] += bus.source_w[MADE, i]
    for k in range(stores.size):
        e = stores[k]
        charge_store(sizes[e], now[e], buses[sizes[e].bus], sums, step_h, lanes)


@loop_part
def _warm(sizes: Rows, now: Rows, sums: Row, k: int, lanes: int) -> None:
    """Ends step `k` for all nodes; takes out what is lost."""
    for e in range(sizes.size):
        size, row = sizes[e], now[e]
        if size.has_node and warm_node(size, row, lanes):
            lose(row, sums, k, lanes)


@loop_part
def _balance(
    sizes: Rows, steady: BoolArray, now: Rows, buses: Rows, stores: IntArray, sums: Row,
    step_h: float, lanes: int,
) -> None:  # fmt: skip
    """By how much the energy of the step fails to close, relative to its largest term. [1]"""
    for i in range(lanes):
        sums.used_w[i] = 0.0
        sums.held_wh[i] = 0.0
    for e in range(now.size):
        row = now[e]
        if not steady[sizes[e].bus]:
            for i in range(lanes):
                sums.used_w[i] += row.used_w[i]
    for b in range(buses.size):
        if steady[b]:
            bus = buses[b]
            for i in range(lanes):
                sums.used_w[i] += bus.used_w[i]
    for k in range(stores.size):
        row = now[stores[k]]
        for i in range(lanes):
            sums.held_wh[i] += row.energy_wh[i]
    for i in range(lanes):
        made, before, held = sums.made_w[i] * step_h, sums.before_wh[i], sums.held_wh[i]
        gone = (sums.used_w[i] + sums.spilled_w[i]) * step_h + sums.lost_wh[i]
        largest = max(max(made, gone), max(max(before, held), 1e-300))
        gap = abs(made + before - held - gone)
        sums.worst[i] = max(sums.worst[i], gap / largest)
        sums.before_wh[i] = held


@loop_part
def _tally(
    sizes: Rows, even: BoolArray, now: Rows, buses: Rows, sums: Row, working: FloatArray,
    years: FloatArray, year: int, step_h: float, lanes: int,
) -> None:  # fmt: skip
    """Adds the step to the year's sums; `years` holds unserved Wh, sent bits and lowest charge."""
    for e in range(sizes.size):
        row = now[e]
        if not even[sizes[e].bus]:
            for i in range(lanes):
                working[year, e, i] += row.is_working[i]
        if sizes[e].has_data:
            for i in range(lanes):
                years[year, 1, i] += row.sent_bit[i]
    for i in range(lanes):
        years[year, 0, i] += sums.unserved_w[i] * step_h
        energy, capacity = 0.0, 0.0
        for b in range(buses.size):
            bus = buses[b]
            energy += bus.energy_wh[i]
            capacity += bus.capacity_wh[i]
        charge = energy / capacity if capacity > 0.0 else np.inf
        years[year, 2, i] = min(years[year, 2, i], charge)


@loop_part
def _note(
    fields: FloatArray, written: IntArray, sums: Row, done: Rows, buses: Rows, record: FloatArray,
    record_steps: FloatArray, record_done: FloatArray, record_cables: FloatArray, k: int,
) -> None:  # fmt: skip
    """Writes step `k` of the first lane down: of `fields` (element, field, lane) the `written`.

    One written is a quantity of the record, an element and a field.
    """
    for p in range(written.shape[0]):
        quantity, e, field = written[p, 0], written[p, 1], written[p, 2]
        record[quantity, e, k] = fields[e, field, 0]
    record_steps[0, k] = sums.spilled_w[0]
    record_steps[1, k] = sums.lost_wh[0]
    record_steps[2, k] = sums.unserved_w[0]
    record_steps[3, k] = sums.spared_w[0]
    for x in range(done.size):
        record_done[x, k] = done[x].part[0]
    for b in range(record_cables.shape[1]):
        bus = buses[b]
        record_cables[0, b, k] = bus.up_w[0]
        record_cables[1, b, k] = bus.down_w[0]


@loop_part
def _befall(
    sizes: Rows, steady: BoolArray, askers: Rows, events: Rows, event: int, now: Rows, buses: Rows,
    working: FloatArray, k: int, year: int, lanes: int,
) -> int:  # fmt: skip
    """Lets everything happen that does up to step `k`; the first event that comes later."""
    first = event
    while event < events.size and events[event].step <= k:
        row = events[event]
        if steady[sizes[row.element].bus]:
            count_works(sizes, steady, now, buses, working, year, row.lane)
        befall(now[row.element], row.health, row.lane)
        event += 1
    if event > first:
        sum_asks(sizes, steady, askers, now, buses, lanes)
    return event


@loop_part
def _serve_evenly(
    sizes: Rows, steady: BoolArray, even: BoolArray, least_w: FloatArray, is_short: bool,
    now: Rows, buses: Rows, lanes: int,
) -> None:  # fmt: skip
    """Serves steady buses as a whole where that can be; `even` tells where it was."""
    is_uneven = False
    for b in range(buses.size):
        even[b] = steady[b] and not is_short and is_even(buses[b], least_w[b], lanes)
        is_uneven = is_uneven or (steady[b] and not even[b])
    if is_uneven and not is_short:
        _ask_one_by_one(sizes, steady, now, buses, lanes)
    clear_wants(buses, lanes)
    for b in range(buses.size):
        if even[b]:
            serve_evenly(buses[b], lanes)


@loop_part
def _sheds(modes: Rows) -> bool:
    """Whether in some mode research of the station rests."""
    found = False
    for m in range(modes.size):
        found = found or modes[m].rests_from < np.inf
    return found


@loop_part
def _act_alone(
    sizes: Rows, rules: Rows, spans: Rows, modes: Rows, now: Rows, buses: Rows, sums: Row,
    acts: FloatArray, rule_acts: IntArray, sheds: bool, step_s: float, lanes: int,
) -> None:  # fmt: skip
    """Lets all elements follow their rules, and says which research rests."""
    for e in range(sizes.size):
        if spans[e].last_rule > spans[e].first_rule:
            follow_rules(
                rules, spans[e], modes, now[e], now, sizes, buses, acts, rule_acts, step_s, lanes
            )  # fmt: skip
    if sheds:
        rest_research(spans, modes, now, sums, lanes)


@compiled(makes_arrays=False, nogil=True)
def run_lanes(
    sizes: Rows, tree: Rows, steady: BoolArray, by_priority: IntArray, stores: IntArray,
    steered: IntArray, links: Rows, experiments: Rows, askers: Rows, rules: Rows, modes: Rows,
    spans: Rows, table: FloatArray, feeds: Rows, link_acts: IntArray, plan_acts: IntArray,
    rule_acts: IntArray, events: Rows, now: Rows, buses: Rows, sums: Rows,
    fields: FloatArray, written: IntArray, record: FloatArray, record_steps: FloatArray,
    record_done: FloatArray, record_cables: FloatArray, working: FloatArray, years: FloatArray,
    room: Any, step_s: float, steps_per_year: int, reserve: float, margin_k: float, lanes: int,
) -> None:  # fmt: skip
    """Runs `lanes` lanes through all steps, in place; `table` has the axes (time, what acts).

    `events` change an element's health in a lane, in the order of their steps. `record` keeps the
    `written` of the first lane (quantity, element, time), `record_steps` what was spilled [W], lost
    [Wh], not served and spared [W], `record_cables` what each bus's cable was sent to the
    parent and back; sums over years have the axes (year, …, lane).
    """
    step_h = step_s / _HOUR_S
    total = sums[0]
    units, served, done, trial, nowhere, more, kept, least_w, even = room
    begin_units(sizes, steered, units, lanes)
    least_work_w(sizes, now, least_w)
    sum_asks(sizes, steady, askers, now, buses, lanes)
    event = np.int64(0)
    sheds = _sheds(modes)
    rest_research(spans, modes, now, total, lanes)
    for k in range(table.shape[0]):
        acts, year = table[k], k // steps_per_year
        event = _befall(
            sizes, steady, askers, events, event, now, buses, working, k, year, lanes
        )  # fmt: skip
        if rules.size > 0:
            _act_alone(
                sizes, rules, spans, modes, now, buses, total, acts, rule_acts, sheds, step_s, lanes
            )  # fmt: skip
        _begin_step(
            sizes, tree, stores, steered, units, now, buses, total, kept, acts, feeds, reserve,
            step_h, lanes,
        )  # fmt: skip
        is_short = _keep_all_alive(
            sizes, tree, steady, by_priority, now, buses, total, acts, feeds, margin_k, step_h,
            lanes,
        )  # fmt: skip
        _wishes(experiments, links, acts, plan_acts, link_acts, more)
        _reach(sizes, tree, steady, now, buses, trial, nowhere[0], more, lanes)
        _serve_evenly(sizes, steady, even, least_w, is_short, now, buses, lanes)
        _ask(
            sizes, links, experiments, askers, even, now, buses, total, served, done, acts,
            plan_acts, link_acts, more, margin_k, lanes,
        )  # fmt: skip
        _data(sizes, links, now, buses, served, acts, link_acts, step_s, lanes)
        _stores(
            sizes, tree, steady, stores, steered, units, now, buses, total, step_h, lanes
        )  # fmt: skip
        _warm(sizes, now, total, k, lanes)
        _balance(sizes, steady, now, buses, stores, total, step_h, lanes)
        _tally(sizes, even, now, buses, total, working, years, year, step_h, lanes)
        if (k + 1) % steps_per_year == 0 or k + 1 == table.shape[0]:
            for i in range(lanes):
                count_works(sizes, steady, now, buses, working, year, i)
        if written.size > 0:
            _note(
                fields, written, total, done, buses, record, record_steps, record_done,
                record_cables, k,
            )  # fmt: skip
