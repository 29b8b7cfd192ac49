"""Nested cells against astropy-healpix, which shares no code with ours (BSD-3-Clause)."""

import numpy as np
import pytest

from ilrs.datacentre.healpix import nested_cell

units = pytest.importorskip("astropy.units")
astropy_healpix = pytest.importorskip("astropy_healpix", reason="pip install 'ilrs[test]'")


def xyz(longitude: np.ndarray, latitude: np.ndarray) -> np.ndarray:
    return np.stack(
        [np.cos(latitude) * np.cos(longitude), np.cos(latitude) * np.sin(longitude),
         np.sin(latitude)], axis=-1,
    )  # fmt: skip


@pytest.mark.parametrize("order", [0, 1, 5, 8, 12, 20])
def test_cells_of_random_directions(order: int) -> None:
    """Equal cells; a direction within rounding of a border may fall to either side."""
    random = np.random.default_rng(order)
    longitude = random.uniform(-np.pi, np.pi, 50_000)
    latitude = np.arcsin(random.uniform(-1.0, 1.0, 50_000))
    expected = astropy_healpix.HEALPix(1 << order, order="nested").lonlat_to_healpix(
        longitude * units.rad, latitude * units.rad
    )
    assert np.mean(nested_cell(xyz(longitude, latitude), order=order) != expected) < 1e-4


@pytest.mark.parametrize("order", [3, 8, 13])
def test_the_middle_of_each_cell_is_in_it(order: int) -> None:
    cells = np.unique(np.linspace(0, 12 * 4**order - 1, 20_000).astype(np.int64))
    longitude, latitude = astropy_healpix.HEALPix(1 << order, order="nested").healpix_to_lonlat(
        cells
    )
    found = nested_cell(xyz(longitude.to_value("rad"), latitude.to_value("rad")), order=order)
    assert np.array_equal(found, cells)


def test_poles_and_seams_have_a_cell() -> None:
    axes = np.array([[0, 0, 1], [0, 0, -1], [1, 0, 0], [-1, 0, 0], [0, 1, 0], [0, -1, 0.0]])
    for order in (0, 8, 20):
        cells = nested_cell(axes, order=order)
        assert np.all((cells >= 0) & (cells < 12 * 4**order))
        assert np.array_equal(cells[:2] >> (2 * order), [0, 8])
