import numpy as np

from ilrs.station.arrays import EXPERIMENT, LINK, WORK, station_arrays


def test_askers_stand_by_priority_and_research_after_its_carrier(element, experiment) -> None:
    link = {"via": "earth", "rate": "1 kbit/s"}
    elements = [element("A", priority=4, links=[link]), element("B", priority=1)]
    experiments = [
        experiment("X", element="A", priority=0),
        experiment("Y", element="B", priority=2),
        experiment("Z", element="A", priority=4),
    ]
    askers = station_arrays(elements, experiments, step_s=3600.0).askers
    # X would come first of all, but waits for A, which carries it.
    assert [tuple(row) for row in askers.tolist()] == [
        (WORK, 1), (EXPERIMENT, 1), (WORK, 0), (LINK, 0), (EXPERIMENT, 0), (EXPERIMENT, 2),
    ]  # fmt: skip


def test_work_that_needs_less_than_keep_alive_asks_for_no_more(element) -> None:
    modes = {"keep_alive": {"power": "50 W"}, "work": {"power": "20 W", "data": "5 bit/s"}}
    row = station_arrays([element(modes=modes)], [], step_s=3600.0).modes[0]
    assert (row["keep_w"], row["extra_w"], row["work_bps"]) == (50.0, 0.0, 5.0)


def test_absent_parts_do_nothing(element) -> None:
    row = station_arrays([element()], [], step_s=3600.0).elements[0]
    assert (row["capacity_wh"], row["kept_fraction"], row["charge_efficiency"]) == (0.0, 1.0, 1.0)
    assert not row["has_node"]
    assert row["gateway"] == -1


def test_keep_alive_is_served_by_priority_and_then_in_declared_order(element) -> None:
    elements = [element("A", priority=5), element("B", priority=2), element("C", priority=5)]
    found = station_arrays(elements, [], step_s=3600.0).by_priority
    np.testing.assert_array_equal(found, [1, 0, 2])
