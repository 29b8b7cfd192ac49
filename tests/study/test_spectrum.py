"""The declared links' spectrum: what sends where, and what the check says of two partners."""

from textwrap import dedent

import numpy as np
import pytest

from ilrs.orbits.shielded_zone import beyond_limb_deg, libration_extremes_m
from ilrs.programme.load import load
from ilrs.sky.kernels import EARTH, MOON
from ilrs.sky.sky import open_sky
from ilrs.study.spectrum import assignments_of, spectrum_findings

PROGRAMME = """\
    name: Test
    sites:
      RIDGE: {kind: candidate, latitude: -89.4 deg, longitude: 222 deg}
      FAR: {kind: candidate, latitude: -45 deg, longitude: 178 deg}
    """
PARTNER = "partner: {kind: state, status: founder}\n"


@pytest.fixture
def loaded(tmp_path):
    """A function that loads the test programme with missions of two partners."""

    def load_them(ours, theirs):
        for name, text in (
            ("programme.yaml", dedent(PROGRAMME)),
            ("partners/CN/all.yaml", PARTNER + dedent(ours)),
            ("partners/RU/all.yaml", PARTNER + dedent(theirs)),
        ):
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        return load([tmp_path])

    return load_them


LANDER = """\
    missions:
      {id}:
        status: planned
        launches: [{{date: {year}}}]
        life: 3 y
        site: RIDGE
        links:
          - {{via: earth, rate: 1 Mbit/s, frequency: {mhz} MHz, bandwidth: 4 MHz}}
    """


def test_two_partners_on_one_frequency_are_both_named(loaded):
    ours = LANDER.format(id="CE-X", year=2030, mhz=8471)
    theirs = LANDER.format(id="LUNA-X", year=2031, mhz=8473)
    (finding,) = spectrum_findings(loaded(ours, theirs))
    assert f"{finding.severity} {finding}" == (
        "warning partners/CN/all.yaml:9: missions.CE-X.links[0]: of CN, with "
        "missions.LUNA-X.links[0] of RU, both use 8471 to 8473 MHz at the same time and place; "
        "what one place hears at one time has bands that do not overlap. Move one of the two to "
        "another frequency, or let them take turns in a contact plan."
    )


@pytest.mark.parametrize("other", [{"year": 2036, "mhz": 8473}, {"year": 2031, "mhz": 8480}])
def test_lives_and_bands_apart_do_not_conflict(loaded, other):
    ours = LANDER.format(id="CE-X", year=2030, mhz=8471)
    assert spectrum_findings(loaded(ours, LANDER.format(id="LUNA-X", **other))) == []


def test_both_ways_of_a_link_through_a_relay_are_assignments(loaded):
    ours = """\
        missions:
          RELAY:
            status: planned
            orbit: {periapsis_altitude: 300 km, apoapsis_altitude: 8600 km, inclination: 54 deg}
            links: [{via: earth, rate: 1 Mbit/s, frequency: 26 GHz}]
          LOST:
            status: failed
            links: [{via: earth, rate: 1 Mbit/s, frequency: 26 GHz}]
        """
    theirs = """\
        missions:
          LANDER:
            status: planned
            site: FAR
            links:
              - via: RELAY
                rate: 1 Mbit/s
                frequency: 27.2 GHz
                return_frequency: 23.3 GHz
                bandwidth: 2 MHz
        """
    programme = loaded(ours, theirs)
    found = {a.id: a for a in assignments_of(programme.programme)}
    assert {id_: a.way for id_, a in found.items()} == {
        "missions.RELAY.links[0]": "moon-to-earth",
        "missions.LANDER.links[0]": "surface-to-orbit",
        "missions.LANDER.links[0] return": "orbit-to-surface",
    }
    # a spot of 4.2 m at 23.3 GHz from 8,600 km is smaller than the 30 km about a site
    assert found["missions.LANDER.links[0] return"].radius_deg == 1.0
    assert found["missions.LANDER.links[0]"].partner == "RU"
    findings = spectrum_findings(programme)
    assert [(f.entity, f.line) for f in findings] == [("missions.LANDER.links[0]", 7)] * 2
    assert findings[0].found == (
        "of RU, against radio astronomy in the shielded zone (ITU RR 22.22-22.25), 27199 to 27201 "
        "MHz reaches the shielded zone of the Moon"
    )


def test_the_reference_programme_warns_of_the_far_side_and_of_x_band():
    programme = load(["reference"])
    told = [(f.entity, f.severity) for f in spectrum_findings(programme)]
    assert told == [("missions.CE-4.links[0]", "warning")] * 2
    declared = {a.id for a in assignments_of(programme.programme)}
    assert "elements.MOON-EARTH-TERMINAL.links[1] return" in declared


# DE440 and DE421's orientation over 18.6 years, one epoch a day: nothing is ever deeper in the zone
# than the extremes say. Tolerance: 2.1 deg, by which the zone's edge moves between Earth's nearest
# and farthest (14.0 to 16.0 deg beyond the limb): libration is largest at other distances.
def test_extremes_of_libration_hold_what_the_ephemeris_shows():
    sky = open_sky()
    tdb_s = 8.0e8 + np.arange(0.0, 18.6 * 365.25 * 86400.0, 86400.0)
    icrf_m = 1e3 * sky.ephemeris.position_km(EARTH, MOON, tdb_s)
    earth = np.einsum("nij,nj->ni", sky.orientation.matrices(tdb_s), icrf_m)
    for latitude, longitude in ((0.0, 110.0), (0.0, -110.0), (-75.0, 180.0), (75.0, 180.0)):
        place = (latitude, longitude)
        true = float(beyond_limb_deg(*place, earth_position_m=earth).max())
        said = float(beyond_limb_deg(*place, earth_position_m=libration_extremes_m()).max())
        assert true <= said <= true + 2.1
