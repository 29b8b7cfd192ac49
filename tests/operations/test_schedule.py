import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.operations.schedule import schedule

HOUR_S = 3600.0
ALWAYS = Windows([(0.0, 1e9)])


def hours(*spans: tuple[float, float]) -> Windows:
    return Windows((a * HOUR_S, b * HOUR_S) for a, b in spans)


def test_an_experiment_is_placed_from_the_first_step_on_until_it_has_what_it_wants(
    axis, experiment
) -> None:
    wanted = experiment(wanted="150 min")
    plan = schedule([wanted], conditions={}, power_available_w=np.full(6, 50.0), time=axis(6))
    np.testing.assert_allclose(plan["planned_fraction"].values[0], [1.0, 1.0, 0.5, 0, 0, 0])
    assert plan["planned_s"].item() == plan["wanted_s"].item() == 9000.0
    assert plan["blocked_by"].item() == "nothing"


def test_a_step_counts_when_all_conditions_hold_through_it(axis, experiment) -> None:
    conditions = {"dark": hours((1.5, 6.0)), "relay_in_view": hours((0.0, 3.0), (4.0, 9.0))}
    both = experiment(conditions=["dark", "relay_in_view"], wanted="9 h")
    plan = schedule(
        [both], conditions=conditions, power_available_w=np.full(10, 50.0), time=axis(10)
    )
    np.testing.assert_array_equal(
        plan["planned_fraction"].values[0], [0, 0, 1, 0, 1, 1, 0, 0, 0, 0]
    )
    assert plan["blocked_by"].item() == "no window: needs dark and relay_in_view"


def test_a_window_shorter_than_the_shortest_run_is_left(axis, experiment) -> None:
    conditions = {"dark": hours((0.0, 2.0), (5.0, 7.0))}
    long = experiment(conditions=["dark"], wanted="6 h", minimum_run="3 h")
    plan = schedule([long], conditions=conditions, power_available_w=np.ones(9) * 50, time=axis(9))
    assert plan["planned_s"].item() == 0.0
    assert plan["blocked_by"].item() == "no window: needs dark for 3 h at a stretch"


def test_a_rest_shorter_than_the_shortest_run_is_named(axis, experiment) -> None:
    conditions = {"dark": hours((0.0, 4.0), (5.0, 9.0))}
    long = experiment(conditions=["dark"], wanted="6 h", minimum_run="4 h")
    plan = schedule([long], conditions=conditions, power_available_w=np.ones(9) * 50, time=axis(9))
    assert plan["planned_s"].item() == 4 * HOUR_S
    assert plan["blocked_by"].item() == "minimum run"


def test_power_is_held_in_every_step_and_blocks_what_does_not_fit(axis, experiment) -> None:
    experiments = [
        experiment("A", owner="P", power="30 W", wanted="3 h", priority=1),
        experiment("B", owner="Q", power="30 W", wanted="5 h", priority=2),
    ]
    available = np.array([50.0, 50.0, 70.0, 20.0, 50.0, 50.0])
    plan = schedule(experiments, conditions={}, power_available_w=available, time=axis(6))
    # Turns by share: A 0/3 takes step 0; B 0/5 and 1/5 takes 1 and 2; A 1/3 takes 2 (70 W bear
    # both); B 2/5 and 3/5 takes 4 and 5, and then nothing is left for A 2/3 nor for B 4/5.
    np.testing.assert_array_equal(
        plan["planned_fraction"].values, [[1, 0, 1, 0, 0, 0], [0, 1, 1, 0, 1, 1]]
    )
    assert plan["blocked_by"].values.tolist() == ["power", "power"]


def test_turns_go_to_the_partner_with_the_least_share(axis, experiment) -> None:
    # One at a time: the partner with many experiments gets no more of the time than the other.
    experiments = [experiment(f"P{k}", owner="P", wanted="20 h", power="40 W") for k in range(3)]
    experiments.append(experiment("Q", owner="Q", wanted="60 h", power="40 W", priority=9))
    plan = schedule(experiments, conditions={}, power_available_w=np.full(40, 50.0), time=axis(40))
    assert plan["planned_s"].values.sum() == 40 * HOUR_S
    assert plan["planned_s"].values[:3].sum() == plan["planned_s"].values[3] == 20 * HOUR_S


def test_among_equal_shares_priority_and_then_the_id_decides(axis, experiment) -> None:
    experiments = [
        experiment("C", owner="P", priority=2, power="40 W", wanted="1 h"),
        experiment("B", owner="Q", priority=1, power="40 W", wanted="1 h"),
        experiment("A", owner="R", priority=2, power="40 W", wanted="1 h"),
    ]
    plan = schedule(experiments, conditions={}, power_available_w=np.full(3, 50.0), time=axis(3))
    np.testing.assert_array_equal(
        plan["planned_fraction"].values, [[0, 0, 1], [1, 0, 0], [0, 1, 0]]
    )


