"""Contact plans: best against everything tried, never worse than the quick one, always keepable."""

import numpy as np
import pytest

from benchmarks import bars_links
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits import contact_plan as cp
from ilrs.orbits.contact_cells import cut
from ilrs.orbits.contacts import AccessWindow, Node, Request
from tests.orbits.contact_checker import check
from tests.orbits.contact_oracle import best_worth

HOUR_S = 3600.0
LANDER = Node(id="LANDER", partner="CN")
RELAY = Node(id="RELAY", antennas=2, buffer_bit=np.inf, partner="CN")
EARTH = (
    Node(id="KASHGAR", group="EARTH", partner="CN"),
    Node(id="USSURIYSK", group="EARTH", partner="RU"),
)
NODES = (LANDER, RELAY, *EARTH)


def window(source, destination, begin_h, end_h, rate_bps=1e6, return_bps=0.0):
    return AccessWindow(
        source=source, destination=destination, aos_tdb_s=begin_h * HOUR_S,
        los_tdb_s=end_h * HOUR_S, rate_bps=rate_bps, return_bps=return_bps,
    )  # fmt: skip


def request(volume_bit=1e9, **changed):
    return Request(
        **{
            "id": "SCIENCE", "source": "LANDER", "destination": "EARTH", "volume_bit": volume_bit,
            "release_tdb_s": 0.0, "deadline_tdb_s": 24 * HOUR_S, **changed,
        }
    )  # fmt: skip


def plan(windows, requests, *, nodes=NODES, **options):
    found = cp.contact_plan(nodes, windows, requests=requests, step_s=HOUR_S, **options)
    check(
        found, nodes=nodes, windows=windows, requests=requests, setup_s=options.get("setup_s", 0.0)
    )
    return found


def drawn(seed):
    """A tiny network at random: at most eight slots of windows, three requests."""
    draw = np.random.default_rng(seed)
    store = (np.inf, 2e9, 0.0)[seed % 3]
    nodes = (
        LANDER, Node(id="ROVER", antennas=1), Node(id="RELAY", antennas=1 + seed % 2,
        buffer_bit=store), *EARTH,
    )  # fmt: skip
    pairs = [
        ("LANDER", "RELAY"), ("ROVER", "RELAY"), ("RELAY", "KASHGAR"), ("RELAY", "USSURIYSK"),
        ("LANDER", "KASHGAR"),
    ]  # fmt: skip
    windows, slots = [], 0
    while slots < 7:
        source, destination = pairs[draw.integers(len(pairs))]
        begin, length = draw.integers(0, 4), draw.integers(1, 3)
        rates = draw.choice([2e5, 5e5, 1e6, 2e6], size=2)
        windows.append(window(source, destination, begin, begin + length, rates[0], rates[1] / 4))
        slots += length
    requests = [
        request(draw.uniform(0.5e9, 6e9), id="A", weight=3.0, deadline_tdb_s=4 * HOUR_S),
        request(draw.uniform(0.5e9, 6e9), id="B", source="ROVER", release_tdb_s=HOUR_S,
                deadline_tdb_s=6 * HOUR_S),
        request(draw.uniform(0.5e9, 2e9), id="C", source="EARTH", destination="LANDER",
                weight=2.0, deadline_tdb_s=6 * HOUR_S),
    ]  # fmt: skip
    return nodes, windows, requests


# Tolerance: the solvers' own, 1e-6 relative.
@pytest.mark.parametrize("seed", range(9))
def test_the_best_plan_is_the_best_of_all(seed):
    nodes, windows, requests = drawn(seed)
    setup_s = (0.0, 600.0)[seed % 2]
    best = plan(windows, requests, nodes=nodes, setup_s=setup_s)
    assert best.method == "exact"
    expected = best_worth(nodes, windows, requests=requests, slot_s=HOUR_S, setup_s=setup_s)
    assert best.worth == pytest.approx(expected, rel=1e-6)
    quick = plan(windows, requests, nodes=nodes, setup_s=setup_s, method="greedy")
    assert quick.worth <= best.worth * (1 + 1e-6)


