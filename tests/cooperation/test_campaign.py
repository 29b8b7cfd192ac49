"""Launch campaigns: optima known otherwise, an independent checker on random ones, bad input."""

import itertools

import numpy as np
import pytest

from ilrs.cooperation.campaign import Campaign, Cargo, Carrier, Landing, plan_campaign
from ilrs.cooperation.campaign_check import campaign_faults
from ilrs.cooperation.campaign_why import rules_in_the_way
from ilrs.foundation.errors import IlrsError

# What Long March 5 sent to the Moon: 8.2 t (Chang'e-6), of which a lander puts about a sixth down.
SMALL = Carrier(id="SMALL", landed_kg=1000.0, launches=4, interval_d=180.0)
LARGE = Carrier(id="LARGE", landed_kg=3000.0, launches=3, first_d=100.0, interval_d=300.0)


def pieces(*masses_kg, **more):
    return [Cargo(id=f"C{k}", mass_kg=m, **more) for k, m in enumerate(masses_kg)]


def random_case(seed, count=7):
    rng = np.random.default_rng(seed)
    cargo = [
        Cargo(
            id=f"C{k}", mass_kg=float(rng.uniform(100.0, 900.0)),
            volume_m3=float(rng.uniform(0.5, 3.0)),
            needs=tuple(f"C{j}" for j in range(k) if rng.random() < 0.2),
            ready_d=float(rng.integers(0, 3) * 100),
        )
        for k in range(count)
    ]  # fmt: skip
    carriers = [
        Carrier(id="SMALL", landed_kg=1000.0, volume_m3=5.0, launches=4, interval_d=150.0),
        Carrier(
            id="LARGE", landed_kg=2500.0, volume_m3=9.0, launches=2, first_d=50.0, interval_d=400.0,
            pads=("NEAR", "FAR"),
        ),
    ]  # fmt: skip
    return cargo, carriers, {"NEAR": ["C0"]}


def fewest_by_trying(cargo, carriers):
    """The fewest launches, by putting every cargo on every launch; needs by day."""
    launches = [
        (c, c.first_d + k * c.interval_d) for c in carriers for k in range(c.launches)
    ]  # fmt: skip
    best = None
    for choice in itertools.product(range(len(launches)), repeat=len(cargo)):
        if best is not None and len(set(choice)) >= best:
            continue
        landings = tuple(
            Landing(
                carrier=launches[f][0].id, day_d=launches[f][1], pad="", mass_kg=0.0, free_kg=0.0,
                cargo=tuple(c.id for c, g in zip(cargo, choice, strict=True) if g == f),
            )
            for f in sorted(set(choice), key=lambda f: launches[f][1])
        )  # fmt: skip
        made = Campaign(landings=landings, aim="launches", reached=0.0, bound=0.0)
        if not campaign_faults(made, cargo, carriers):
            best = len(set(choice))
    return best


def test_the_fewest_launches_of_a_known_case():
    campaign = plan_campaign(pieces(900, 900, 900, 900), [SMALL, LARGE])
    assert campaign.reached == campaign.bound == 2.0
    assert campaign.gap == 0.0
    assert sorted(len(landing.cargo) for landing in campaign.landings) == [1, 3]


@pytest.mark.parametrize("seed", range(3))
def test_the_fewest_launches_are_those_found_by_trying_all(seed):
    cargo, carriers, _ = random_case(seed, count=5)
    carriers = [carriers[0], Carrier(id="LARGE", landed_kg=2500.0, launches=1, interval_d=1.0)]
    campaign = plan_campaign(cargo, carriers)
    assert campaign_faults(campaign, cargo, carriers) == []
    assert len(campaign.landings) == fewest_by_trying(cargo, carriers)


@pytest.mark.parametrize("aim", ["launches", "day"])
@pytest.mark.parametrize("seed", range(6))
def test_every_campaign_keeps_all_rules(seed, aim):
    cargo, carriers, disturbed = random_case(seed)
    campaign = plan_campaign(cargo, carriers, aim=aim, disturbed=disturbed)
    assert campaign_faults(campaign, cargo, carriers, disturbed=disturbed) == []
    assert campaign.gap == 0.0


def test_power_comes_first_where_it_is_the_goal():
    cargo = [
        Cargo(id="POWER", mass_kg=900.0), Cargo(id="LAB", mass_kg=900.0),
        Cargo(id="CABLE", mass_kg=50.0), Cargo(id="MAST", mass_kg=900.0, needs=("CABLE",)),
    ]  # fmt: skip
    campaign = plan_campaign(cargo, [SMALL], aim="day", goal=["POWER", "CABLE"])
    assert campaign.reached == 0.0
    assert set(campaign.landings[0].cargo) == {"POWER", "CABLE"}


