"""Spectrum: the table and its sources, overlaps in frequency, time and place, bands, quiet."""

from pathlib import Path

import numpy as np
import pytest
from ruamel.yaml import YAML

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.spectrum import (
    Assignment,
    bands,
    bands_of,
    beam_radius_deg,
    conflicts,
)

EARTH_M = np.array([384_400e3, 0.0, 0.0])
FACTS = Path(__file__).parents[3] / "shared" / "facts"
POLE = {"latitude_deg": -89.5, "longitude_deg": 0.0, "radius_deg": 1.0}
FAR_SIDE = {"latitude_deg": -45.4, "longitude_deg": 177.6, "radius_deg": 1.0}


def sent(id_, mhz, wide_mhz=4.0, way="moon-to-earth", **changed):
    return Assignment(
        **{
            "id": id_, "partner": "CN", "way": way, "frequency_hz": mhz * 1e6,
            "bandwidth_hz": wide_mhz * 1e6, **POLE, **changed,
        }
    )  # fmt: skip


def found(*assignments, kind=None):
    every = conflicts(assignments, earth_position_m=EARTH_M)
    return [finding for finding in every if kind in (None, finding.kind)]


def test_every_band_has_a_source_and_a_standing():
    assert len(bands()) == 28
    for band in bands():
        assert 0.0 < band.low_hz < band.high_hz
        assert band.standing in ("allocated", "recommended", "under study")
        assert (band.status, band.source == "BG") in (("fact", False), ("assumption", True))


@pytest.mark.skipif(not FACTS.exists(), reason="needs the facts beside the checkout")
def test_bands_under_study_are_those_of_the_facts():
    facts = YAML(typ="safe").load(FACTS / "coordination.yaml")["spectrum"]
    named = {fact["id"]: fact for fact in facts}
    listed = [
        [b.low_hz / 1e6, b.high_hz / 1e6] for b in bands() if b.source == "WRC27-115"
    ]  # fmt: skip
    assert listed == named["S-WRC27"]["bands_mhz"]
    outside = [b for b in bands() if b.source == "WRC27-115" and b.outside_shielded_zone]
    assert [b.low_hz / 1e6 for b in outside] == [390.0, 420.0, 440.0]
    (pnt,) = [b for b in bands() if b.source == "IGNSS-SZM"]
    assert [pnt.low_hz / 1e6, pnt.high_hz / 1e6] == named["S-PNT"]["band_mhz"]


def test_links_in_their_bands_have_no_conflict():
    # the four X-band downlinks of Chang'e-5 (facts: CM10), 4 MHz wide each
    assert found(*(sent(f"CE-5-{mhz}", mhz) for mhz in (8463.74, 8471.23, 8478.69))) == []


def test_overlap_names_both_parties_and_the_mend():
    one, other = sent("LUNA-26", 8471.0, partner="RU"), sent("CE-7", 8473.0)
    (finding,) = found(one, other)
    assert (finding.kind, finding.first, finding.second) == ("overlap", "LUNA-26", "CE-7")
    assert (finding.first_partner, finding.second_partner) == ("RU", "CN")
    assert (finding.found, finding.possible, finding.mend) == (
        "both use 8471 to 8473 MHz at the same time and place",
        "what one place hears at one time has bands that do not overlap",
        "Move one of the two to another frequency, or let them take turns in a contact plan.",
    )


@pytest.mark.parametrize(
    "apart",
    [
        {"frequency_hz": 8475e6},  # edges touch
        {"start_tdb_s": 100.0},
        {"latitude_deg": -85.0},
    ],
)
def test_what_is_apart_in_frequency_time_or_place_does_not_overlap(apart):
    one = sent("A", 8471.0, end_tdb_s=100.0)
    changed = {"frequency_hz": 8471e6, **apart}
    other = sent("B", 1.0, wide_mhz=1.9, **{"bandwidth_hz": 4e6, **changed})
    assert found(one, other, kind="overlap") == []
    together = sent("C", 8471.0)
    assert len(found(one, together, kind="overlap")) == 1


def test_places_meet_across_pole_and_antimeridian():
    one = sent("A", 8471.0, latitude_deg=-89.0, longitude_deg=0.0, radius_deg=1.1)
    other = sent("B", 8471.0, latitude_deg=-89.0, longitude_deg=180.0, radius_deg=1.1)
    assert len(found(one, other)) == 1
    one = sent("A", 8471.0, latitude_deg=0.0, longitude_deg=95.0, radius_deg=2.0)
    other = sent("B", 8471.0, latitude_deg=0.0, longitude_deg=-262.0, radius_deg=2.0)
    assert len(found(one, other, kind="overlap")) == 1


