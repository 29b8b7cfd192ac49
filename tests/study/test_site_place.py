"""Places by name or point, and the horizon each is given."""

import numpy as np
import pytest
import rasterio
from rasterio import Affine

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import utc_from_tdb, utc_text
from ilrs.programme.entities import Programme, Site
from ilrs.programme.load import load, reference_folder
from ilrs.study.site_place import DEFAULT_MASTS_M, place_of, span_tdb_s

MOON_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=1737400 +units=m +no_defs"


def site(**given: object) -> Site:
    known = {"id": "READY", "kind": "candidate"}
    return Site.model_validate(known | given)


def programme(*sites: Site) -> Programme:
    return Programme(name="Test", sites={one.id: one for one in sites}, sha256="00")


@pytest.fixture
def dem(tmp_path):
    """A level plain of 100 m above the sphere around the south pole."""
    path = tmp_path / "plain.tif"
    with rasterio.open(
        path, "w", driver="GTiff", width=50, height=50, count=1, dtype="float32", crs=MOON_SOUTH,
        transform=Affine(400, 0, -10_000, 0, -400, 10_000),
    ) as file:  # fmt: skip
        file.write(np.full((50, 50), 100.0, dtype=np.float32), 1)
    return path


def test_a_point_is_computed_from_terrain_for_the_masts_asked(dem):
    found = place_of("-89.9, 45", programme=programme(), terrain=[dem], mast_heights_m=[30.0, 0.0])
    assert found.name == "-89.9, 45"
    assert (found.latitude_deg, found.longitude_deg) == (-89.9, 45.0)
    assert found.profile["mast_height_m"].values.tolist() == [0.0, 30.0]
    assert found.point["height_m"] == pytest.approx(100.0)
    assert list(found.inputs_sha256) == ["plain.tif"]


def test_a_site_takes_the_terrain_named_and_the_usual_masts(dem):
    declared = site(latitude="-89.9 deg", longitude="0 deg")
    found = place_of("READY", programme=programme(declared), terrain=[dem])
    assert tuple(found.profile["mast_height_m"].values) == DEFAULT_MASTS_M
    assert (found.programme, found.programme_sha256) == ("Test", "00")


def test_a_site_of_the_reference_has_its_own_horizon():
    found = place_of("CE7-NOMINAL", programme=load(reference_folder()).programme)
    assert list(found.inputs_sha256) == ["horizons/CE7-NOMINAL.csv"]
    assert (found.latitude_deg, found.longitude_deg) == (-88.8, 123.4)


@pytest.mark.parametrize(
    ("name", "declared", "message"),
    [
        (
            "NOWHERE",
            {"horizon": "a.csv"},
            "there is no site 'NOWHERE'; Test declares 1 sites, with a horizon: READY. Name one of "
            "its sites, or a point as LAT,LON such as -89.78,203.7 with --terrain.",
        ),
        (
            "-89.9,0",
            {},
            "there is no terrain for the point -89.9,0; a point that is no site of the programme "
            "has no horizon of its own. Name DEM files that hold it with --terrain, finest first.",
        ),
        (
            "READY",
            {"latitude": "-89 deg", "longitude": "0 deg"},
            "site READY has neither a horizon nor a terrain; one of them is needed to know when "
            "the Sun is in view. Give it a `horizon:` file or `terrain:` DEM files, or name a DEM "
            "with --terrain.",
        ),
        (
            "READY",
            {"horizon": "a.csv"},
            "the horizon of READY is not there: a.csv; it is looked for beside programme.yaml, in "
            "each folder that was named, and in the data folder. Put the file there or correct its "
            "name.",
        ),
        (
            "READY",
            {"terrain": ["a.tif"]},
            "a terrain of READY is not there: a.tif; it is looked for beside programme.yaml, in "
            "each folder that was named, and in the data folder. Put the file there or correct its "
            "name.",
        ),
    ],
)
def test_a_place_without_what_it_needs_is_refused(name, declared, message):
    with pytest.raises(IlrsError) as caught:
        place_of(name, programme=programme(site(**declared)))
    assert str(caught.value) == message


def test_a_site_without_coordinates_is_refused_even_with_terrain(dem):
    with pytest.raises(IlrsError) as caught:
        place_of("READY", programme=programme(site()), terrain=[dem])
    assert str(caught.value) == (
        "site READY has no coordinates; a horizon is computed from a point. Give the site "
        "`latitude:` and `longitude:`."
    )


def test_a_northern_point_on_a_southern_map_is_refused(dem):
    with pytest.raises(IlrsError) as caught:
        place_of("89.9,0", programme=programme(), terrain=[dem])
    assert str(caught.value) == (
        "the site at latitude 89.9, longitude 0 and the terrain plain belong to opposite poles; "
        "plain is a south polar stereographic map. Correct the sign of the latitude, or give "
        "terrain of that pole."
    )


def test_a_mast_below_ground_is_refused(dem):
    with pytest.raises(IlrsError) as caught:
        place_of("-89.9,0", programme=programme(), terrain=[dem], mast_heights_m=[-1.0])
    assert str(caught.value) == (
        "a mast of -1 m; a mast reaches from 0 to 10000 m above the ground it stands on. Give its "
        "height above ground in metres."
    )


@pytest.mark.parametrize(
    ("start", "end", "years", "until"),
    [
        ("2030-01-01", None, 1.0, "2031-01-01T00:00:00Z"),
        ("2028-02-29", None, 1.0, "2029-03-01T00:00:00Z"),
        ("2028-07-01T06:00:00", None, 1.0, "2029-07-01T06:00:00Z"),
        ("2030-01-01", None, 0.5, "2030-07-02T15:00:00Z"),
        ("2030-01-01", "2030-02-01", 1.0, "2030-02-01T00:00:00Z"),
    ],
)
def test_a_span_ends_where_a_calendar_says(start, end, years, until):
    found = span_tdb_s(start, end, years=years)
    assert [utc_text(utc_from_tdb(edge)) for edge in found][1] == until


def test_a_span_that_ends_as_it_begins_is_refused():
    with pytest.raises(IlrsError) as caught:
        span_tdb_s("2030-01-01", "2030-01-01")
    assert str(caught.value) == (
        "a span from 2030-01-01 to 2030-01-01 is empty; the end of a span lies after its start. "
        "Exchange or correct the two dates."
    )


@pytest.mark.parametrize("years", [0.0, -2.5, float("nan"), float("inf"), 1000.0])
def test_a_number_of_years_that_makes_no_span_is_refused(years):
    with pytest.raises(IlrsError) as caught:
        span_tdb_s("2030-01-01", None, years=years)
    assert str(caught.value) == (
        f"a span of {years:g} years; a span is longer than 0 and at most 200 years. Correct the "
        "number of years."
    )