def test_a_landing_keeps_out_of_the_way_of_what_stands():
    near = Carrier(
        id="LANDER", landed_kg=1000.0, launches=3, interval_d=100.0, pads=("NEAR", "FAR")
    )
    cargo = [Cargo(id="SENSOR", mass_kg=900.0), Cargo(id="NEXT", mass_kg=900.0, needs=("SENSOR",))]
    campaign = plan_campaign(cargo, [near], disturbed={"NEAR": ["SENSOR"]})
    assert campaign.landings[1].pad == "FAR"
    blocked = {"NEAR": ["SENSOR"], "FAR": ["SENSOR"]}
    with pytest.raises(IlrsError, match="no campaign lands 2 pieces of 1800 kg in all"):
        plan_campaign(cargo, [near], disturbed=blocked)


def test_after_a_loss_the_rest_is_planned_around_what_has_flown():
    cargo = pieces(900, 900, 900)
    first = plan_campaign(cargo, [SMALL])
    flown = first.landings[:1]
    again = [
        Cargo(id=c.id, mass_kg=c.mass_kg, ready_d=0.0 if c.id in flown[0].cargo else 300.0)
        for c in cargo
    ]
    after = plan_campaign(again, [SMALL], flown=flown)
    assert after.landings[0] == flown[0]
    assert [landing.day_d for landing in after.landings[1:]] == [360.0, 540.0]


@pytest.mark.parametrize(
    ("cargo", "message"),
    [
        (
            pieces(5000.0),
            "C0 has 5000 kg and 0 m3; LARGE lands the most, 3000 kg. Split it, or declare a carrier"
            " that takes it.",
        ),
        (
            [Cargo(id="A", mass_kg=1.0, needs=("Z",))],
            "A needs Z on the ground; what is needed is cargo of the same campaign. Add it to the"
            " campaign, or take the need away.",
        ),
        (
            [
                Cargo(id="A", mass_kg=1.0, needs=("B",)),
                Cargo(id="B", mass_kg=1.0, needs=("A",)),
            ],
            "the cargo A -> B -> A need each other in a circle; each can only need what may come"
            " before it. Take one of these ids out of a `needs`.",
        ),
        (
            pieces(*[900.0] * 14),
            "no campaign lands 14 pieces of 12600 kg in all; 7 launches land 13000 kg at most."
            " Declare more launches, let cargo be ready earlier, or take a need or a keep-out"
            " away.",
        ),
    ],
)
def test_what_cannot_be_flown_is_said(cargo, message):
    with pytest.raises(IlrsError) as caught:
        plan_campaign(cargo, [SMALL, LARGE])
    assert str(caught.value) == message


def test_the_checker_finds_what_is_wrong():
    cargo = [Cargo(id="A", mass_kg=1200.0), Cargo(id="B", mass_kg=1.0, needs=("A",), ready_d=50.0)]
    bad = Campaign(
        landings=(
            Landing(carrier="SMALL", day_d=0.0, pad="", cargo=("B",), mass_kg=1, free_kg=0),
            Landing(carrier="SMALL", day_d=10.0, pad="", cargo=("A", "B"), mass_kg=1, free_kg=0),
        ),
        aim="launches", reached=2.0, bound=2.0,
    )  # fmt: skip
    assert campaign_faults(bad, cargo, [SMALL]) == [
        "B is landed 2 times",
        "SMALL cannot be launched on day 10, 1 times",
        "B flies on day 0, ready on day 50",
        "B lands on day 0 without A",
        "SMALL on day 10 carries 1201 kg and lands 1000 kg",
        "B flies on day 10, ready on day 50",
    ]


def fewest_moves_by_trying(cargo, carriers):
    """The fewest pieces off their ride, by putting every cargo on every launch; needs by day."""
    launches = [(c, c.first_d + k * c.interval_d) for c in carriers for k in range(c.launches)]
    best = None
    for choice in itertools.product(range(len(launches)), repeat=len(cargo)):
        moves = sum(
            bool(c.ride) and launches[f][0].id != c.ride for c, f in zip(cargo, choice, strict=True)
        )
        if best is not None and moves >= best:
            continue
        landings = tuple(
            Landing(
                carrier=launches[f][0].id, day_d=launches[f][1], pad="", mass_kg=0.0, free_kg=0.0,
                cargo=tuple(c.id for c, g in zip(cargo, choice, strict=True) if g == f),
            )
            for f in sorted(set(choice), key=lambda f: launches[f][1])
        )  # fmt: skip
        made = Campaign(landings=landings, aim="launches", reached=0.0, bound=0.0)
        if not campaign_faults(made, cargo, carriers):
            best = moves
    return best


