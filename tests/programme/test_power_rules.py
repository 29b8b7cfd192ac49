"""What `ilrs check` says of buses, joints and cables; whole messages."""

from collections.abc import Sequence

import pytest

from ilrs.programme.entities import Element, Programme
from ilrs.programme.power_rules import (
    buses_that_nothing_feeds,
    cables_that_cannot_be,
    loads_beyond_their_joints,
    loads_on_no_bus,
)

REACTOR = {"generator": {"kind": "fission", "power": "5 kW"}}
STORE = {
    "storage": {
        "kind": "battery", "capacity": "1 kWh", "charge_power": "1 kW", "discharge_power": "1 kW",
    }
}  # fmt: skip


def element(id_: str, *joints: dict[str, object], draws: str = "0 W", **fields: object) -> Element:
    modes = {"keep_alive": {"power": draws}}
    interfaces = [{"kind": "power", **joint} for joint in joints]
    told = {"id": id_, "facility": "F2", "site": "RIDGE", "modes": modes, "interfaces": interfaces}
    return Element.model_validate({**told, **fields})


def offers(other: str, **more: object) -> dict[str, object]:
    return {"role": "offers", "with": other, **more}


def needs(other: str, **more: object) -> dict[str, object]:
    return {"role": "needs", "with": other, **more}


def found(rule, elements: Sequence[Element]) -> list[str]:
    programme = Programme(name="Test", elements={e.id: e for e in elements})
    return [f"{f.severity} {f.entity}: {f.found}; {f.possible}. {f.mend}" for f in rule(programme)]


HUB = element("HUB", offers("LAB"), needs("REACTOR"), draws="40 W")
FED = [element("REACTOR", offers("HUB"), **REACTOR), HUB, element("LAB", needs("HUB"))]
PAIR = [
    element("ALPHA", offers("BETA"), draws="120 W"),
    element("BETA", needs("ALPHA"), draws="80 W"),
]


def test_a_bus_with_a_source_is_fed_and_so_is_one_behind_a_cable() -> None:
    cable = {"loss": "2 %", "power": "500 W"}
    far = element("FAR", needs("HUB", **cable), draws="50 W")
    hub = element("HUB", offers("LAB"), needs("REACTOR"), offers("FAR", **cable), draws="40 W")
    assert found(buses_that_nothing_feeds, [FED[0], hub, FED[2], far]) == []


def test_a_bus_that_nothing_feeds_is_named_with_its_load_and_the_nearest_source() -> None:
    assert found(buses_that_nothing_feeds, [*FED, *PAIR]) == [
        "error elements.ALPHA: nothing feeds the bus of ALPHA, BETA, which draw up to 200 W; a bus"
        " has an array or a generator, or a cable to a bus that has one. Add {kind: power, role:"
        " needs, with: HUB, power: 200 W} to ALPHA and its other side to HUB, or declare an array"
        " or a generator of 200 W on one of them."
    ]


def test_a_site_without_any_source_needs_one_and_a_store_feeds_for_a_while() -> None:
    stored = [element("ALPHA", offers("BETA"), draws="120 W", **STORE), PAIR[1]]
    assert found(buses_that_nothing_feeds, stored) == [
        "warning elements.ALPHA: nothing feeds the bus of ALPHA, BETA, which draw up to 200 W; a"
        " bus has an array or a generator, or a cable to a bus that has one. Bring a source to this"
        " site, or declare an array or a generator of 200 W on one of them."
    ]


def test_a_load_on_no_bus_is_named_with_the_hub_of_its_site() -> None:
    heated = {
        "heat_capacity": "8 kJ/K", "heat_loss": "50 mW/K", "heater_power": "10 W",
        "survival_minimum": "223 K", "operating_minimum": "243 K", "operating_maximum": "323 K",
        "survival_maximum": "343 K",
    }  # fmt: skip
    elements = [*FED, element("MONITOR", draws="4 W", thermal=heated), element("MIRROR")]
    assert found(loads_on_no_bus, elements) == [
        "warning elements.MONITOR: it draws up to 14 W and declares no power joint; it is run on"
        " the bus of HUB, with no limit between them. Add {kind: power, role: needs, with: HUB,"
        " power: 14 W} here and its other side to HUB."
    ]
    assert found(buses_that_nothing_feeds, elements) == []


def test_nothing_is_said_where_no_joint_is_declared() -> None:
    assert found(loads_on_no_bus, [element("A", draws="5 W")]) == []
    assert found(buses_that_nothing_feeds, [element("A", draws="5 W")]) == []


def test_a_load_is_compared_with_what_its_joints_carry() -> None:
    lab = element("LAB", needs("HUB", power="100 W"), draws="150 W")
    assert found(loads_beyond_their_joints, [*FED[:2], lab]) == [
        "warning elements.LAB: it draws up to 150 W, its power joints carry 100 W; modes and heater"
        " draw no more than the joints carry; a run holds only cables to it. Let both sides of a"
        " joint carry 50 W more."
    ]


@pytest.mark.parametrize(
    ("cable", "lacking"),
    [
        ({"length": "800 m"}, "`loss:`, or `section:` and `voltage:` and `power:`"),
        ({"length": "800 m", "section": "20 mm2", "voltage": "120 V"}, "`loss:`, or `power:`"),
        ({"loss": "3 %"}, "`power:`"),
    ],
)
def test_a_cable_whose_loss_is_not_known_is_refused(cable, lacking) -> None:
    elements = [FED[0], element("HUB", needs("REACTOR"), offers("LAB", **cable)), FED[2]]
    assert found(cables_that_cannot_be, elements) == [
        "error elements.HUB.interfaces[1]: the loss of the cable between HUB and LAB is not known;"
        " a cable has a `loss` at its `power`, or `length`, `section`, `voltage` and `power`."
        f" Add {lacking}."
    ]


def test_cables_that_close_a_loop_are_refused() -> None:
    loss = {"loss": "1 %", "power": "1 kW"}
    elements = [
        element("A", offers("B", **loss), needs("C", **loss)),
        element("B", offers("C", **loss), needs("A", **loss)),
        element("C", offers("A", **loss), needs("B", **loss)),
    ]
    assert found(cables_that_cannot_be, elements) == [
        "error elements.B.interfaces[0]: the cable between B and C closes a loop; cables between"
        " buses form a tree: power has one way to each. Remove one cable of the loop, or make one a"
        " plug, without `length` and `loss`."
    ]
