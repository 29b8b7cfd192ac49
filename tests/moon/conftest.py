"""Made-up ground with a known shape, and the real data that may lie beside the checkout."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ilrs.moon.grid import Grid
from ilrs.moon.terrain import Terrain, read_terrain
from ilrs.sky.sky import Sky, open_sky


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of real data; tests that need it are skipped where it is absent."""
    folder = Path(__file__).parents[2].parent / "shared"
    if not (folder / "data" / "terrain").is_dir():
        pytest.skip("the folder ../shared with the real lunar data is not here")
    return folder


@pytest.fixture(scope="session")
def lola(shared: Path) -> list[Terrain]:
    """The three nested grids of real terrain, finest first."""
    names = ("connecting_ridge_40m.tif", "shackleton_ridge_200m.tif", "LDEM_4.LBL")
    return [read_terrain(shared / "data" / "terrain" / name) for name in names]


@pytest.fixture(scope="session")
def sky() -> Sky:
    """DE440 and the integrated orientation of DE421."""
    return open_sky()


@pytest.fixture
def ground() -> Callable[..., Terrain]:
    """Maker of square terrain around the south pole from a function of x and y (metres)."""

    def make(
        shape: Callable[[Any, Any], Any], *, pixels: int = 201, pixel_m: float = 100.0, **grid: Any
    ) -> Terrain:
        half_m = 0.5 * pixels * pixel_m
        placed = Grid(
            rows=pixels, columns=pixels, pixel_m=pixel_m, west_m=-half_m, north_m=half_m,
            **{"projection": "south polar stereographic", **grid},
        )  # fmt: skip
        middle = (np.arange(pixels) + 0.5) * pixel_m - half_m
        x, y = np.meshgrid(middle, -middle)
        heights = np.broadcast_to(np.asarray(shape(x, y), dtype=np.float32), x.shape).copy()
        return Terrain(name="made", grid=placed, heights_m=heights)

    return make
