import numpy as np
import pytest
from numba import njit

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import parse_utc, tdb_from_utc
from ilrs.sky.directions import (
    ABERRATIONS,
    angle_rad,
    angular_radius_deg,
    apparent_directions,
    site_directions,
    subpoint_deg,
)
from ilrs.sky.kernels import EARTH, MOON, SUN, EphemerisRangeError, open_ephemeris
from ilrs.sky.orientation import open_orientation
from tests.sky.kernel_writing import write_spk

EPOCHS = np.linspace(7e8, 8e8, 50)


@pytest.fixture
def sky(ephemeris, orientation):
    return {"ephemeris": ephemeris, "orientation": orientation}


def seen(tdb_s, sky, *, latitude_deg=-88.8, longitude_deg=123.4, **more):
    place = {"latitude_deg": latitude_deg, "longitude_deg": longitude_deg}
    return apparent_directions((SUN, EARTH), tdb_s, **place, **sky, **more)


def test_dataset_carries_what_the_rooms_agreed(sky):
    dataset = site_directions(
        latitude_deg=-88.8, longitude_deg=123.4, height_m=1200.0, tdb_s=EPOCHS, **sky
    )
    assert list(dataset.data_vars) == [
        f"{body}_{quantity}"
        for body in ("sun", "earth")
        for quantity in ("azimuth_deg", "elevation_deg", "distance_m", "angular_radius_deg")
    ]
    assert dataset.attrs == {
        "ephemeris": "DE440",
        "orientation": "MOON_ME_DE421",
        "aberration": "LT+S",
    }
    assert {v.attrs["units"] for v in dataset.data_vars.values()} == {"deg", "m"}
    assert dataset.earth_azimuth_deg.attrs["long_name"] == (
        "Azimuth of the Earth, clockwise from local north"
    )
    plain = seen(EPOCHS, sky, height_m=1200.0)
    np.testing.assert_array_equal(dataset.sun_azimuth_deg, plain.azimuth_deg[0])
    np.testing.assert_array_equal(dataset.earth_elevation_deg, plain.elevation_deg[1])
    np.testing.assert_array_equal(dataset.earth_distance_m, plain.distance_m[1])


def test_time_of_the_dataset_is_the_utc_it_was_asked_for(sky):
    utc = parse_utc("2035-06-01T06:00:00Z")
    dataset = site_directions(
        latitude_deg=0.0, longitude_deg=0.0, height_m=0.0, tdb_s=[tdb_from_utc(utc)], **sky
    )
    assert dataset.time.values.tolist() == [utc.astype("datetime64[ns]").astype(int)]


def test_shape_follows_places_and_epochs(sky):
    assert seen(8e8, sky).azimuth_deg.shape == (2,)
    assert seen(EPOCHS, sky).azimuth_deg.shape == (2, 50)
    latitude, longitude = np.meshgrid(np.linspace(-90, -80, 3), np.linspace(0, 350, 4))
    found = seen(EPOCHS, sky, latitude_deg=latitude, longitude_deg=longitude)
    assert found.distance_m.shape == (2, 4, 3, 50)
    assert seen([], sky).elevation_deg.shape == (2, 0)


def test_map_agrees_with_its_places_one_by_one(sky):
    latitude, longitude = np.linspace(-90.0, 90.0, 7), np.linspace(-180.0, 540.0, 7)
    together = seen(EPOCHS, sky, latitude_deg=latitude, longitude_deg=longitude, height_m=-500.0)
    for index in range(7):
        place = {"latitude_deg": latitude[index], "longitude_deg": longitude[index]}
        alone = seen(EPOCHS, sky, **place, height_m=-500.0)
        for many, one in zip(together, alone, strict=True):
            np.testing.assert_array_equal(many[:, index], one)


def test_order_and_number_of_epochs_do_not_matter(sky):
    epochs = np.linspace(0.0, 1e9, 10_000)  # more than two of the blocks it works in
    shuffled = np.random.default_rng(2).permutation(epochs.size)
    inside = seen(epochs, sky)
    for mixed, ordered in zip(seen(epochs[shuffled], sky), inside, strict=True):
        np.testing.assert_array_equal(mixed, ordered[:, shuffled])
    for few, ordered in zip(seen(epochs[5000:5003], sky), inside, strict=True):
        np.testing.assert_array_equal(few, ordered[:, 5000:5003])