@pytest.mark.parametrize("seed", range(3))
def test_a_plan_by_shares_lies_between_the_quick_one_and_its_bound(seed):
    days = 4
    nodes, windows = bars_links.network(), bars_links.windows(days, seed=seed)
    requests = bars_links.requests(25, days=days, seed=seed)
    options = {"requests": requests, "setup_s": 300.0, "step_s": HOUR_S}
    best = cp.contact_plan(nodes, windows, **options)
    quick = cp.contact_plan(nodes, windows, **options, method="greedy")
    edges = cut(nodes, windows, **options).edge_s
    for found in (best, quick):
        check(found, nodes=nodes, windows=windows, requests=requests, setup_s=300.0, at_s=edges)
    assert best.method in ("by shares", "from the quick plan")
    assert quick.worth < best.worth <= best.bound
    assert best.gap < 0.5


def test_no_plan_on_finer_cells_passes_the_bound_of_loose_ones(monkeypatch):
    nodes, windows, requests = drawn(4)
    exact = plan(windows, requests, nodes=nodes)
    monkeypatch.setattr(cp, "_MOST_WHOLE", 0)
    by_shares = plan(windows, requests, nodes=nodes)
    assert by_shares.worth <= exact.worth * (1 + 1e-6) <= by_shares.bound * (1 + 1e-5)


def test_data_pass_a_bent_pipe_only_while_both_its_links_stand():
    pipe = Node(id="RELAY", antennas=2, buffer_bit=0.0)
    nodes = (LANDER, pipe, *EARTH)
    windows = [window("LANDER", "RELAY", 0, 2), window("RELAY", "KASHGAR", 1, 3)]
    found = plan(windows, [request(9e9)], nodes=nodes)
    assert found.delivered_bit == pytest.approx(3.6e9)  # one hour of two
    stored = plan(windows, [request(9e9)])
    assert stored.delivered_bit == pytest.approx(7.2e9)


def test_a_store_limits_what_waits():
    small = Node(id="RELAY", antennas=2, buffer_bit=1e9)
    windows = [window("LANDER", "RELAY", 0, 2), window("RELAY", "KASHGAR", 3, 6)]
    assert plan(windows, [request(9e9)], nodes=(LANDER, small, *EARTH)).delivered_bit == (
        pytest.approx(1e9)
    )


def test_one_antenna_serves_one_link_at_a_time_and_the_heavier_request_first():
    relay = Node(id="RELAY", antennas=1, buffer_bit=np.inf)
    rover = Node(id="ROVER", partner="PK")
    windows = [
        window("LANDER", "RELAY", 0, 1), window("ROVER", "RELAY", 0, 1),
        window("RELAY", "KASHGAR", 1, 3),
    ]  # fmt: skip
    light = request(3.6e9, id="LIGHT", weight=1.0)
    heavy = request(3.6e9, id="HEAVY", source="ROVER", weight=2.0)
    found = plan(windows, [light, heavy], nodes=(LANDER, rover, relay, *EARTH))
    assert found.deliveries["HEAVY"].delivered_bit == pytest.approx(3.6e9)
    assert found.deliveries["LIGHT"].delivered_bit == 0.0
    assert found.deliveries["LIGHT"].why == "antennas, stores and other requests leave no more"
    assert found.deliveries["HEAVY"].latency_worst_s == 2 * HOUR_S


def test_setting_up_costs_the_beginning_of_each_contact():
    windows = [window("LANDER", "KASHGAR", 0, 2)]
    found = plan(windows, [request(9e9)], setup_s=900.0)
    assert found.delivered_bit == pytest.approx(1e6 * (7200.0 - 900.0))
    (contact,) = found.contacts
    assert (contact.aos_tdb_s, contact.los_tdb_s) == (0.0, 7200.0)
    assert contact.partners == ("CN",)


