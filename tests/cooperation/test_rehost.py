"""Slips and losses: small cases, and the real ones with what is known of them."""

from pathlib import Path

import pytest
from ruamel.yaml import YAML

from ilrs.cooperation.flights import flights
from ilrs.cooperation.rehost import as_seen, breaks, changed, rooms
from ilrs.foundation.errors import IlrsError
from ilrs.programme.entities import Element, Programme
from ilrs.programme.load import load

AT = "2026-11-26"


@pytest.fixture(scope="module")
def reference() -> Programme:
    return load(["reference"]).programme


def broken(programme, *, at, site="RIDGE", **changes):
    """(kind, of, owner, text) of all that breaks, and the rooms."""
    seen = as_seen(programme, at)
    after = changed(seen, at=at, **changes)
    found = breaks(
        seen, after, former=flights(seen, site=site, at=at), now=flights(after, site=site, at=at)
    )
    return [(b.kind, b.of, b.owner, b.text) for b in found], rooms(seen, after, at=at)


def test_a_loss_leaves_cargo_without_ride_and_breaks_what_needs_it(declare):
    programme = declare(
        missions={
            "LANDER": {
                "owner": "CN", "status": "planned", "launches": [{"date": "2030"}],
                "site": "RIDGE", "landed_payload": "1 t", "coordinated_with": ["ORBITER"],
                "life": "2 y",
            },
            "ORBITER": {"owner": "RU", "status": "planned", "launches": [{"date": "2030"}],
                        "life": "2 y", "relay": "LANDER"},
            "NEXT": {
                "owner": "RU", "status": "planned", "launches": [{"date": "2031"}],
                "site": "RIDGE", "landed_payload": "500 kg",
            },
            "FULL": {
                "owner": "RU", "status": "planned", "launches": [{"date": "2029"}],
                "site": "RIDGE", "landed_payload": "200 kg", "guest_allotment": {"lander": "5 kg"},
            },
        },
        elements={
            "REACTOR": {"facility": "F2", "owner": "RU", "site": "RIDGE", "mass": "300 kg",
                        "arrives_on": "LANDER"},
            "SENSOR": {"facility": "F4", "owner": "CN", "site": "RIDGE",
                       "arrives_on": "LANDER"},
            "TANK": {"facility": "F2", "owner": "RU", "site": "RIDGE", "mass": "200 kg",
                     "arrives_on": "FULL", "freight": {"after": ["REACTOR"]}},
        },
        contributions={},
        milestones={"POWER": {"owner": "RU", "stage": "implementation", "needs": ["LANDER"],
                              "by": "2031"}},
    )  # fmt: skip
    told, asked = broken(programme, at=AT, lost=["LANDER"])
    assert told == [
        ("ride", "REACTOR", "RU", "has no ride: LANDER is lost"),
        ("ride", "SENSOR", "CN", "has no ride: LANDER is lost"),
        ("milestone", "POWER", "RU", "LANDER is lost, which it needs"),
        ("pair", "LANDER ORBITER", "CN, RU", "both work for 0 d, 730 d less"),
        ("relay", "ORBITER", "RU", "has lost its relay LANDER"),
    ]
    assert [(o.element, o.mission, o.place, o.free_kg, o.fits) for o in asked] == [
        ("REACTOR", "NEXT", "cargo", 500.0, True),
        ("SENSOR", "FULL", "guest, lander", 5.0, None),
        ("SENSOR", "NEXT", "cargo", 500.0, None),
    ]


def test_a_slip_moves_what_rides_and_breaks_the_order(declare):
    lander = {"owner": "CN", "status": "planned", "site": "RIDGE", "landed_payload": "1 t"}
    programme = declare(
        missions={
            "FIRST": {**lander, "launches": [{"date": "2030-03-01"}]},
            "SECOND": {**lander, "launches": [{"date": "2031-03-01"}]},
        },
        elements={
            "MAST": {"facility": "F2", "owner": "RU", "site": "RIDGE", "mass": "30 kg",
                     "arrives_on": "FIRST"},
            "LAMP": {"facility": "F4", "owner": "CN", "site": "RIDGE", "mass": "3 kg",
                     "arrives_on": "SECOND", "freight": {"after": ["MAST"]}},
        },
        contributions={"GIFT": {"partner": "CN", "stage": "implementation", "level": "mission",
                                "form": "material", "status": "agreed", "gives": ["FIRST"]}},
    )  # fmt: skip
    told, asked = broken(programme, at=AT, slips={"FIRST": "2032-03-01"})
    assert told == [
        ("order", "LAMP", "CN", "lands without MAST"),
        ("date", "FIRST", "CN", "flies 731 d later"),
        ("date", "MAST", "RU", "rides on FIRST, 731 d later"),
        ("date", "GIFT", "CN", "gives FIRST, 731 d later"),
    ]
    assert asked == []


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        (
            {"lost": ["LUNA-99"]},
            "there is no mission 'LUNA-99'; there are LUNA-26, CE-7, LES-3, CE-6, LUNA-25, CE-8."
            " Did you mean 'LUNA-26'?",
        ),
        (
            {"lost": ["CE-6"]},
            "CE-6 has flown, by 2024-06-25; a mission that is still to come is lost, or slips. Go"
            " back to a day before that with `--at`, or name another mission.",
        ),
        (
            {"slips": {"LUNA-25": "2028"}},
            "LUNA-25 failed, by 2023-08-11; a mission that is still to come is lost, or slips. Go"
            " back to a day before that with `--at`, or name another mission.",
        ),
        (
            {"slips": {"CE-7": "2025"}},
            "CE-7 slips to 2025; a date that slips lies after the day from which it is seen,"
            " 2026-11-26. Name a later date, or an earlier day with `--at`.",
        ),
        (
            {"slips": {"LES-3": "2033-05"}},
            "LES-3 slips to 2033-05; it is announced for 2035, and slips to a later date. Name a"
            " later date.",
        ),
    ],
)
def test_what_is_no_loss_or_slip_is_said(programme, changes, message):
    with pytest.raises(IlrsError) as caught:
        changed(programme, at=AT, **changes)
    assert str(caught.value) == message


