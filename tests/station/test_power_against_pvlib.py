"""Incidence and efficiency against pvlib, which knows tilted panels and power by temperature."""

import numpy as np
import pytest

from ilrs.station.power import cell_efficiency, facing_fraction

irradiance = pytest.importorskip("pvlib.irradiance", reason="pvlib is not installed")
pvsystem = pytest.importorskip("pvlib.pvsystem", reason="pvlib is not installed")


# pvlib 0.16.1; both sides are the same trigonometry in float64.
@pytest.mark.parametrize("tilt_deg", [0.0, 33.0, 90.0])
@pytest.mark.parametrize("panel_azimuth_deg", [0.0, 137.0, 300.0])
def test_facing_fraction_against_pvlib(tilt_deg, panel_azimuth_deg) -> None:
    azimuth, elevation = np.meshgrid(np.arange(0.0, 360.0, 7.0), np.arange(-3.0, 90.0, 5.0))
    found = facing_fraction(
        azimuth, elevation, panel_azimuth_deg=panel_azimuth_deg, tilt_deg=tilt_deg
    )
    peer = irradiance.aoi_projection(tilt_deg, panel_azimuth_deg, 90.0 - elevation, azimuth)
    np.testing.assert_allclose(found, np.maximum(peer, 0.0), atol=1e-14)


def test_cell_efficiency_against_pvlib() -> None:
    warm_degc = np.linspace(-60.0, 130.0, 20)
    found = cell_efficiency(
        warm_degc + 273.15, efficiency=0.295, temperature_coefficient_per_k=-0.0023
    )
    peer = pvsystem.pvwatts_dc(1000.0, warm_degc, 0.295, -0.0023, temp_ref=28.0)
    np.testing.assert_allclose(found, peer, rtol=1e-12)