@pytest.mark.parametrize("seed", range(4))
def test_the_fewest_moves_are_those_found_by_trying_all(seed):
    rng = np.random.default_rng(seed)
    carriers = [
        Carrier(id=f"M{k}", landed_kg=1500.0, launches=1, first_d=100.0 * k, interval_d=1.0)
        for k in range(4)
    ]
    cargo = [
        Cargo(
            id=f"C{k}", mass_kg=float(rng.uniform(300.0, 900.0)), ride=f"M{rng.integers(4)}",
            needs_any=((f"C{k - 1}", f"C{k - 2}"),) if k > 1 else (),
            by_d=float(rng.choice([200.0, 300.0])),
        )
        for k in range(5)
    ]  # fmt: skip
    campaign = plan_campaign(cargo, carriers, aim="moves")
    assert campaign_faults(campaign, cargo, carriers) == []
    assert campaign.reached == campaign.bound == fewest_moves_by_trying(cargo, carriers)


def test_one_of_several_sources_is_enough():
    cargo = [
        Cargo(id="MAST", mass_kg=900.0, ready_d=500.0), Cargo(id="REACTOR", mass_kg=900.0),
        Cargo(id="GRID", mass_kg=100.0, needs_any=(("MAST", "REACTOR"),)),
    ]  # fmt: skip
    campaign = plan_campaign(cargo, [SMALL], aim="day", goal=["GRID"])
    assert campaign.reached == 0.0
    assert campaign.landings[0].cargo == ("REACTOR", "GRID")
    early = Campaign(
        landings=(
            Landing(carrier="SMALL", day_d=0.0, pad="", cargo=("GRID",), mass_kg=1, free_kg=0),
        ),
        aim="launches", reached=1.0, bound=1.0,
    )  # fmt: skip
    assert "GRID lands on day 0 without MAST or REACTOR" in campaign_faults(early, cargo, [SMALL])


def test_a_pad_takes_no_more_landings_than_it_can():
    lander = Carrier(
        id="LANDER", landed_kg=1000.0, launches=3, interval_d=100.0, pads=("NEAR", "FAR")
    )
    cargo = pieces(900, 900, 900)
    campaign = plan_campaign(cargo, [lander], pad_landings={"NEAR": 1, "FAR": 2})
    assert sorted(landing.pad for landing in campaign.landings) == ["FAR", "FAR", "NEAR"]
    assert campaign_faults(campaign, cargo, [lander], pad_landings={"NEAR": 1}) == []
    assert campaign_faults(campaign, cargo, [lander], pad_landings={"FAR": 1}) == [
        "2 landings at FAR, which takes 1"
    ]


@pytest.mark.parametrize(
    ("cargo", "message"),
    [
        (
            [
                Cargo(id="A", mass_kg=1.0, needs_any=(("B",),)),
                Cargo(id="B", mass_kg=1.0, needs_any=(("A",),)),
                Cargo(id="C", mass_kg=1.0),
            ],
            "A, B wait for one another; some cargo needs nothing, or only what can land before it."
            " Take a need away, or add what it can do without.",
        ),
        (
            [Cargo(id="A", mass_kg=1.0, ready_d=10.0, by_d=90.0)],
            "A is ready on day 10 and wanted by day 90; no launch that takes it is made in that"
            " time. Let it be ready earlier or wanted later, or declare a launch.",
        ),
    ],
)
def test_what_never_lands_is_said(cargo, message):
    with pytest.raises(IlrsError) as caught:
        plan_campaign(cargo, [SMALL, LARGE])
    assert str(caught.value) == message


def test_each_rule_that_alone_is_in_the_way_is_named():
    lander = Carrier(id="LANDER", landed_kg=1000.0, launches=2, interval_d=100.0, pads=("NEAR",))
    two = pieces(900, 900)
    assert rules_in_the_way(two, [lander], pad_landings={"NEAR": 1}) == [
        "the landings that pads take: NEAR 1"
    ]
    late = [Cargo(id="A", mass_kg=900.0, ready_d=50.0, by_d=90.0)]
    assert rules_in_the_way(late, [lander]) == [
        "the days on which cargo is ready", "the days by which cargo is wanted",
    ]  # fmt: skip
    assert rules_in_the_way(pieces(900, 900, 900), [lander], pad_landings={"NEAR": 2}) == []