def test_azimuth_at_the_pole_counts_from_the_meridian_of_the_longitude(sky):
    here = seen(EPOCHS, sky, latitude_deg=-90.0, longitude_deg=0.0)
    turned = seen(EPOCHS, sky, latitude_deg=-90.0, longitude_deg=30.0)
    # Seen from above the south pole longitudes run clockwise, as azimuths do: a body's azimuth is
    # its longitude less that of the meridian where azimuths begin.
    np.testing.assert_allclose(
        np.mod(here.azimuth_deg - turned.azimuth_deg, 360.0), 30.0, rtol=0, atol=1e-9
    )
    np.testing.assert_allclose(turned.elevation_deg, here.elevation_deg, rtol=0, atol=1e-12)
    # The Earth stays within 8.1 deg of longitude 0 by libration.
    assert np.abs(np.mod(here.azimuth_deg[1] + 180.0, 360.0) - 180.0).max() < 8.1


def test_body_stands_overhead_at_its_subpoint(sky):
    for body in (SUN, EARTH):
        latitude, longitude = subpoint_deg(body, EPOCHS[:5], **sky)
        for k in range(5):
            found = apparent_directions(
                (body,),
                EPOCHS[k],
                latitude_deg=latitude[k],
                longitude_deg=longitude[k],
                **sky,
            )
            # The Moon's rotation carries the place at 4.6 m/s at most, 1e-6 deg of aberration.
            assert found.elevation_deg[0] > 90.0 - 2e-6


def test_height_moves_the_place_along_the_vertical(sky):
    low = seen(EPOCHS, sky, aberration="NONE")
    high = seen(EPOCHS, sky, height_m=10_000.0, aberration="NONE")
    # Law of cosines with the elevation at the lower place.
    up = np.sin(np.radians(low.elevation_deg))
    expected = np.sqrt(low.distance_m**2 + 1e8 - 2e4 * low.distance_m * up)
    np.testing.assert_allclose(high.distance_m, expected, rtol=1e-12)


def test_corrections_have_the_size_of_the_motions(sky):
    none, light, both = (seen(EPOCHS, sky, aberration=name) for name in ABERRATIONS[::-1])
    apart = np.hypot(
        both.elevation_deg - light.elevation_deg,
        (both.azimuth_deg - light.azimuth_deg) * np.cos(np.radians(light.elevation_deg)),
    )
    # Stellar aberration of an observer at 28.2 to 31.4 km/s: at most 21.6 arcsec; towards the Sun,
    # which stands across the motion, never less than 19.4 arcsec.
    assert apart.max() < 21.6 / 3600.0
    assert apart[0].min() > 19.3 / 3600.0
    # The Sun moves round the barycentre at up to 17 m/s, for 8.5 minutes: 8.7 km at most.
    assert 0.0 < np.abs(light.distance_m[0] - none.distance_m[0]).max() < 8.7e3


def test_kernels_span_and_name_are_kept_when_another_orientation_is_chosen(ephemeris):
    from_series = site_directions(
        latitude_deg=0.0,
        longitude_deg=0.0,
        height_m=0.0,
        tdb_s=EPOCHS,
        ephemeris=ephemeris,
        orientation=open_orientation("IAU_2015"),
        aberration="NONE",
    )
    assert from_series.attrs == {
        "ephemeris": "DE440",
        "orientation": "IAU_2015",
        "aberration": "NONE",
    }


def test_angular_radius_of_sun_and_earth():
    # 695,700 km at 1 au: 959.23 arcsec (IAU 2015 B3). 6378.1366 km at 384,400 km: 0.01659245 and a
    # sixth of its cube make 0.01659321 rad.
    assert angular_radius_deg(149_597_870_700.0, radius_m=6.957e8) * 3600 == pytest.approx(
        959.23, abs=0.005
    )
    assert angular_radius_deg(384.4e6, radius_m=6378136.6) == pytest.approx(0.95072, abs=5e-6)


