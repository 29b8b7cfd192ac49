"""Batched regolith columns: same whatever the batch, converged in layers, steps and cycles."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.moon.column import DEPTHS_M, layers, run_columns
from ilrs.moon.heat import sunlight_absorbed_w_m2

DAY_S = 29.530589 * 86400.0
EMITTED = 0.95 * 5.670374419e-8


def lunar_day_w_m2(steps: int, latitudes_deg: list[float]) -> np.ndarray:
    """Absorbed sunlight of a lunar day at 1 au, (steps, latitudes)."""
    turn = 2.0 * np.pi * (np.arange(steps)[:, None] + 0.5) / steps
    elevation = np.degrees(np.arcsin(np.cos(np.radians(latitudes_deg)) * np.cos(turn)))
    return sunlight_absorbed_w_m2(1361.0, elevation)


def test_pixels_do_not_depend_on_their_neighbours() -> None:
    """Batches of 16 work together; 35 pixels leave the last batch unfilled."""
    heat = lunar_day_w_m2(200, list(np.linspace(0.0, 85.0, 35)))
    together = run_columns(heat, step_s=DAY_S / 200)
    for pixel in (0, 17, 34):
        alone = run_columns(heat[:, [pixel]], step_s=DAY_S / 200, most_cycles=60)
        assert np.abs(alone.kept_k[:, 0, 0] - together.kept_k[:, 0, pixel]).max() < 0.02
        assert np.abs(alone.mean_k[:, 0] - together.mean_k[:, pixel]).max() < 0.02


# 31 layers against 245 (0.4 mm at the top, each 2 % thicker), from the equator to 88 degrees. The
# discretisation is of second order; thickness over depth is 0.2 in one and 0.02 in the other, so
# the finer one's own error is a hundredth. Asked: a tenth of the 5 K of the published checks.
def test_31_layers_are_as_good_as_245() -> None:
    heat = lunar_day_w_m2(709, [0.0, 45.0, 88.0])
    fine = layers(first_m=0.0004, growth=1.02)
    assert DEPTHS_M.size == 32 and fine.depth_m.size > 240
    coarse_run = run_columns(heat, step_s=DAY_S / 709)
    fine_run = run_columns(heat, step_s=DAY_S / 709, cut=fine)
    assert np.abs(coarse_run.kept_k[:, 0] - fine_run.kept_k[:, 0]).max() < 0.5
    for pixel in range(3):
        at_depth = np.interp(DEPTHS_M, fine.depth_m, fine_run.mean_k[:, pixel])
        assert np.abs(at_depth - coarse_run.mean_k[:, pixel]).max() < 0.5


# float32 carries 7 digits: half a unit in the last place of 400 K is 1.5e-5 K; heat of 1200 W/m2 is
# rounded by 6e-5, which moves the surface by less than 1e-4 K.
def test_single_precision_at_the_door_costs_nothing() -> None:
    heat = lunar_day_w_m2(200, [0.0, 70.0])
    double = run_columns(heat, step_s=DAY_S / 200)
    single = run_columns(heat.astype(np.float32), step_s=DAY_S / 200)
    assert single.kept_k.dtype == np.float32 and double.kept_k.dtype == np.float64
    assert np.abs(single.kept_k - double.kept_k).max() < 2e-4


def test_a_series_in_two_parts_is_the_series_in_one() -> None:
    heat = lunar_day_w_m2(100, [10.0, 60.0])
    start = np.full((DEPTHS_M.size, 2), 250.0)
    once = {"step_s": DAY_S / 100, "most_cycles": 1}
    whole = run_columns(heat, start_k=start, **once)
    first = run_columns(heat[:40], start_k=start, **once)
    second = run_columns(heat[40:], start_k=first.end_k, **once)
    assert np.array_equal(np.concatenate([first.kept_k, second.kept_k]), whole.kept_k)
    assert np.array_equal(second.end_k, whole.end_k)
    assert np.array_equal(whole.cycles, [1, 1])


# What is radiated is what comes in: exact for implicit steps in a column that repeats itself, but
# for 0.02 K that a cycle may still store: below 1e-4 of the heat of a lunar day.
def test_energy_closes_in_every_column() -> None:
    heat = lunar_day_w_m2(709, [0.0, 30.0, 75.0])
    surface = run_columns(heat, step_s=DAY_S / 709).kept_k[:, 0]
    assert (EMITTED * surface**4).mean(axis=0) == pytest.approx(heat.mean(axis=0) + 0.018, rel=2e-4)


def test_statistics_are_those_of_the_temperatures() -> None:
    heat = lunar_day_w_m2(300, [20.0])
    run = run_columns(heat, step_s=DAY_S / 300, longest_step_s=DAY_S, depths_kept=DEPTHS_M.size)
    assert np.allclose(run.mean_k, run.kept_k.mean(axis=0))  # one inner step: ends are means
    assert np.allclose(run.coldest_k, run.kept_k.min(axis=0))
    assert np.allclose(run.hottest_k, run.kept_k.max(axis=0))


def test_layers_reach_the_depth_asked() -> None:
    cut = layers(first_m=0.01, growth=1.5, deepest_m=1.0)
    assert cut.thickness_m[:-1].sum() < 1.0 <= cut.thickness_m.sum()
    assert cut.depth_m[0] == 0.0 and cut.depth_m[1] == 0.005


def test_message_when_the_heat_is_no_table() -> None:
    with pytest.raises(IlrsError) as caught:
        run_columns(np.zeros(3), step_s=60.0)
    assert str(caught.value) == (
        "the absorbed heat has 3 value(s), 60 s apart; at least one value from 0 to 2000 W/m2 and a"
        " step longer than 0 s are needed, as steps x pixels. Give the heat that the ground takes"
        " up from the Sun and the terrain around it."
    )
