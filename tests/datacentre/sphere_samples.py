"""Places as clouds of points: another way to say how they meet, good to the clouds' spacing."""

import numpy as np
import numpy.typing as npt

from ilrs.datacentre.place import Box, Circle, Place, Point, Polygon, Position, Several, Track

Cloud = npt.NDArray[np.float64]
SPACING = 400  # points of one edge


def xyz(longitude_deg: npt.ArrayLike, latitude_deg: npt.ArrayLike) -> Cloud:
    east, north = np.radians(np.broadcast_arrays(longitude_deg, latitude_deg))
    return np.stack([np.cos(north) * np.cos(east), np.cos(north) * np.sin(east), np.sin(north)], -1)


def edges(points: tuple[Position, ...]) -> Cloud:
    """Great circles by normalised straight lines."""
    ends = xyz(*np.array(points).T)
    share = np.linspace(0.0, 1.0, SPACING)[:, None]
    lines = np.concatenate([a + share * (b - a) for a, b in zip(ends, ends[1:], strict=False)])
    return lines / np.linalg.norm(lines, axis=-1, keepdims=True)


def rim(place: Place) -> Cloud:
    """Points of the boundary, or of the place where it has no area."""
    if isinstance(place, Point):
        return xyz(place.longitude_deg, place.latitude_deg)[None]
    if isinstance(place, Track):
        return edges(place.points)
    if isinstance(place, Polygon):
        return np.concatenate([edges(ring) for ring in place.rings])
    if isinstance(place, Several):
        return np.concatenate([rim(part) for part in place.places])
    turn = np.linspace(0.0, 2.0 * np.pi, SPACING * 4)[:, None]
    if isinstance(place, Circle):
        middle = xyz(place.longitude_deg, place.latitude_deg)
        north = xyz(place.longitude_deg, place.latitude_deg + 90.0)
        radius = np.radians(place.radius_deg)
        across = np.cos(turn) * north + np.sin(turn) * np.cross(middle, north)
        return np.asarray(np.cos(radius) * middle + np.sin(radius) * across)
    assert isinstance(place, Box)
    share = np.linspace(0.0, 1.0, SPACING * 2)
    east = place.west_deg + share * place.width_deg
    north = place.south_deg + share * (place.north_deg - place.south_deg)
    sides = [xyz(east, place.south_deg), xyz(east, place.north_deg)]
    if place.width_deg < 360.0:
        sides += [xyz(place.west_deg, north), xyz(place.west_deg + place.width_deg, north)]
    return np.concatenate(sides)


def is_in(points: Cloud, place: Place) -> npt.NDArray[np.bool_]:
    """Which points lie in an area; in a polygon by the sum of the angles it is seen under."""
    if isinstance(place, Circle):
        middle = xyz(place.longitude_deg, place.latitude_deg)
        return np.asarray(np.arccos(np.clip(points @ middle, -1, 1)) < np.radians(place.radius_deg))
    if isinstance(place, Box):
        north = np.degrees(np.arcsin(np.clip(points[:, 2], -1, 1)))
        east = np.degrees(np.arctan2(points[:, 1], points[:, 0]))
        wide = (east - place.west_deg) % 360.0 <= place.width_deg
        return np.asarray(wide & (north >= place.south_deg) & (north <= place.north_deg))
    if isinstance(place, Polygon):
        inside = _around(points, place.rings[0])
        for hole in place.rings[1:]:
            inside &= ~_around(points, hole)
        return inside
    if isinstance(place, Several):
        return np.any([is_in(points, part) for part in place.places], axis=0)
    return np.zeros(len(points), dtype=bool)


def _around(points: Cloud, ring: tuple[Position, ...]) -> npt.NDArray[np.bool_]:
    corners = xyz(*np.array(ring).T)
    total = np.zeros(len(points))
    for a, b in zip(corners, corners[1:], strict=False):
        left, right = (c - points * (points @ c)[:, None] for c in (a, b))
        sine = np.einsum("ij,ij->i", points, np.cross(left, right))
        total += np.arctan2(sine, np.einsum("ij,ij->i", left, right))
    ahead = points @ corners[1:].sum(axis=0) > 0.0  # the far side is seen under the same angles
    return np.asarray((np.abs(total) > np.pi) & ahead)


def gap(a: Cloud, b: Cloud) -> float:
    """Shortest distance between two clouds. [rad]"""
    return float(np.sqrt(max(np.min(2.0 - 2.0 * a @ b.T), 0.0)))


def meet(a: Place, b: Place) -> bool:
    """Whether a point of one cloud lies in the other place: never so where they do not meet."""
    return bool(is_in(rim(a), b).any() or is_in(rim(b), a).any())


def lies_in(a: Place, b: Place) -> bool:
    """Whether no point tells that `a` is not in `b`."""
    return bool(is_in(rim(a), b).all() and not is_in(rim(b), a).any())