def test_a_band_of_the_other_way_does_not_do():
    (finding,) = found(sent("A", 8471.0, way="earth-to-moon"))
    assert (finding.kind, finding.second, finding.second_partner) == (
        "outside", "ITU and SFCG", "ITU",
    )  # fmt: skip
    assert finding.found == "8469 to 8473 MHz is no band for links earth-to-moon"
    assert finding.possible == (
        "for this way there are 2025-2110 MHz (allocated, ITU space research, S band up), "
        "7190-7235 MHz (allocated, ITU space research, X band up), 22550-23150 MHz (allocated, "
        "ITU space research, Ka band up), 40000-40500 MHz (allocated, ITU space research, Q band "
        "up)"
    )


def test_queqiaos_x_band_to_the_surface_is_only_under_study():
    (finding,) = found(sent("QUEQIAO-2", 8471.0, way="surface-to-orbit"))
    assert finding.found == (
        "8469 to 8473 MHz is only under study for links surface-to-orbit (WRC-27 item 1.15)"
    )
    assert finding.mend == (
        "Move it into one of them, or wait for the conference and plan for its decision."
    )


def test_a_band_must_hold_the_whole_assignment():
    assert [band.low_hz for band in bands_of(sent("A", 8498.0))] == [8450e6]
    assert bands_of(sent("A", 8499.0)) == []


def test_what_reaches_the_shielded_zone_is_told_with_the_mend():
    (finding,) = found(sent("CE-4", 2250.0, way="surface-to-orbit", **FAR_SIDE))
    assert (finding.kind, finding.second) == (
        "shielded", "radio astronomy in the shielded zone (ITU RR 22.22-22.25)",
    )  # fmt: skip
    assert (finding.found, finding.mend) == (
        "2248 to 2252 MHz reaches the shielded zone of the Moon",
        "Send in 2200-2290 MHz (recommended, SFCG 32-2) by agreement with those who listen there.",
    )
    (low,) = found(sent("UHF", 440.0, way="surface-to-orbit", **FAR_SIDE), kind="shielded")
    assert low.mend == (
        "Point the beam away from the zone, or move to a band that is allowed there."
    )
    assert found(sent("POLE", 2250.0, way="surface-to-orbit"), kind="shielded") == []


def test_a_listener_in_the_zone_is_the_other_party():
    telescope = sent("RADIO-ARRAY", 30.0, wide_mhz=50.0, way="passive", partner="CH", **FAR_SIDE)
    beacon = sent("BEACON", 40.0, way="surface-to-surface", **FAR_SIDE)
    overlap, outside, shielded = found(telescope, beacon)
    assert overlap.mend == "Let BEACON be silent while RADIO-ARRAY listens."
    assert outside.kind == "outside"
    assert (shielded.second, shielded.second_partner) == ("RADIO-ARRAY", "CH")


# Rule of thumb of 70 lambda/D: 0.59 deg for 4.2 m at 8.45 GHz, 165 km across at 16,000 km; analytic
def test_spot_of_a_relays_dish():
    found_deg = beam_radius_deg(8.45e9, diameter_m=4.2, range_m=16_000e3)
    full_deg = 70.0 * 299792458.0 / 8.45e9 / 4.2
    assert full_deg == pytest.approx(0.591, abs=5e-4)
    assert found_deg * 2 * np.pi / 180 * 1737.4 == pytest.approx(165.1, abs=0.1)
    assert beam_radius_deg(400e6, diameter_m=0.5, range_m=16_000e3) == 90.0


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (
            lambda: sent("A", 8471.0, wide_mhz=0.0),
            "assignment A with a bandwidth of 0 Hz; a bandwidth is a finite number above 0 Hz. "
            "Correct it, or its unit.",
        ),
        (
            lambda: sent("A", -1.0),
            "assignment A with a frequency of -1e+06 Hz; a frequency is a finite number above 0 "
            "Hz. Correct it, or its unit.",
        ),
        (
            lambda: sent("A", 1.0, wide_mhz=3.0),
            "assignment A of 3e+06 Hz about 1e+06 Hz; a band ends above 0 Hz. Correct the "
            "bandwidth, or its unit.",
        ),
        (
            lambda: sent("A", 8471.0, way="down"),
            "assignment A going 'down'; ways are earth-to-moon, moon-to-earth, orbit-to-surface, "
            "surface-to-orbit, surface-to-surface, orbit-to-orbit, passive. Name one of them.",
        ),
        (
            lambda: found(sent("A", 8471.0), sent("A", 8480.0)),
            "two assignments called A; each has an id of its own. Rename one of them.",
        ),
    ],
)
def test_what_cannot_be_is_refused(call, message):
    with pytest.raises(IlrsError) as caught:
        call()
    assert str(caught.value) == message
