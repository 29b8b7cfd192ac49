import numpy as np
import pytest

from ilrs.station.dose import SURFACE_DOSE_EQUIVALENT_SV_H, SURFACE_DOSE_GY_H, cumulated_dose


# Zhang et al. 2020, doi:10.1126/sciadv.aaz1334: 13.2 +- 1 uGy/h in silicon; a mean quality factor
# of 4.3 +- 0.7, which dose in tissue (1.3 of that in silicon) of the charged part (13.2 - 3.1)
# meets.
def test_dose_equivalent_follows_from_the_measured_quality_factor() -> None:
    charged_gy_h = SURFACE_DOSE_GY_H - 3.1e-6
    assert SURFACE_DOSE_EQUIVALENT_SV_H / (1.3 * charged_gy_h) == pytest.approx(4.3, abs=0.7)


def test_a_shield_weakens_only_the_hours_inside() -> None:
    dose = cumulated_dose(
        np.array([24.0, 18.0]), np.array([0.0, 6.0]), rate_h=10.0, shielding_factor=0.5
    )
    np.testing.assert_allclose(dose, [120.0, 270.0], rtol=1e-14)
