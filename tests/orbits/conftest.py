"""A still Moon with Earth on a circle: the smallest sky in which orbits have closed forms."""

import numpy as np
import pytest

from ilrs.sky.kernels import Ephemeris, open_ephemeris


class CircularEphemeris:
    """Earth 384,400 km from the Moon, once round in 27.321661 d, tilted about x by 6.7 deg."""

    def position_km(self, target: int, centre: int, tdb_s: np.ndarray) -> np.ndarray:
        assert (target, centre) == (399, 301)
        angle = 2 * np.pi * np.asarray(tdb_s) / (27.321661 * 86400.0)
        tilt = np.radians(6.7)
        towards = [np.cos(angle), np.sin(angle) * np.cos(tilt), np.sin(angle) * np.sin(tilt)]
        return 384_400.0 * np.stack(towards, axis=-1)


class StillOrientation:
    """A Moon that does not turn, its axes those of the ICRF."""

    def matrices(self, tdb_s: np.ndarray) -> np.ndarray:
        return np.broadcast_to(np.eye(3), (np.size(tdb_s), 3, 3))


@pytest.fixture
def ephemeris() -> CircularEphemeris:
    return CircularEphemeris()


@pytest.fixture
def orientation() -> StillOrientation:
    return StillOrientation()


@pytest.fixture(scope="session")
def ephemeris_de440() -> Ephemeris:
    return open_ephemeris()
