"""Shadowed floors of bowl craters against the closed form of Ingersoll et al. 1992."""

import numpy as np
import pytest

from ilrs.moon.cold_trap import equilibrium_temperature_k
from ilrs.moon.column import EMISSIVITY, STEFAN_BOLTZMANN_W_M2_K4
from ilrs.moon.view_factors import view_factors
from tests.moon.bowls import Bowl

ALBEDO, IRRADIANCE_W_M2 = 0.12, 1361.0


def floor_k(elevation_deg: float, share: float) -> float:
    """Ingersoll, Svitek & Murray 1992, Icarus 100, 40-47 (10.1016/0019-1035(92)90016-Z), for light
    and infrared of Lambert walls in balance with the Sun: the same all over the shadow."""
    entering = IRRADIANCE_W_M2 * np.sin(np.radians(elevation_deg)) * (1.0 - ALBEDO)
    kept = share * (1.0 + ALBEDO * (1.0 - share) / EMISSIVITY) / (1.0 - ALBEDO * share)
    return float((entering * kept / STEFAN_BOLTZMANN_W_M2_K4) ** 0.25)


# The bowl is 99 pixels wide and its rim blunt by half a pixel at each end: 1 % in depth over
# diameter, so 2 % in the share, and up to 3 % of the lit strip under the rim (15 pixels). Together
# 5 % of the light, a quarter of that in temperature: 1.3 %. The mean over the shadow's middle has
# no other error; single pixels sample the lit strip with some 500 rays, 1 % more.
@pytest.mark.parametrize(
    ("depth_to_diameter", "elevation_deg"), [(0.2, 10.0), (0.1, 5.0), (0.14, 15.0)]
)
def test_shadowed_floor_against_ingersoll(depth_to_diameter: float, elevation_deg: float) -> None:
    bowl = Bowl(pixels=129, depth_to_diameter=depth_to_diameter)
    views = view_factors(bowl.heights_m, pixel_m=bowl.pixel_m)
    light = bowl.sunlight_w_m2(elevation_deg, IRRADIANCE_W_M2)
    found = equilibrium_temperature_k(
        (1.0 - ALBEDO) * light.reshape(1, -1), ALBEDO * light.reshape(1, -1),
        views=views, scattering_albedo=ALBEDO,
    ).reshape(light.shape)  # fmt: skip
    shadow = (light == 0.0) & (bowl.radius_m < 0.8 * 0.5 * bowl.diameter_m)
    expected = floor_k(elevation_deg, bowl.share)
    assert found[shadow].mean() == pytest.approx(expected, rel=0.013)
    assert found[shadow] == pytest.approx(expected, rel=0.023)
