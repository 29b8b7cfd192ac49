"""Bars of heat: how fast columns go, how near they come to what is published, and bowl craters."""

import time

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.heat import DAY_S, hill_views, lunar_day_w_m2
from ilrs.moon.cold_trap import equilibrium_temperature_k
from ilrs.moon.column import DEPTHS_M, layers, run_columns
from ilrs.moon.view_factors import received_w_m2, view_factors

STEPS, INNER_STEPS = 709, 4  # an hour each, in steps of 15 minutes
PIXELS = 1024
# Not installable: what its authors' documentation says of one cell and one lunar day.
HEAT1D = "heat1d 0.15-1.4 s per cell and day (published)"


@bar
def heat_column_rate() -> Bar:
    """Steps of a whole column per core-second; every cycle of the spin-up counts as work done."""
    heat = lunar_day_w_m2(STEPS, np.linspace(0.0, 85.0, PIXELS))
    run_columns(heat[:2], step_s=DAY_S / STEPS)  # compiles
    rates, per_day = [], []
    for _ in range(3):
        begin = time.process_time()
        run = run_columns(heat, step_s=DAY_S / STEPS)
        took = time.process_time() - begin
        rates.append(float(run.cycles.sum()) * STEPS * INNER_STEPS / took)
        per_day.append(took / PIXELS)
    note = (
        f"{DEPTHS_M.size - 1} layers; {1e3 * sorted(per_day)[1]:.2g} ms per cell, settled lunar day"
    )
    return Bar(
        "heat column, core-second", sorted(rates)[1] / 1e6, 4.0, "M steps", ">=", HEAT1D, note
    )


@bar
def heat_layers() -> Bar:
    """Farthest that 31 layers are from 245 thin ones, at any hour, from the equator to 88 deg."""
    heat = lunar_day_w_m2(STEPS, np.array([0.0, 30.0, 60.0, 88.0]))
    few, many = (
        run_columns(heat, step_s=DAY_S / STEPS, cut=cut).kept_k
        for cut in (layers(), layers(first_m=0.0004, growth=1.02))
    )
    return Bar("heat: 31 layers against 245", float(np.abs(few - many).max()), 0.5, "K", "<=")


@bar
def heat_published() -> Bar:
    """Farthest of the seven published checks: truth table T1 (two), T3 (two), T5 (three)."""
    hours = 24.0 * (np.arange(1417) + 0.5) / 1417
    days = [
        run_columns(
            lunar_day_w_m2(1417, np.array([latitude]), normal_albedo=albedo),
            step_s=DAY_S / 1417, depths_kept=DEPTHS_M.size,
        ).kept_k[:, :, 0]
        for latitude, albedo in ((0.0, 0.12), (26.0, 0.06))
    ]  # fmt: skip
    equator, mean = days[0][:, 0], days[1].mean(axis=0)
    night = equator[(hours > 6.0) & (hours < 18.0)]
    found = [equator.max(), night.min(), mean[0], np.interp(0.83, DEPTHS_M, mean)]
    found += list(np.interp([8.48, 12.48, 16.49], hours, equator))
    away = np.abs(np.array(found) - [385.0, 95.0, 211.0, 252.0, 107.5, 98.9, 94.1])
    note = "differences " + ", ".join(f"{value:.1f}" for value in away)
    return Bar("heat: seven published checks", float(away.max()), 5.0, "K", "<=", note=note)


@bar
def heat_bowl() -> Bar:
    """Shadowed floor of a bowl a fifth as deep as wide, Sun at 10 deg: Ingersoll et al. 1992."""
    pixels, radius, albedo, irradiance, elevation = 129, 49.6, 0.12, 1361.0, np.radians(10.0)
    depth = 0.4 * radius
    sphere = (radius**2 + depth**2) / (2.0 * depth)
    x, y = np.meshgrid(*[np.arange(pixels) - pixels // 2] * 2)
    out = np.hypot(x, y)
    floor = sphere - depth - np.sqrt(np.maximum(sphere**2 - out**2, 0.0))
    height = np.where(out < radius, floor, 0.0)
    towards = -(np.cos(elevation) * x + np.sin(elevation) * (height - sphere + depth))
    is_lit = (out < radius) & (height + 2.0 * towards * np.sin(elevation) >= 0.0)
    light = np.where(is_lit, irradiance * np.maximum(towards / sphere, 0.0), 0.0).reshape(1, -1)
    found = equilibrium_temperature_k(
        (1.0 - albedo) * light, albedo * light,
        views=view_factors(height, pixel_m=1.0), scattering_albedo=albedo,
    ).reshape(height.shape)  # fmt: skip
    share = 1.0 / (1.0 + 0.25 / 0.2**2)
    entering = irradiance * np.sin(elevation) * (1.0 - albedo)
    kept = share * (1.0 + albedo * (1.0 - share) / 0.95) / (1.0 - albedo * share)
    expected = (entering * kept / 5.670374419e-8) ** 0.25
    measured = float(found[~is_lit & (out < 0.8 * radius)].mean())
    note = f"{measured:.1f} K for {expected:.1f} K"
    error = abs(measured / float(expected) - 1.0)
    return Bar("heat: shadowed bowl", error, 0.013, "1", "<=", note=note)


@bar
def heat_exchange_rate() -> Bar:
    """Exchanges of infrared over 128 x 128 hills, against the full matrix of their view factors."""
    views = hill_views(128)
    leaving = np.ones((64, views.sky.size), dtype=np.float32)
    received_w_m2(views, leaving)
    begin = time.process_time()
    for _ in range(3):
        received_w_m2(views, leaving)
    took = (time.process_time() - begin) / (3 * 64)
    part = np.ones((256, views.sky.size), dtype=np.float32)
    begin = time.process_time()
    part @ leaving.T
    full = (time.process_time() - begin) * views.sky.size / (256 * 64)
    return Bar(
        "heat: exchange of 16384 facets", 1e3 * took, 5.0, "ms/step", "<=",
        peer=f"full matrix (numpy) {1e3 * full:.3g} ms",
        note=f"{views.seen.size / views.sky.size:.0f} factors per facet",
    )  # fmt: skip
