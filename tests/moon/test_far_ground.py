"""What nodes see along a line, from a growing hull of some samples, against all its samples."""

from collections.abc import Callable

import numpy as np
import pytest

from ilrs.moon.far_ground import NODE_PIXELS, add_bumps, look
from ilrs.moon.near_ground import NEAR_PIXELS

SAMPLES = 700


def rough(along: np.ndarray) -> np.ndarray:
    """Ground whose hull has few vertices, and whose horizon jumps from node to node."""
    return np.cumsum(np.random.default_rng(2).normal(0.0, 20.0, along.size))


def smooth(along: np.ndarray) -> np.ndarray:
    """A ball: every sample is a vertex."""
    return -1e-3 * (along - 300.0) ** 2


def hollow(along: np.ndarray) -> np.ndarray:
    """A bowl: only its ends are vertices."""
    return 1e-3 * (along - 300.0) ** 2


def gapped(along: np.ndarray) -> np.ndarray:
    """Rough ground that is not known for a while: -1e9 stands for none."""
    return np.where((along > 200) & (along < 330), -1e9, rough(along))


def rooms(count: int) -> tuple[np.ndarray, np.ndarray]:
    return np.empty(count, np.float32), np.empty(count, np.float32)


# A horizon's slope is found by comparing products in 32 bits: those of heights of 1 km and ways of
# 700 pixels are 0.06 apart, over a way of 64 pixels or more 0.06 / 64^2 = 1.5e-5 m per pixel.
# A slope that falls away from the last near sample has no bump: near steps see its beginning.
@pytest.mark.parametrize("ground", [rough, smooth, hollow, gapped])
def test_nodes_see_the_steepest_of_all_ground(ground: Callable[..., np.ndarray]) -> None:
    along = np.arange(SAMPLES, dtype=float)
    heights = ground(along).astype(np.float32)
    points = rooms(SAMPLES + 1)
    count = add_bumps(points, 0, heights, (0, 0, 1.0))
    nodes = SAMPLES // NODE_PIXELS
    eyes = (heights[::NODE_PIXELS][:nodes] + 2.0).astype(np.float32)
    eyes[eyes < -1e8] = 0.0
    seen = np.empty((nodes, 2), np.float32)
    look(seen, eyes, 0, (points[0][:count], points[1][:count]), rooms(count))
    checked = 0
    for k in range(nodes):
        here = float(k * NODE_PIXELS)
        ahead = (along > here) & (heights > -1e8)
        slope = (heights[ahead].astype(float) - eyes[k]) / (along[ahead] - here)
        is_near = along[ahead] <= here + NEAR_PIXELS
        if is_near.all():
            continue
        found = (float(seen[k, 1]) - float(eyes[k])) / (float(seen[k, 0]) - here)
        assert max(found, slope[is_near].max(initial=-np.inf)) >= slope.max() - 1.5e-5
        assert seen[k, 0] >= here + NEAR_PIXELS
        assert seen[k, 1] == heights[int(seen[k, 0])]  # a place there is
        checked += 1
    assert checked > 200


def test_a_node_that_sees_no_ground_sees_none() -> None:
    seen = np.empty((3, 2), np.float32)
    look(seen, np.zeros(3, np.float32), 0, (rooms(0)[0], rooms(0)[1]), rooms(1))
    assert (seen[:, 1] == -1e9).all()


def test_samples_behind_those_of_a_finer_level_are_left_out() -> None:
    points = rooms(20)
    count = add_bumps(points, 0, np.zeros(5, np.float32), (0, 0, 1.0))
    assert points[0][:count].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0]
    count = add_bumps(points, count, np.ones(4, np.float32), (0, 1, 3.0))
    assert points[0][:count].tolist() == [0.0, 1.0, 2.0, 3.0, 4.0, 6.0, 9.0, 12.0]
