"""Bars of horizon maps: speed, error against brute force, memory, and a run that is killed."""

import hashlib
import random
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from benchmarks.bar import Bar, bar
from benchmarks.horizon_map import rough_ground
from ilrs.moon.horizon import horizon_profile
from ilrs.moon.horizon_map import block_codes, codes_to_deg, map_plan
from ilrs.moon.terrain import Terrain, read_terrain
from tests.moon.brute_force import brute_force_horizon_deg

REAL = (
    Path(__file__).parents[1].parent / "shared" / "data" / "terrain" / "shackleton_ridge_200m.tif"
)
# The large map's child: 4096 x 4096 pixels, 36 azimuths so that the disk holds it (1.2 GB) and a
# laptop finishes it; the memory of 360 azimuths is in docs/horizons.md.
CHILD = """
import sys
from pathlib import Path
from ilrs.moon import horizon_store
from ilrs.moon.grid import Grid
from ilrs.moon.terrain import Terrain
import numpy as np
heights = np.load(sys.argv[2])
half_m = 0.5 * 20.0 * heights.shape[0]
grid = Grid(rows=heights.shape[0], columns=heights.shape[1], pixel_m=20.0, west_m=-half_m,
            north_m=half_m, projection="south polar stereographic")
horizon_store.compute(
    Path(sys.argv[1]), [Terrain(name="rough", grid=grid, heights_m=heights)],
    observer_height_m=2.0, grid_azimuths_deg=36, chunk_px=512,
    progress=lambda done, every: print(done, flush=True),
)
status = Path("/proc/self/status").read_text().splitlines()  # ru_maxrss would count the parent's
print("peak", *(int(line.split()[1]) * 1024 for line in status if line.startswith("VmHWM")))
"""


@bar
def horizon_map_of_a_million_pixels() -> Bar:
    """Core-seconds on two cores for 10^6 pixels x 360 azimuths, from 3 x 36 azimuths' median."""
    ground = rough_ground(pixels=1000, pixel_m=200.0)
    whole = slice(0, 1000)
    walls, cores = [], []
    for run in range(4):  # the first compiles
        azimuths = np.arange(36) * 10.0 + run
        begin, cpu = time.perf_counter(), time.process_time()
        plan = map_plan([ground], observer_height_m=2.0, grid_azimuths_deg=azimuths)
        block_codes(plan, rows=whole, columns=whole)
        if run:
            walls.append(time.perf_counter() - begin)
            cores.append(time.process_time() - cpu)
    core_s = 10.0 * float(np.median(cores))
    return Bar(
        "horizon map, 1e6 px x 360 azimuths",
        0.5 * core_s,
        20.0,
        "s on 2 cores",
        "<=",
        f"ray march of single sites {_march_core_s(ground) / 2.0:.0f} s",
        f"({core_s:.1f} core-s, {360.0 / core_s:.1f} M pixel-azimuths per core-s,"
        f" wall {10.0 * float(np.median(walls)):.1f} s on this machine as it was)",
    )


def _march_core_s(ground: Terrain) -> float:
    """Core-seconds that `horizon_profile` would take for 1e6 pixels x 360 azimuths."""
    grid, rng = ground.grid, np.random.default_rng(1)
    spent = []
    for n in range(5):
        row, column = rng.integers(50, 950, 2)
        x_m = grid.west_m + (column + 0.5) * grid.pixel_m
        y_m = grid.north_m - (row + 0.5) * grid.pixel_m
        latitude, longitude = (float(value) for value in grid.locate(x_m, y_m))
        begin = time.process_time()
        horizon_profile(
            [ground], latitude_deg=latitude, longitude_deg=longitude, mast_heights_m=2.0,
            azimuths_deg=np.arange(360.0),
        )  # fmt: skip
        if n:
            spent.append(time.process_time() - begin)
    return 1e6 * float(np.median(spent))


@bar
def horizon_map_error_on_rough_ground() -> Bar:
    """99th percentile of the error against brute force, 18 deg rms slope."""
    return _error_bar("rough ground", rough_ground(pixels=512, pixel_m=200.0), 0.25)


@bar
def horizon_map_error_on_real_ground() -> Bar:
    """The same on the real 200 m grid."""
    if not REAL.exists():
        return Bar(
            "horizon map, p99 error, real 200 m", float("nan"), 0.1, "deg", "<=", "", "no data"
        )
    return _error_bar("real 200 m", read_terrain(REAL), 0.1)


