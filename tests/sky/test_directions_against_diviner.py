import pytest

from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.sky.directions import apparent_directions, subpoint_deg
from ilrs.sky.kernels import MOON, SUN

# LRO Diviner RDR product 201401031400 (PDS, urn:nasa:pds:lro_diviner_derived1), first record: the
# sub-solar point that its producers computed with DE421, moon_pa_de421_1900-2050.bpc and
# moon_080317.tf (kernel list of its label). Tolerance: half of the last digit printed. DE440 in
# place of DE421 moves the Moon by metres: 1e-9 deg.
UTC, LATITUDE_DEG, LONGITUDE_DEG = "2014-01-03T14:00:00.057Z", 1.40000, 153.16773
DISTANCE_AU = 0.98127
AU_M = 149_597_870_700.0


def test_subsolar_point_against_diviner(ephemeris, orientation):
    tdb_s = tdb_from_utc(parse_utc(UTC))
    latitude, longitude = subpoint_deg(SUN, tdb_s, ephemeris=ephemeris, orientation=orientation)
    assert latitude == pytest.approx(LATITUDE_DEG, abs=5e-6)
    assert longitude == pytest.approx(LONGITUDE_DEG, abs=5e-6)


def test_solar_distance_against_diviner(ephemeris, orientation):
    # From LRO's orbit, which the label does not place; the Moon's radius, 1.2e-5 au, either way.
    tdb_s = tdb_from_utc(parse_utc(UTC))
    distance_m = apparent_directions(
        (SUN,),
        tdb_s,
        latitude_deg=LATITUDE_DEG,
        longitude_deg=LONGITUDE_DEG,
        ephemeris=ephemeris,
        orientation=orientation,
    ).distance_m[0]
    assert distance_m / AU_M == pytest.approx(DISTANCE_AU, abs=5e-6 + 2 * 1.2e-5)
    assert ephemeris.position_km(SUN, MOON, tdb_s).shape == (3,)
