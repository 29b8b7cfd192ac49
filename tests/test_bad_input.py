"""What bad input gets: the whole message, exit code 2, and nothing half-written."""

import errno
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
import rasterio
from click.testing import CliRunner, Result
from rasterio.transform import from_origin

from ilrs.cli import main
from ilrs.study import output

MOON_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=1737400 +units=m +no_defs"
MARS_SOUTH = "+proj=stere +lat_0=-90 +lon_0=0 +k=1 +R=3396190 +units=m +no_defs"


@pytest.fixture
def ilrs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Result]:
    """Runs the command line in an empty folder."""
    monkeypatch.chdir(tmp_path)
    return lambda *words: CliRunner().invoke(main, list(words))


def write(path: Path, text: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")


def refused(result: Result, message: str) -> None:
    """The command said just this, answered 2, and left no run behind."""
    assert result.stderr.replace("ilrs: reading and checking the files\n", "") == message
    assert result.exit_code == 2
    assert not list(Path("ilrs-runs").glob("**/*")) if Path("ilrs-runs").exists() else True


def dem(path: Path, crs: str, heights: np.ndarray) -> None:
    """A GeoTIFF of 40 m pixels around the reference site."""
    size = heights.shape[0]
    with rasterio.open(
        path, "w", driver="GTiff", width=size, height=size, count=1, dtype="float32", crs=crs,
        transform=from_origin(-20 * size - 2500, 20 * size - 6000, 40, 40),
    ) as file:  # fmt: skip
        file.write(heights.astype("float32"), 1)