def test_of_equal_volumes_the_sooner_is_chosen():
    windows = [window("LANDER", "KASHGAR", 0, 1), window("LANDER", "USSURIYSK", 5, 6)]
    for method in ("best", "greedy"):
        found = plan(windows, [request(2e9)], method=method)
        assert [contact.destination for contact in found.contacts] == ["KASHGAR"]
        assert found.deliveries["SCIENCE"].latency_p50_s == HOUR_S


def test_what_cannot_be_carried_is_reported_and_no_error():
    windows = [window("LANDER", "KASHGAR", 0, 1)]
    ours = [
        request(1e12, id="HUGE"),
        request(1e6, id="LATE", release_tdb_s=2 * HOUR_S),
    ]
    found = plan(windows, ours)
    assert found.deliveries["HUGE"].why == (
        "its windows carry 3.6e+09 bit at most, though nothing else used them"
    )
    assert found.deliveries["LATE"].why == "no windows lead from LANDER to EARTH in its time"
    assert found.deliveries["LATE"].latency_p50_s is None


def test_a_plan_of_nothing_is_empty():
    for windows, requests in (([], [request()]), ([window("LANDER", "RELAY", 0, 1)], [])):
        found = plan(windows, requests)
        assert found.contacts == ()
        assert found.worth == 0.0


def test_losing_a_relay_costs_what_no_other_way_carries():
    windows = [
        window("LANDER", "RELAY", 0, 2), window("RELAY", "KASHGAR", 1, 3),
        window("LANDER", "USSURIYSK", 0, 1),
    ]  # fmt: skip
    ours = [request(5e9, partner="CN"), request(1e9, id="OTHER", partner="RU", weight=9.0)]
    nodes = (Node(id="LANDER", antennas=2), RELAY, *EARTH)
    whole = plan(windows, ours, nodes=nodes)
    assert whole.delivered_bit == pytest.approx(6e9)
    options = {"nodes": nodes, "windows": windows, "requests": ours, "step_s": HOUR_S}
    loss = cp.cost_of_losing("RELAY", plan=whole, **options)
    assert loss.lost_bit == pytest.approx(2.4e9)
    assert loss.lost_share == pytest.approx(0.4)
    assert loss.by_partner == pytest.approx({"CN": 2.4e9, "RU": 0.0}, abs=10.0)
    sender = cp.cost_of_losing("LANDER", plan=whole, **options)
    assert sender.lost_share == pytest.approx(1.0)


def test_losing_one_station_of_a_group_leaves_the_others():
    windows = [window("LANDER", "KASHGAR", 0, 1), window("LANDER", "USSURIYSK", 5, 6)]
    options = {"nodes": NODES, "windows": windows, "requests": [request()], "step_s": HOUR_S}
    loss = cp.cost_of_losing("KASHGAR", plan=plan(windows, [request()]), **options)
    assert loss.lost_bit == pytest.approx(0.0, abs=10.0)
    assert [contact.destination for contact in loss.plan.contacts] == ["USSURIYSK"]


