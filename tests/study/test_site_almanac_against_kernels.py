"""Shares of time and longest outages against figures computed with SPICE for flat ground."""

import numpy as np
import pytest

from ilrs.sky.kernels import EARTH, SUN
from ilrs.study.site_limbs import view_windows
from ilrs.study.site_place import span_tdb_s
from tests.study.site_places import place, sky

# Rows G4 and G7 of truth/environment.csv: SPICE, DE440, MOON_ME, LT+S, hourly, level ground on the
# 1737.4 km sphere, 2026-01-01 to 2044-08-10. Tolerance: half the last printed digit; and an hour of
# their step more for the length of a spell.
SPAN = ("2026-01-01", "2044-08-10")
HALF_DIGIT = 0.0005


@pytest.mark.parametrize(
    ("where", "body", "part", "share"),
    [
        ((-90.0, 0.0), SUN, "half", 0.493),
        ((-90.0, 0.0), SUN, "any", 0.548),
        ((-88.8, 123.4), EARTH, "half", 0.455),
    ],
)
def test_share_of_time_in_view_against_spice(where, body, part, share):
    span = span_tdb_s(*SPAN)
    here = place(latitude_deg=where[0], longitude_deg=where[1])
    found = view_windows(
        here, body=body, visible_part=part, mast_height_m=2.0, span_s=span, sky=sky(),
        step_s=7200.0,
    )  # fmt: skip
    assert found.total_s / (span[1] - span[0]) == pytest.approx(share, abs=HALF_DIGIT)


def test_longest_outage_of_earth_against_spice():
    span = span_tdb_s(*SPAN)
    found = view_windows(
        place(), body=EARTH, visible_part="half", mast_height_m=2.0, span_s=span, sky=sky(),
        step_s=7200.0,
    )  # fmt: skip
    outage_d = found.within(*span).longest_s / 86400.0
    assert outage_d == pytest.approx(16.0, abs=0.05 + 1.0 / 24.0)
    assert np.all(found.duration_s > 0.0)
