"""The density of a disc over the sky: what its tables say of skies whose answer is known."""

import numpy as np
import pytest

from ilrs.moon.light import disc_fraction
from ilrs.moon.sky_density import SkyDensity, sky_density

AZIMUTHS_DEG = np.arange(36) * 10.0
RADIUS_DEG = 0.25


def density(azimuth_deg: list[float], elevation_deg: list[float], **changes: object) -> SkyDensity:
    azimuth, elevation = np.array(azimuth_deg), np.array(elevation_deg)
    given = {
        "angular_radius_deg": np.full(azimuth.size, RADIUS_DEG),
        "limb_deg": elevation + RADIUS_DEG,
        "weights": np.full((1, azimuth.size), 1000.0),
        "grid_azimuths_deg": AZIMUTHS_DEG,
    } | changes
    return sky_density(azimuth, elevation, **given)  # type: ignore[arg-type]


def table_at(made: SkyDensity, table: int, horizon_deg: float) -> float:
    """A table summed over the azimuths, all with one horizon."""
    sine = np.sin(np.radians(horizon_deg))
    index = round((sine - made.first_sine) / made.sine_step)
    return float(made.tables[table, :, min(max(index, 0), made.tables.shape[2] - 1)].sum())


# One epoch: the table is the disc's own fraction. 15 strips of a function with kinks hold 0.006;
# half a table step of 0.003 deg is 0.004 of the disc's fraction at its steepest.
@pytest.mark.parametrize("height", [-0.3, -0.2, -0.1, 0.0, 0.05, 0.15, 0.24, 0.3])
def test_mean_part_when_there_is_one_epoch(height: float) -> None:
    made = density([40.0], [1.0])
    expected = float(disc_fraction(height, RADIUS_DEG))
    assert table_at(made, 1, 1.0 - height) == pytest.approx(expected, abs=0.01)
    assert table_at(made, 2, 1.0 - height) == pytest.approx(1000.0 * expected, abs=10.0)


# Tables of a body that goes high hold steps of 2 / 8192 in the sine: 0.014 deg at the horizon, 0.03
# of the disc's fraction at its steepest, and less the more epochs there are.
def test_mean_part_when_the_body_crosses_the_whole_sky() -> None:
    swing = np.linspace(-90.0, 90.0, 72_001)  # the whole disc passes the horizon in 200 epochs
    made = density([90.0] * swing.size, swing.tolist())
    assert made.tables.shape[2] < 8200 and np.isfinite(made.tables).all()
    for horizon in (-20.0, 0.0, 0.7, 35.0):
        assert table_at(made, 1, horizon) == pytest.approx((90.0 - horizon) / 180.0, abs=1e-4)
    assert float(made.ceiling_sine.max()) == 1.0


def test_limb_when_it_just_clears() -> None:
    made = density([40.0], [1.0])
    assert table_at(made, 0, 1.24) == pytest.approx(1.0) and table_at(made, 0, 1.26) == 0.0


def test_tables_when_the_horizon_is_beyond_the_disc() -> None:
    made = density([40.0, 200.0], [1.0, -1.0])
    assert table_at(made, 1, -30.0) == pytest.approx(1.0, abs=1e-6)
    assert table_at(made, 1, 30.0) == 0.0


def test_azimuths_when_the_disc_stands_between_two() -> None:
    """Three quarters of the way from 40 to 50 deg, and across north likewise."""
    made = density([47.5], [1.0])
    assert made.azimuth_index.tolist() == [4, 5]
    assert np.allclose(made.tables[:2, :, 0], [[0.25, 0.75]] * 2, atol=1e-6)
    assert made.ceiling_sine[0] == -2.0 and made.ceiling_sine[1] > 0.0  # the nearest alone
    around = density([357.5], [1.0])
    assert around.azimuth_index.tolist() == [0, 35]
    assert np.allclose(around.tables[1, :, 0], [0.75, 0.25], atol=1e-6)


def test_ceiling_when_the_disc_climbs() -> None:
    made = density([40.0, 40.0, 40.0], [0.2, 0.9, 0.5])
    top = np.sin(np.radians(0.9 + RADIUS_DEG))
    # The highest strip reaches the top of the disc: the middle one of 15.
    assert float(made.ceiling_sine.max()) == pytest.approx(top, abs=1e-9)