def _error_bar(name: str, ground: Terrain, limit: float) -> Bar:
    errors = errors_deg(ground, samples=3000)
    middle, most, worst = np.percentile(errors, [50, 99, 100])
    note = f"(median {middle:.4f}, worst {worst:.2f} deg of 3000 rays)"
    return Bar(f"horizon map, p99 error, {name}", float(most), limit, "deg", "<=", "", note)


def errors_deg(ground: Terrain, *, samples: int) -> np.ndarray:
    """Map minus brute force at random pixels and azimuths, up to the outer edges of the terrain."""
    plan = map_plan([ground], observer_height_m=2.0, grid_azimuths_deg=72)
    grid, rng = ground.grid, np.random.default_rng(11)
    codes = block_codes(plan, rows=slice(0, grid.rows), columns=slice(0, grid.columns))
    pixel_m = grid.pixel_m
    distances_m = np.concatenate((
        np.geomspace(1.0, 5.0 * pixel_m, 700),
        np.arange(5.0 * pixel_m, 1.5 * grid.rows * pixel_m, 0.05 * pixel_m),
    ))  # fmt: skip
    errors = []
    for k in range(samples):
        row, column = rng.integers(1, grid.rows - 1, 2)
        x_m = grid.west_m + (column + 0.5) * pixel_m
        y_m = grid.north_m - (row + 0.5) * pixel_m
        latitude, longitude = (float(value) for value in grid.locate(x_m, y_m))
        azimuth = float(plan.grid_azimuths_deg[k % 72])
        turn = np.radians(azimuth - longitude)
        bearing = np.arctan2(np.sin(turn), -np.sin(np.radians(latitude)) * np.cos(turn))
        slow = brute_force_horizon_deg(
            [ground], latitude_deg=latitude, longitude_deg=longitude, mast_height_m=2.0,
            azimuths_deg=[np.degrees(bearing)],
            distances_m=distances_m,
        )  # fmt: skip
        errors.append(codes_to_deg(codes[k % 72, row, column]) - slow[0])
    return np.abs(errors)


@bar
def horizon_map_4096_in_memory() -> Bar:
    """Peak memory of a 4096 x 4096 map; killed and resumed it must have the same bytes."""
    with tempfile.TemporaryDirectory() as folder:
        heights = Path(folder) / "heights.npy"
        np.save(heights, rough_ground(pixels=4096, pixel_m=20.0).heights_m)
        whole, killed = Path(folder) / "whole.zarr", Path(folder) / "killed.zarr"
        begin = time.perf_counter()
        peak = _child(whole, heights)
        wall_s = time.perf_counter() - begin
        # After so many chunks (of 64) and some more milliseconds the child is killed: anywhere.
        _child(killed, heights, kill_after=random.randint(1, 30))
        peak = max(peak, _child(killed, heights))
        is_same = _bytes_of(whole) == _bytes_of(killed)
    note = "(killed and resumed: identical bytes" if is_same else "(bytes DIFFER after a kill"
    return Bar(
        "horizon map 4096^2 x 36, peak memory",
        peak / 1e9 if is_same else float("inf"),
        1.0,
        "GB",
        "<=",
        "",
        f"{note}; {wall_s:.0f} s)",
    )


def _child(path: Path, heights: Path, *, kill_after: int = 0) -> float:
    """Runs the child, to its end or to a random moment after some chunks; its peak memory."""
    command = [sys.executable, "-c", CHILD, str(path), str(heights)]
    last = "0"
    with subprocess.Popen(
        command, stdout=subprocess.PIPE, text=True, cwd=Path(__file__).parents[1]
    ) as child:
        assert child.stdout is not None
        for line in child.stdout:
            last = line
            if kill_after and line.strip() == str(kill_after):
                time.sleep(random.uniform(0.0, 1.5))
                child.kill()
                return 0.0
    return float(last.split()[-1]) if last.startswith("peak") else float("inf")


def _bytes_of(folder: Path) -> dict[str, str]:
    files = (path for path in sorted(folder.rglob("*")) if path.is_file())
    return {
        str(path.relative_to(folder)): hashlib.sha256(path.read_bytes()).hexdigest()
        for path in files
    }