@njit
def angles(y, x):
    found = np.empty(y.size)
    for k in range(y.size):
        found[k] = angle_rad(y[k], x[k])
    return found


def test_own_arctangent_against_the_library():
    rng = np.random.default_rng(4)
    y, x = rng.normal(size=(2, 100_000)) * 10.0 ** rng.uniform(-9, 9, (2, 100_000))
    # Stated beside the polynomial: 1e-15 rad; pi itself is rounded to 2e-16 rad, twice.
    np.testing.assert_allclose(angles(y, x), np.arctan2(y, x), rtol=0, atol=1.5e-15)
    corners = np.array([(0.0, 1.0), (1.0, 0.0), (0.0, -1.0), (-1.0, 0.0), (0.0, 0.0), (1.0, 1.0)])
    np.testing.assert_allclose(
        angles(*corners.T.copy()), np.pi * np.array([0, 0.5, 1, -0.5, 0, 0.25]), rtol=0, atol=1e-15
    )


def test_message_when_the_latitude_is_impossible(sky):
    with pytest.raises(IlrsError) as caught:
        seen(8e8, sky, latitude_deg=123.4, longitude_deg=-88.8)
    assert str(caught.value) == (
        "a latitude of 123.4 deg; latitudes reach from -90 (south pole) to 90 deg."
        " Correct it; latitude stands before longitude."
    )


@pytest.mark.parametrize(
    ("longitude_deg", "height_m", "asked"),
    [
        (np.nan, 0.0, "a place at longitude nan deg and height 0 m"),
        (10.0, np.inf, "a place at longitude 10 deg and height inf m"),
        (10.0, -1.8e6, "a place at longitude 10 deg and height -1.8e+06 m"),
    ],
)
def test_message_when_the_place_is_impossible(sky, longitude_deg, height_m, asked):
    with pytest.raises(IlrsError) as caught:
        seen(8e8, sky, longitude_deg=longitude_deg, height_m=height_m)
    assert str(caught.value) == (
        f"{asked}; longitudes are numbers, and heights count in metres from the 1737.4 km sphere."
        " Correct the place."
    )


def test_message_when_the_correction_is_unknown(sky):
    with pytest.raises(IlrsError) as caught:
        seen(8e8, sky, aberration="CN+S")
    assert str(caught.value) == (
        "no correction is called 'CN+S'; known are LT+S, LT, NONE (SPICE's names)."
        " Choose one of these."
    )


def test_message_when_the_orientation_ends_before_the_epochs(sky):
    with pytest.raises(EphemerisRangeError) as caught:
        seen([8e8, 1.7e9], sky)
    assert str(caught.value) == (
        "no orientation MOON_ME_DE421 at 2053-11-14T10:12:11Z (1 of 2 epochs);"
        " moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z."
        " Shorten the span, or choose IAU_2015, which has no end."
    )


def test_message_when_an_epoch_is_no_number(sky):
    with pytest.raises(EphemerisRangeError) as caught:
        seen([8e8, np.nan, 7e8], sky)
    assert str(caught.value) == (
        "no position of body 10 at an epoch that is not a number (1 of 3 epochs);"
        " DE440 covers 1549-12-30T23:59:18Z to 2650-01-24T23:58:51Z."
        " Shorten the span, or open a kernel that covers it."
    )


def test_message_when_the_kernel_does_not_reach_the_barycentre(tmp_path, orientation):
    # Without it the Moon's own velocity, and so the aberration, is unknown.
    kernel = open_ephemeris(write_spk(tmp_path / "moon.bsp", data_type=2, target=MOON, centre=3))
    with pytest.raises(IlrsError) as caught:
        apparent_directions(
            (3,), 0.0, latitude_deg=0, longitude_deg=0, ephemeris=kernel, orientation=orientation
        )
    assert str(caught.value) == (
        "no body 0 in moon; it holds 3, 301 (NAIF numbers)."
        " Ask for one of these, or open a kernel that has the body."
    )