def test_windows_of_a_link_carry_its_mean_rates():
    t = np.arange(0.0, 101.0, 1.0)
    found = cp.windows_of_link(
        "LANDER", "RELAY", windows=Windows([(0.0, 50.0), (60.0, 100.0)]), t_s=t,
        rate_bps=np.where(t <= 50.0, 2.0 * t, 0.0), return_bps=None,
    )  # fmt: skip
    (only,) = found
    assert only.rate_bps == pytest.approx(50.0)
    assert (only.aos_tdb_s, only.los_tdb_s, only.return_bps) == (0.0, 50.0, 0.0)


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: plan([window("LANDER", "RELAX", 0, 1)], [request()]),
            "a window from LANDER to RELAX, and no node RELAX; the nodes are KASHGAR, LANDER, "
            "RELAY, USSURIYSK. Declare the node, or correct the id.",
        ),
        (
            lambda: plan([], [request(destination="MARS")]),
            "request SCIENCE names MARS, which is neither a node nor a group; the nodes are "
            "KASHGAR, LANDER, RELAY, USSURIYSK, the groups EARTH. Declare the node, or correct the "
            "id.",
        ),
        (
            lambda: plan([], [request(), request()]),
            "two requests called SCIENCE; each has an id of its own. Rename one.",
        ),
        (
            lambda: plan([], [request(), request(id="B", destination="KASHGAR")]),
            "requests that name the group EARTH and also nodes of it; a group is one place, or its "
            "nodes are places of their own. Let all requests name EARTH, or give those nodes "
            "another group.",
        ),
        (
            lambda: plan([], [], nodes=(*NODES, Node(id="EARTH"))),
            "a group and a node called EARTH; a name means one node or one group. Rename one of "
            "them.",
        ),
        (
            lambda: window("LANDER", "RELAY", 0, 1, rate_bps=-1e6),
            "a window from LANDER to RELAY at -1e+06 bit/s; rates are finite numbers from 0 bit/s "
            "on. Correct the rate, or its unit.",
        ),
        (
            lambda: window("LANDER", "RELAY", 0, 1, rate_bps=0.0),
            "a window from LANDER to RELAY without a link; a window of a contact plan has a rate "
            "above 0 bit/s at least one way. Give its rate, or leave it out.",
        ),
        (
            lambda: window("LANDER", "RELAY", 2, 1),
            "a window from LANDER to RELAY that begins at 7200 and ends at 3600 s; a window ends "
            "after it begins. Exchange the two, or leave the window out.",
        ),
        (
            lambda: window("LANDER", "LANDER", 0, 1),
            "a window from LANDER to itself; a window joins two nodes. Name the other node.",
        ),
        (
            lambda: request(-1.0),
            "request SCIENCE for -1 bit; a request carries a finite volume above 0 bit. Correct "
            "the volume, or its unit.",
        ),
        (
            lambda: request(deadline_tdb_s=0.0),
            "request SCIENCE from 0 until 0 s; a deadline lies after the release. Exchange the "
            "two, or correct one.",
        ),
        (
            lambda: request(weight=0.0),
            "request SCIENCE of weight 0; a weight is a finite number above 0. Give a higher "
            "weight to what matters more.",
        ),
        (
            lambda: request(destination="LANDER"),
            "request SCIENCE from LANDER to itself; a request goes from one node to another, or to "
            "a group. Name where its data are to go.",
        ),
        (
            lambda: Node(id="X", antennas=0),
            "node X with 0 antennas; a node has at least one antenna. Give its number of antennas, "
            "or leave the node out.",
        ),
        (
            lambda: Node(id="X", buffer_bit=-1.0),
            "node X with a store of -1 bit; a relay's store holds 0 bit (a bent pipe) or more. "
            "Correct it, or leave it out for a node that relays nothing.",
        ),
        (
            lambda: plan([], [], setup_s=7200.0),
            "a contact plan by steps of 3600 s with 7200 s of setup; steps are longer than 0 s, "
            "and setting up takes no longer than a step. Correct them, such as step_s=1800, "
            "setup_s=300.",
        ),
        (
            lambda: plan([], [], method="magic"),
            "a contact plan by 'magic'; there are 'best' and 'greedy'. Name one of the two.",
        ),
        (
            lambda: cp.cost_of_losing("X", nodes=NODES, windows=[], requests=[], plan=plan([], [])),
            "the loss of X, which is no node of the plan; the nodes are KASHGAR, LANDER, RELAY, "
            "USSURIYSK. Name one of them.",
        ),
    ],
)
def test_what_does_not_fit_is_refused(call, message):
    with pytest.raises(IlrsError) as caught:
        call()
    assert str(caught.value) == message
