import numpy as np
import pytest
from scipy.optimize import brentq

from ilrs.foundation.errors import IlrsError
from ilrs.station.network import cable_loss_fraction, delivered_w, sent_w, station_network


def joint(role: str, other: str, **more):
    return {"kind": "power", "role": role, "with": other, **more}


def rows(network):
    return [tuple(row) for row in network.buses.tolist()]


def test_elements_without_joints_share_one_bus(element) -> None:
    network = station_network([element("A"), element("B")])
    np.testing.assert_array_equal(network.bus, [0, 0])
    assert rows(network) == [(-1, np.inf, 0.0)]


def test_plugs_make_one_bus_and_a_cable_leads_to_another(element) -> None:
    tie = {"length": "500 m", "loss": "4 %"}
    elements = [
        element("FAR", interfaces=[joint("needs", "HUB", power="2 kW", **tie)]),
        element("HUB", interfaces=[joint("offers", "LAB", power="1 kW"),
                                   joint("offers", "FAR", power="3 kW", **tie)]),
        element("LAB", interfaces=[joint("needs", "HUB", power="800 W")]),
    ]  # fmt: skip
    network = station_network(elements)
    np.testing.assert_array_equal(network.bus, [1, 0, 0])
    # 4 % at the 2 kW that both sides can pass: R / V^2 = 0.04 / 2 kW.
    assert rows(network) == [(-1, np.inf, 0.0), (0, 2000.0, 2e-5)]
    assert network.ends == (None, ("FAR", "HUB"))


def test_partners_grids_hang_on_each_other_in_a_tree_with_parents_first(element) -> None:
    tie = {"loss": "0 %", "power": "1 kW"}
    elements = [
        element("A", interfaces=[joint("offers", "B", **tie)]),
        element("B", interfaces=[joint("needs", "A", **tie), joint("offers", "C", **tie)]),
        element("C", interfaces=[joint("needs", "B", **tie), joint("offers", "LOAD")]),
        element("LOAD", interfaces=[joint("needs", "C")]),
    ]
    network = station_network(elements)
    # The bus of C and LOAD is the largest, hence the root; B hangs on it, A on B.
    np.testing.assert_array_equal(network.bus, [2, 1, 0, 0])
    np.testing.assert_array_equal(network.buses["parent"], [-1, 0, 1])
    np.testing.assert_array_equal(network.buses["limit_w"], [np.inf, 1000.0, 1000.0])


def test_an_element_with_a_source_and_no_joint_is_an_island(element) -> None:
    plug = [joint("offers", "LAB")]
    own = {"generator": {"kind": "radioisotope", "power": "5 W"}}
    elements = [
        element("HUB", interfaces=plug), element("LAB", interfaces=[joint("needs", "HUB")]),
        element("ROVER", **own), element("MIRROR"),
    ]  # fmt: skip
    network = station_network(elements)
    np.testing.assert_array_equal(network.bus, [0, 0, 1, 0])
    np.testing.assert_array_equal(network.buses["parent"], [-1, -1])


def test_a_joint_with_an_element_that_does_not_stand_joins_nothing(element) -> None:
    elements = [
        element("A", interfaces=[joint("needs", "HUB")]),
        element("B", interfaces=[joint("needs", "HUB"), joint("offers", "C")]),
        element("C", interfaces=[joint("needs", "B")]),
    ]
    np.testing.assert_array_equal(station_network(elements).bus, [1, 0, 0])


# Copper wire of AWG 10: 5.261 mm2 (ASTM B258) and 3.277 ohm/km at 20 degC, both to 4 digits.
def test_the_loss_of_a_cable_is_that_of_its_wire() -> None:
    # 500 W at 120 V over 100 m: 4.1667 A through 2 x 100 m x 3.277 mohm/m = 11.379 W, 2.2757 %
    found = cable_loss_fraction(500.0, voltage_v=120.0, length_m=100.0, section_m2=5.261e-6)
    assert found == pytest.approx(0.022757, rel=5e-4)


def test_a_computed_loss_is_that_of_the_wire_at_any_power(element) -> None:
    cable = {"length": "100 m", "section": "5.261 mm2", "voltage": "120 V", "power": "500 W"}
    elements = [
        element("A", interfaces=[joint("offers", "B", **cable)]),
        element("B", interfaces=[joint("needs", "A", **cable)]),
    ]
    loss_per_w = station_network(elements).buses["loss_per_w"][1]
    assert 500.0 * loss_per_w == pytest.approx(0.022757, rel=5e-4)


@pytest.mark.parametrize("load_w", [0.0, 1.0, 500.0, 4000.0])
def test_a_cable_solves_the_circuit_of_a_source_a_wire_and_a_converter(load_w) -> None:
    # Kirchhoff: 120 V, 0.6554 ohm there and back, and a converter that takes a constant power: the
    # voltage at its end is the upper root of V_r = 120 - R P / V_r. Solved to 1e-12.
    volts, ohms = 120.0, 0.6554
    end_v = brentq(lambda v: v - volts + ohms * load_w / v, 0.5 * volts, volts + 1.0, xtol=1e-12)
    source_w = volts * load_w / end_v
    loss_per_w = ohms / volts**2
    assert sent_w(load_w, loss_per_w=loss_per_w) == pytest.approx(source_w, rel=1e-9)
    assert delivered_w(source_w, loss_per_w=loss_per_w) == pytest.approx(load_w, rel=1e-9)


@pytest.mark.parametrize(
    ("cable", "message"),
    [
        (
            {"length": "1 km"},
            "the loss of the cable between A and B is not known; a cable has a `loss` at its"
            " `power`, or `length`, `section`, `voltage` and `power`. Add what lacks.",
        ),
        (
            {"loss": "3 %"},
            "the loss of the cable between A and B is not known; a cable has a `loss` at its"
            " `power`, or `length`, `section`, `voltage` and `power`. Add what lacks.",
        ),
        (
            {"length": "10 km", "section": "5.261 mm2", "voltage": "120 V", "power": "500 W"},
            "the cable between A and B would lose 228% of 500 W; a cable loses at most 50% of what"
            " it is sent: more power sent would mean less delivered. Give it a section of 23.9 mm2"
            " or more, a higher voltage, or less power.",
        ),
        (
            {"loss": "60 %", "power": "1 kW"},
            "the cable between A and B loses 60%; a loss is 0 % or more and at most 50%: more power"
            " sent would mean less delivered. Correct it in its file.",
        ),
    ],
)
def test_a_cable_is_refused_when_it_cannot_be(element, cable, message) -> None:
    elements = [
        element("A", interfaces=[joint("offers", "B", **cable)]),
        element("B", interfaces=[joint("needs", "A", **cable)]),
    ]
    with pytest.raises(IlrsError) as caught:
        station_network(elements)
    assert str(caught.value) == message


def test_a_loop_of_cables_is_refused(element) -> None:
    loss = {"loss": "1 %", "power": "1 kW"}
    elements = [
        element("A", interfaces=[joint("offers", "B", **loss), joint("needs", "C", **loss)]),
        element("B", interfaces=[joint("needs", "A", **loss), joint("offers", "C", **loss)]),
        element("C", interfaces=[joint("needs", "B", **loss), joint("offers", "A", **loss)]),
    ]
    with pytest.raises(IlrsError) as caught:
        station_network(elements)
    assert str(caught.value) == (
        "the cable between B and C closes a loop; cables between buses form a tree: power has one"
        " way to each. Remove one cable of the loop, or make one a plug, without `length` and"
        " `loss`."
    )
