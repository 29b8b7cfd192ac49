"""The regolith column: energy, equilibria that can be written down, and its steps."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.column import DEPTHS_M
from ilrs.moon.heat import (
    bond_albedo,
    column_temperature_k,
    sunlight_absorbed_w_m2,
    surface_temperature_k,
)

EMITTED = 0.95 * 5.670374419e-8
DAY_S = 29.530589 * 86400.0


def elevation_deg(steps: int, latitude_deg: float = 0.0) -> np.ndarray:
    """The Sun over one lunar day from noon on, in the middles of the steps."""
    turn = 2.0 * np.pi * (np.arange(steps) + 0.5) / steps
    return np.degrees(np.arcsin(np.cos(np.radians(latitude_deg)) * np.cos(turn)))


# In perpetual darkness the surface radiates the geothermal flow: T = (0.018 / (e s))^(1/4), 24.0 K;
# and the column is warmer below by flow times thermal resistance: at most 0.018 / 7.4e-4 K per
# metre in the top and 0.018 / 3.4e-3 below. The column promises to settle to 0.02 K.
def test_column_when_it_is_always_dark() -> None:
    column = column_temperature_k(np.zeros(2000), step_s=DAY_S / 100)
    assert column[-1, 0] == pytest.approx((0.018 / EMITTED) ** 0.25, abs=0.05)
    rise = column[-1, -1] - column[-1, 0]
    assert 0.018 / 3.5e-3 * DEPTHS_M[-1] * 0.95 < rise < 0.018 / 3.4e-3 * DEPTHS_M[-1] + 1.5


def test_column_when_the_heat_is_steady() -> None:
    column = column_temperature_k(np.full(500, 100.0), step_s=DAY_S / 100)
    assert column[-1, 0] == pytest.approx((100.018 / EMITTED) ** 0.25, abs=0.02)
    gradient = np.diff(column[-1]) / np.diff(DEPTHS_M)
    warm = 1.0 + 2.7 * (column[-1, -1] / 350.0) ** 3
    assert gradient[-1] == pytest.approx(0.018 / (3.4e-3 * warm), rel=0.05)


def test_energy_closes_over_a_lunar_day() -> None:
    """What comes in goes out: implicit steps lose nothing, the rest is what 0.02 K still store."""
    heat = sunlight_absorbed_w_m2(1361.0, elevation_deg(709))
    surface = column_temperature_k(heat, step_s=DAY_S / 709)[:, 0]
    assert (EMITTED * surface**4).mean() == pytest.approx(heat.mean() + 0.018, rel=1e-4)


# The scheme is of first order: late by half an inner step, 7.5 minutes. The surface changes by 8 K
# an hour at most (after sunrise), so hourly means stay within 1 K of those from one-minute steps.
def test_hourly_steps_are_fine_enough() -> None:
    hourly, finely = (
        surface_temperature_k(1361.0, elevation_deg(steps), step_s=DAY_S / steps)
        for steps in (709, 709 * 60)
    )
    assert np.abs(hourly - finely.reshape(709, 60).mean(axis=1)).max() < 1.0


def test_albedo_grows_with_incidence() -> None:
    assert np.allclose(bond_albedo([0.0, 45.0, 90.0]), [0.12, 0.12 + 0.06 + 0.25 / 256, 0.85])
    assert bond_albedo(45.0, normal_albedo=0.06) == pytest.approx(bond_albedo(45.0) / 2)


def test_absorbed_heat_when_the_sun_is_high_low_and_down() -> None:
    assert np.allclose(sunlight_absorbed_w_m2(1000.0, [90.0, 0.0, -1.0]), [880.0, 0.0, 0.0])
    assert float(sunlight_absorbed_w_m2(1000.0, 45.0)) == pytest.approx(
        1000.0 * np.sqrt(0.5) * (1.0 - float(bond_albedo(45.0)))
    )


def test_depths_begin_at_the_surface() -> None:
    assert DEPTHS_M[0] == 0.0 and (np.diff(DEPTHS_M) > 0).all() and DEPTHS_M[-1] > 2.4
    assert column_temperature_k([50.0, 60.0], step_s=3600.0).shape == (2, DEPTHS_M.size)


@pytest.mark.parametrize(
    ("heat", "step_s", "said"),
    [
        ([], 3600.0, "0 x 1 value(s), 3600 s apart"),
        ([1.0], 0.0, "1 x 1 value(s), 0 s apart"),
        ([1.0, np.nan], 60.0, "2 x 1 value(s), 60 s apart, one of them nan W/m2"),
        ([1.0, -5.0], 60.0, "2 x 1 value(s), 60 s apart, one of them -5 W/m2"),
    ],
)
def test_message_when_the_series_makes_no_sense(
    heat: list[float], step_s: float, said: str
) -> None:
    with pytest.raises(IlrsError) as caught:
        column_temperature_k(heat, step_s=step_s)
    assert str(caught.value) == (
        f"the absorbed heat has {said}; at least one value from 0 to 2000 W/m2 and a step longer"
        " than 0 s are needed, as steps x pixels. Give the heat that the ground takes up from the"
        " Sun and the terrain around it."
    )
