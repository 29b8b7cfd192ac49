"""A rover with Yutu-2's published figures lives through its nights, and without its sleep does not.

Yutu-2 drives at most 200 m/h (sputnikglobe.com, 2021-12-10), hibernates through every lunar night,
and had travelled 345.059 m after 12 and 600.55 m after 25 lunar days (Xinhua, 2019-12-04 and
2020-12-22; read 2026-11-26). Day and night of 14.77 d each, as far from the poles.
"""

import numpy as np
import pytest

from ilrs.foundation.windows import Windows
from ilrs.operations.route import longest_life
from ilrs.operations.traverse import earliest, latest, lived_map, scene
from tests.operations.scenes import flat, light, vehicle

LUNATION_S = 29.530588861 * 86400.0
DAYS = 25


def lunar_days(row: int, column: int) -> Windows:
    return Windows((k * LUNATION_S, (k + 0.5) * LUNATION_S) for k in range(DAYS))


def yutu(**changes: str):  # type: ignore[no-untyped-def]
    told = {"speed": "200 m/h", "wait_power": "30 W", "sleep": "15 d", "wake": "24 h"}
    return vehicle(**(told | changes))


def made(rover):  # type: ignore[no-untyped-def]
    lit = light(1, 40, lunar_days, span_s=DAYS * LUNATION_S)
    return scene(flat(1, 40), lit, vehicle=rover, battery_wh=1000.0)


def test_with_its_sleep_it_lives_25_lunar_days_and_can_drive_what_it_drove() -> None:
    reach = earliest(made(yutu()), (0, 0), depart_s=0.0)
    assert reach.scene.stays.end[longest_life(reach)] == reach.scene.last
    arrival_s, _ = lived_map(reach, latest(reach.scene))
    assert arrival_s[0, round(600.55 / 40.0)] < DAYS * LUNATION_S
    # No farther than its greatest speed allows.
    drive_s = 40.0 * np.arange(40) / (200.0 / 3600.0)
    assert (arrival_s[0] >= drive_s - 1e-6).all()


def test_without_its_sleep_it_dies_in_the_first_night() -> None:
    reach = earliest(made(yutu(sleep="0 s", wake="0 s")), (0, 0), depart_s=0.0)
    end_s = 0.1 * reach.scene.stays.end[longest_life(reach)]
    assert end_s == pytest.approx(0.5 * LUNATION_S, abs=1.0)


def test_every_morning_it_drives_a_day_after_the_sun_has_come() -> None:
    starts = 0.1 * made(yutu()).drives.start[:DAYS]
    expected = [0.0, *(k * LUNATION_S + 86400.0 for k in range(1, DAYS))]
    np.testing.assert_allclose(starts, expected, atol=1.0)