def test_a_plan_without_experiments_is_empty(axis) -> None:
    plan = schedule([], conditions={}, power_available_w=np.ones(4), time=axis(4))
    assert dict(plan.sizes) == {"experiment": 0, "time": 4}


def test_the_plan_is_laid_out_as_the_rooms_agreed(axis, experiment) -> None:
    plan = schedule([experiment()], conditions={}, power_available_w=np.ones(4), time=axis(4))
    assert {name: variable.dims for name, variable in plan.data_vars.items()} == {
        "planned_fraction": ("experiment", "time"),
        "wanted_s": ("experiment",),
        "planned_s": ("experiment",),
        "priority": ("experiment",),
        "blocked_by": ("experiment",),
    }
    assert all({"units", "long_name"} <= set(v.attrs) for v in plan.data_vars.values())
    assert plan["blocked_by"].item() == "power"  # 1 W for an experiment of 10 W


FIELDS = st.fixed_dictionaries(
    {
        "owner": st.sampled_from(["P", "Q", "R"]),
        "wanted": st.integers(0, 90).map(lambda n: f"{n * 20} min"),
        "minimum_run": st.integers(0, 8).map(lambda n: f"{n * 30} min"),
        "power": st.integers(0, 60).map(lambda n: f"{n} W"),
        "priority": st.integers(0, 9),
        "conditions": st.sampled_from([[], ["dark"], ["dark", "sunlit"]]),
    }
)


def runs(row: np.ndarray) -> list[int]:
    return [int(n) for n in Windows.from_mask(np.arange(row.size + 1), row > 0).duration_s]


@given(fields=st.lists(FIELDS, max_size=7), seed=st.integers(0, 99))
@settings(max_examples=150, deadline=None, derandomize=True)
def test_every_plan_keeps_windows_power_and_shortest_runs(axis, experiment, fields, seed) -> None:
    rng, steps = np.random.default_rng(seed), 40
    edge_s = np.arange(steps + 1) * HOUR_S
    conditions = {
        name: Windows.from_mask(edge_s, rng.random(steps) > 0.3) for name in ("dark", "sunlit")
    }
    available = rng.uniform(0.0, 120.0, steps)
    experiments = [experiment(f"X{k}", **own) for k, own in enumerate(fields)]
    arguments = {"conditions": conditions, "power_available_w": available, "time": axis(steps)}
    plan = schedule(experiments, **arguments)
    planned = plan["planned_fraction"].values
    power = np.array([e.power_w for e in experiments])
    assert ((planned > 0).T @ power <= available + 1e-9).all()
    for k, own in enumerate(experiments):
        for name in own.conditions:
            assert conditions[name].mask(edge_s[:-1])[planned[k] > 0].all()
        assert plan["planned_s"].values[k] <= own.wanted_s + 1e-6
        whole = plan["planned_s"].values[k] >= own.wanted_s - 1e-6
        assert (plan["blocked_by"].values[k] == "nothing") == whole
        assert all(length * HOUR_S >= own.minimum_run_s for length in runs(planned[k]))
    again = schedule(experiments[::-1], **arguments)["planned_fraction"].values[::-1]
    np.testing.assert_array_equal(planned, again)  # the order of the files decides nothing


def test_a_condition_without_windows_is_refused(axis, experiment) -> None:
    lonely = experiment(conditions=["dark", "crew_present"])
    with pytest.raises(IlrsError) as caught:
        schedule([lonely], conditions={"dark": ALWAYS}, power_available_w=np.ones(3), time=axis(3))
    assert str(caught.value) == (
        "X needs crew_present, for which no windows are known; there are windows for dark."
        " Compute the windows of that condition, or take it from the experiment."
    )


def test_power_on_another_axis_is_refused(axis, experiment) -> None:
    with pytest.raises(IlrsError) as caught:
        schedule([experiment()], conditions={}, power_available_w=np.ones(5), time=axis(4))
    assert str(caught.value) == (
        "power_available_w has the shape (5,) and 0 values missing; it is one finite number for"
        " each of the 4 steps. Pass a forecast on the environment's time axis."
    )


def test_a_negative_wish_is_refused(axis, experiment) -> None:
    with pytest.raises(IlrsError) as caught:
        schedule(
            [experiment(wanted="-1 s")], conditions={}, power_available_w=np.ones(2), time=axis(2)
        )
    assert str(caught.value) == "X.wanted_s is -1; it is 0 or more. Correct it in its file."


def test_an_experiment_that_is_there_twice_is_refused(axis, experiment) -> None:
    with pytest.raises(IlrsError) as caught:
        schedule(
            [experiment(), experiment()], conditions={}, power_available_w=np.ones(2), time=axis(2)
        )
    assert str(caught.value) == (
        "the experiment X is there twice; each id names one experiment. Pass each experiment once."
    )
