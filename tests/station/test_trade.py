"""Power between buses: each serves itself first, cables have limits and losses, books close."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.station.limits_hit import LimitHit, limits_hit
from ilrs.station.network import cable_name, station_network
from ilrs.station.simulate import simulate


def cable(other: str, **more) -> dict:
    return {"kind": "power", "role": "needs", "with": other, "loss": "0 %", **more}


def unit(power: str) -> dict:
    return {"kind": "fission", "power": power}


def test_a_grid_in_need_is_fed_over_its_cable_less_the_loss(environment, element, plan) -> None:
    surroundings = environment(2)
    ours = element("OURS", generator=unit("1 kW"), modes={"keep_alive": {"power": "300 W"}})
    theirs = element(
        "THEIRS", modes={"keep_alive": {"power": "90 W"}},
        interfaces=[cable("OURS", loss="10 %", length="1 km", power="500 W")],
    )  # fmt: skip
    run = simulate([ours, theirs], (), environment=surroundings, plan=plan(surroundings))
    assert run["power_used_w"].sel(element="THEIRS").values == pytest.approx([90.0, 90.0])
    # 10 % at 500 W: of the P sent 0.1 / 500 W x P^2 are lost, and P - P^2 / 5000 W = 90 W.
    sent_w = 2500.0 - np.sqrt(2500.0**2 - 5000.0 * 90.0)
    assert sent_w - 90.0 == pytest.approx(1.6811, abs=1e-4)
    assert run["power_lost_w"].values == pytest.approx([sent_w - 90.0] * 2)
    assert run["power_spilled_w"].values == pytest.approx([700.0 - sent_w] * 2)
    assert run["cable"].values.tolist() == ["THEIRS – OURS"]
    assert run["cable_back_w"].values[0] == pytest.approx([sent_w] * 2)
    assert run["cable_there_w"].values[0].tolist() == [0.0, 0.0]


def test_all_that_flows_in_a_step_loses_as_one(environment, element, plan) -> None:
    """Keep-alive power, work and what charges a store follow each other over one cable."""
    surroundings = environment(1)
    hub = element("HUB", generator=unit("2 kW"))
    far = element(
        "FAR", modes={"keep_alive": {"power": "100 W"}, "work": {"power": "350 W"}},
        interfaces=[cable("HUB", loss="20 %", power="1 kW")],
        storage={
            "kind": "battery", "capacity": "9 kWh", "initial_state_of_charge": 0.5,
            "charge_power": "150 W", "discharge_power": "1 kW",
        },
    )  # fmt: skip
    run = simulate([hub, far], (), environment=surroundings, plan=plan(surroundings))
    sent_w = run["cable_back_w"].values[0, 0]
    assert sent_w - 0.2e-3 * sent_w**2 == pytest.approx(500.0)
    assert run["power_lost_w"].values == pytest.approx([0.2e-3 * sent_w**2])


def test_a_cable_at_its_limit_and_a_load_beyond_its_plug_are_listed(
    environment, element, plan
) -> None:
    surroundings = environment(2)
    hub = element("HUB", generator=unit("1 kW"))
    plug = {"kind": "power", "role": "needs", "with": "HUB", "power": "90 W"}
    lamp = element("LAMP", modes={"keep_alive": {"power": "100 W"}}, interfaces=[plug])
    far = element(
        "FAR", modes={"keep_alive": {"power": "400 W"}}, interfaces=[cable("HUB", power="150 W")]
    )
    elements = [hub, lamp, far]
    run = simulate(elements, (), environment=surroundings, plan=plan(surroundings))
    found = [hit for hit in limits_hit(elements, run) if hit.limit in ("cable", "joint")]
    two_hours = {"hours": 2.0, "first_s": 0.0}
    assert found == [
        LimitHit(element="FAR – HUB", limit="cable", **two_hours),
        LimitHit(
            element="LAMP", limit="joint", amount=pytest.approx(0.02), unit="kWh", **two_hours
        ),
    ]


def test_a_cable_carries_no_more_than_its_limit_and_a_grid_serves_itself_first(
    environment, element, plan
) -> None:
    surroundings = environment(1)
    far = element(
        "FAR", priority=0, modes={"keep_alive": {"power": "400 W"}},
        interfaces=[cable("HUB", length="1 km", power="150 W")],
    )  # fmt: skip
    # The hub's own load goes first though its priority is the last.
    hub = element(
        "HUB", priority=9, generator=unit("500 W"), modes={"keep_alive": {"power": "300 W"}}
    )
    run = simulate([far, hub], (), environment=surroundings, plan=plan(surroundings))
    assert run["power_used_w"].values[:, 0] == pytest.approx([150.0, 300.0])
    assert run["keep_alive_unserved_w"].values == pytest.approx([250.0])
    assert run["power_spilled_w"].values == pytest.approx([50.0])


def test_a_store_feeds_a_neighbour_two_cables_away_and_is_charged_by_it(
    environment, element, plan
) -> None:
    # Of two grids at the ends one has the light, the other the store; the middle only passes on.
    light = np.array([1.0, 0.0])
    surroundings = environment(2, sun_visible_fraction=light, sun_elevation_deg=0.0)
    mast = element(
        "MAST", array={"area": "1 m2", "efficiency": 0.5, "mast_height": "2 m"},
        modes={"keep_alive": {"power": "100 W"}},
        interfaces=[cable("MIDDLE", loss="5 %", power="1 kW")],
    )  # fmt: skip
    middle = element("MIDDLE", modes={"keep_alive": {"power": "0 W"}})
    store = element(
        "STORE",
        storage={
            "kind": "battery", "capacity": "10 kWh", "initial_state_of_charge": 0.0,
            "charge_power": "1 kW", "discharge_power": "1 kW",
        },
        interfaces=[cable("MIDDLE", loss="5 %", power="1 kW")],
    )  # fmt: skip
    run = simulate([mast, middle, store], (), environment=surroundings, plan=plan(surroundings))
    made_w = float(run["power_made_w"].sel(element="MAST")[0])
    stored = run["battery_energy_wh"].sel(element="STORE").values
    left_w = made_w - 100.0
    for _ in range(2):
        left_w -= 5e-5 * left_w**2
    assert stored[0] == pytest.approx(left_w)
    sent_w = 100.0
    for _ in range(2):
        sent_w = 1e4 - np.sqrt(1e8 - 2e4 * sent_w)
    assert stored[0] - stored[1] == pytest.approx(sent_w)
    assert run["power_unserved_w"].values == pytest.approx([0.0, 0.0])


@given(
    parents=st.lists(st.integers(0, 5), min_size=1, max_size=6),
    watts=st.lists(st.tuples(st.integers(0, 900), st.integers(0, 900)), min_size=7, max_size=7),
    limits=st.lists(st.sampled_from([0, 120, 700]), min_size=6, max_size=6),
    losses=st.lists(st.sampled_from([0, 3, 12]), min_size=6, max_size=6),
)
@settings(max_examples=60, deadline=None, derandomize=True)
def test_over_any_tree_of_cables_nobody_starves_beside_a_surplus_that_could_reach_it(
    environment, element, plan, parents, watts, limits, losses
) -> None:
    """The books close (simulate raises otherwise), and no bus is short while power could reach it.

    For keep-alive loads of a tree: where a bus is short, no bus that spills is connected to it by
    cables that all have room left; asked without losses of the flow itself, from outside.
    """
    surroundings = environment(1)
    elements = []
    for k in range(len(parents) + 1):
        joints = []
        if k:
            joints = [
                cable(
                    f"E{min(parents[k - 1], k - 1)}", length="1 km",
                    power=f"{limits[k - 1]} W", loss=f"{losses[k - 1]} %",
                )
            ]  # fmt: skip
        made, used = watts[k]
        elements.append(
            element(
                f"E{k}", generator=unit(f"{made} W"), interfaces=joints,
                modes={"keep_alive": {"power": f"{used} W"}},
            )
        )  # fmt: skip
    run = simulate(elements, (), environment=surroundings, plan=plan(surroundings))
    assert run.attrs["worst_step_residual"] <= 1e-9
    network = station_network(elements)
    lost_w = 0.0
    for row, ends in zip(network.buses, network.ends, strict=True):
        if ends is not None:
            one = run.sel(cable=cable_name(*ends)).isel(time=0)
            ways_w = np.array([float(one["cable_there_w"]), float(one["cable_back_w"])])
            assert (ways_w <= row["limit_w"] * (1.0 + 1e-12)).all()
            lost_w += float(row["loss_per_w"]) * float((ways_w**2).sum())
    assert run["power_lost_w"].values[0] == pytest.approx(lost_w, rel=1e-9, abs=1e-9)
    used = run["power_used_w"].values[:, 0]
    made = run["power_made_w"].values[:, 0]
    wanted = run["power_requested_w"].values[:, 0]
    assert (used <= wanted + 1e-9).all()
    assert (used >= np.minimum(made, wanted) - 1e-9).all()  # each serves itself first
    if not any(limits[: len(parents)]):
        assert used == pytest.approx(np.minimum(made, wanted))
    if all(limit == 700 for limit in limits[: len(parents)]) and not any(losses[: len(parents)]):
        most = made.sum()
        if np.maximum(wanted - made, 0).sum() <= 120:  # no cable is ever full
            assert used.sum() == pytest.approx(min(most, wanted.sum()))
