"""Bars of terrain tools: slope and viewshed of 10^6 pixels, and a full polar product in memory.

Issue 3 sets no limit for these; the limits here are those that keep a region of a site study (10^6
pixels) within a few seconds of one core, and a 7624 x 7624 product far below 1 GB.
"""

import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np
import rasterio
from rasterio import Affine

from benchmarks.bar import Bar, bar
from benchmarks.moon import rough_terrain
from ilrs.moon import viewshed as rays
from ilrs.moon.relief import slope_map
from ilrs.moon.viewshed import viewshed

MAST = {"latitude_deg": -89.99, "longitude_deg": 30.0, "mast_height_m": 10.0}
# Linux counts a process's own peak as VmHWM; ru_maxrss would begin at its parent's.
_READ = """
import re, sys
from pathlib import Path
from ilrs.moon.terrain import read_terrain
def peak_mb():
    return int(re.search(r"VmHWM:\\s+(\\d+)", Path("/proc/self/status").read_text())[1]) / 1024
before = peak_mb()
read_terrain(Path(sys.argv[1]))
print(peak_mb() - before)
"""


def core_seconds(call: Callable[[], object], *, runs: int = 3) -> float:
    """Median processor time of a call over all cores, after one call that is not counted."""
    call()
    spent = []
    for _ in range(runs):
        begin = time.process_time()
        call()
        spent.append(time.process_time() - begin)
    return statistics.median(spent)


@bar
def slope_of_a_megapixel() -> Bar:
    """Slope and downslope azimuth of 1000 x 1000 pixels; numpy's gradient alone beside it."""
    terrain = rough_terrain(pixels=1000, pixel_m=20.0)
    peer = core_seconds(lambda: np.hypot(*np.gradient(terrain.heights_m, 20.0)))
    return Bar(
        "slope of a megapixel", core_seconds(lambda: slope_map(terrain)), 0.5, "core-s", "<=",
        peer=f"numpy.gradient without metric and azimuth {peer:.3f} core-s",
    )  # fmt: skip


@bar
def viewshed_of_a_megapixel() -> Bar:
    """What a 10 m mast sees of 1000 x 1000 pixels; the peer walks every pixel's own ray (R3)."""
    terrain = rough_terrain(pixels=1000, pixel_m=20.0)
    spent = core_seconds(lambda: viewshed([terrain], **MAST, target_height_m=2.0))
    swept = viewshed([terrain], **MAST, target_height_m=2.0)["is_visible"].values
    doubt, rays._DOUBT_PIXELS = rays._DOUBT_PIXELS, np.inf
    try:
        begin = time.process_time()
        walked = viewshed([terrain], **MAST, target_height_m=2.0)["is_visible"].values
        peer = time.process_time() - begin
    finally:
        rays._DOUBT_PIXELS = doubt
    wrong = 100.0 * float((swept != walked).mean())
    return Bar(
        "viewshed of a megapixel", spent, 5.0, "core-s", "<=",
        peer=f"R3, every ray walked: {peer:.1f} core-s",
        note=f"{wrong:.4f} % of pixels decided otherwise than by R3",
    )  # fmt: skip


@bar
def memory_of_a_polar_product() -> Bar:
    """Peak memory that reading a 7624 x 7624 map of 16-bit heights takes, imports not counted."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "polar.tif"
        profile = {
            "driver": "GTiff", "height": 7624, "width": 7624, "count": 1, "dtype": "int16",
            "crs": "IAU_2015:30135", "transform": Affine(120.0, 0, -457440.0, 0, -120.0, 457440.0),
        }  # fmt: skip
        with rasterio.open(path, "w", **profile) as sink:
            sink.write(
                (np.arange(7624 * 7624, dtype=np.int32) % 9000).astype("i2").reshape(1, 7624, 7624)
            )
            sink.scales = (0.5,)
        shown = subprocess.run(
            [sys.executable, "-c", _READ, str(path)], capture_output=True, text=True, check=True
        )
    return Bar(
        "memory of a polar product", float(shown.stdout), 440.0, "MB", "<=",
        peer=f"held as float64: {7624 * 7624 * 8 / 2**20:.0f} MB at least",
    )  # fmt: skip
