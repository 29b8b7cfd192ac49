"""Power between buses: each serves itself first, cables have limits and losses, books close."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    assert run["power_lost_w"].values == pytest.approx([10.0, 10.0])  # 100 W sent, 90 W arrive
    assert run["power_spilled_w"].values == pytest.approx([600.0, 600.0])


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
        interfaces=[cable("MIDDLE", loss="5 %", length="1 km")],
    )  # fmt: skip
    middle = element("MIDDLE", modes={"keep_alive": {"power": "0 W"}})
    store = element(
        "STORE",
        storage={
            "kind": "battery", "capacity": "10 kWh", "initial_state_of_charge": 0.0,
            "charge_power": "1 kW", "discharge_power": "1 kW",
        },
        interfaces=[cable("MIDDLE", loss="5 %", length="1 km")],
    )  # fmt: skip
    run = simulate([mast, middle, store], (), environment=surroundings, plan=plan(surroundings))
    made_w = float(run["power_made_w"].sel(element="MAST")[0])
    stored = run["battery_energy_wh"].sel(element="STORE").values
    assert stored[0] == pytest.approx((made_w - 100.0) * 0.95**2)
    assert stored[0] - stored[1] == pytest.approx(100.0 / 0.95**2)
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