def test_luna_25_and_who_could_take_its_dust_instrument(reference):
    """Facts: 30 kg of instruments were lost in August 2023; PmL flies again, on Chang'e-7.

    Its mass is not published. Source: FERRA-PML, IFX-250902 (memorandum of 2025-09-02).
    """
    pml = Element.model_validate(
        {"id": "PML", "owner": "RU", "facility": "F4", "site": "L25-TARGET",
         "arrives_on": "LUNA-25"}
    )  # fmt: skip
    then = reference.model_copy(update={"elements": {**reference.elements, "PML": pml}})
    told, asked = broken(then, at="2023-08-18", site="L25-TARGET", lost=["LUNA-25"])
    assert ("ride", "PML", "RU", "has no ride: LUNA-25 is lost") in told
    lander = next(o for o in asked if (o.mission, o.place) == ("CE-7", "guest, lander"))
    # As seen in August 2023 Chang'e-7 was to fly in 2024 and had 10 kg for guests on its lander.
    assert (lander.asked, lander.when, lander.free_kg, lander.fits) == ("CN", "2024", 10.0, None)
    assert lander.lands_there is False


def test_chang_e_7_moves_to_2027_and_its_work_with_luna_26_is_not_shorter(reference):
    """Facts: set for 2026-08-24, moved to 2027 that day (GH-AUG26, GH-SLIP); Luna-26 in 2028."""
    told, asked = broken(
        reference, at="2026-08-23", site="CONNECTING-RIDGE", slips={"CE-7": "2027"}
    )
    kinds = {(kind, of): text for kind, of, _, text in told}
    # From 2026-08-24 to the middle of 2027.
    assert kinds["date", "CE-7"] == "flies 312 d later"
    assert not [of for kind, of in kinds if kind == "pair"]
    assert asked == []


def test_chang_e_8_is_reworked_and_pakistan_s_rover_waits_for_2030_or_2031(reference):
    """Facts: announced for 2028 with 200 kg for guests; in September 2026 reworked, and Pakistan
    says that its payload goes to missions of 2030-2031 (GH-SEP26)."""
    rover = reference.elements["PAK-ROVER"].model_copy(update={"arrives_on": "CE-8"})
    then = reference.model_copy(update={"elements": {**reference.elements, "PAK-ROVER": rover}})
    told, asked = broken(then, at="2025-06", site="CONNECTING-RIDGE", lost=["CE-8"])
    assert ("ride", "PAK-ROVER", "PK", "has no ride: CE-8 is lost") in told
    first = next(o for o in asked if o.place == "cargo")
    assert (first.mission, first.when, first.fits) == ("ILRS-1", "2031", True)


def test_masses_that_fly_are_those_that_launchers_send(reference):
    """Published: CZ-5 8.2 t flown, Soyuz-2.1b 2.1 t, super-heavy 20 t to lunar orbit.

    Source: the facts' launchers.yaml, figures as published.
    """
    path = Path(__file__).parents[3] / "shared" / "facts" / "launchers.yaml"
    if not path.exists():
        pytest.skip(f"no published capabilities at {path}")
    published = {row["id"]: row for row in YAML(typ="safe").load(path)["launchers"]}
    judged = 0
    for mission in reference.missions.values():
        row = published.get(mission.launcher or "", {})
        sends_kg = row.get("tli_kg") or row.get("llo_kg")
        if sends_kg is not None and mission.landed_payload_kg is not None:
            assert mission.landed_payload_kg < 0.5 * sends_kg  # a lander weighs as much again
            judged += 1
    assert judged == 5
