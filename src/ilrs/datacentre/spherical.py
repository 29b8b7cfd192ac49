"""How places on a sphere meet and lie within one another, exactly: in compiled loops.

A place is taken apart into points and arcs. Every boundary is arcs of circles on the sphere, each
circle an axis and an angle from it: great circles for edges and meridians, smaller ones for
parallels and circles. Two places meet where a point of one lies in the other or their arcs cross;
a touch counts. One lies within the other where all its points do and all pieces of its arcs between
crossings, and no boundary of the other runs inside it. Positions count as equal when less than
1e-11 rad apart, 0.02 mm on the Moon.
"""

import math
from typing import Any

import numba
import numpy as np

from ilrs.datacentre.packing import BOX, CIRCLE, POINT, POLYGON, SEVERAL, TRACK, pack
from ilrs.datacentre.place import Place

__all__ = ["bounds_of", "bounds_xyz", "intersects", "lie", "lies", "taken_apart", "within", "xyz"]

_CLOSE = 1e-11  # rad
_SHORT, _LONG, _FULL = 0.0, 1.0, 2.0  # arcs up to half a circle, more than half, a whole one


def intersects(a: Place, b: Place) -> bool:
    """Whether two places have a point in common."""
    return _lies(a, b, False)


def within(a: Place, b: Place) -> bool:
    """Whether all of `a` lies in `b`."""
    return _lies(a, b, True)


def _lies(place: Place, asked: Place, is_within: bool) -> bool:
    packed, one = pack(place), np.zeros(1, dtype=np.int64)
    return bool(lie(pack(asked), packed, one + len(packed), one, is_within)[0])


@numba.njit(cache=True, error_model="numpy", nogil=True)
def lie(asked: Any, numbers: Any, ends: Any, rows: Any, is_within: bool) -> Any:
    """Of each of these rows whether its place meets a packed one, or lies within it.

    Places are packed one after the other in `numbers`, each up to its end; one without numbers is
    no place, and does neither.
    """
    apart = taken_apart(asked)
    told = np.empty(len(rows), dtype=np.bool_)
    for k in range(len(rows)):
        told[k] = lies(apart, numbers, ends, rows[k], is_within)
    return told


@numba.njit(cache=True, error_model="numpy", nogil=True)
def lies(asked: Any, numbers: Any, ends: Any, row: int, is_within: bool) -> bool:
    """Whether one row's place meets a place that is taken apart, or lies within it."""
    begin = 0 if row == 0 else ends[row - 1]
    return begin < ends[row] and _meets_or_within(asked, numbers[begin : ends[row]], is_within)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def bounds_of(numbers: Any, ends: Any) -> Any:
    """Least and greatest x, y and z of places packed one after the other, shape (…, 6).

    Where one has no numbers the least is above the greatest.
    """
    bounds, begin = np.empty((len(ends), 6)), 0
    for k in range(len(ends)):
        if begin == ends[k]:
            bounds[k, ::2], bounds[k, 1::2] = 2.0, -2.0
        else:
            bounds[k] = bounds_xyz(numbers[begin : ends[k]])
        begin = ends[k]
    return bounds


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _meets_or_within(asked: Any, packed: Any, is_within: bool) -> bool:
    """Whether a packed place meets one that is taken apart, or lies within it."""
    stored = taken_apart(packed)
    for k in range(len(stored[0])):
        found = False
        for j in range(len(asked[0])):
            if is_within:
                found = _part_within(stored, k, asked, j)
            else:
                found = _parts_meet(stored, k, asked, j)
            if found:
                break
        if found != is_within:
            return found
    return is_within


# --- a place taken apart: kinds, heads, points and arcs of its parts ------------------------------


@numba.njit(cache=True, error_model="numpy", nogil=True)
def taken_apart(packed: Any) -> Any:
    """Kinds (parts), heads (parts, 10), points (…, 3) and arcs (…, 11) with where they begin.

    An arc is an axis (3), the angle from it, its first point (3), its last one counterclockwise
    about the axis (3), and how long it is. A head is what its area needs: a circle's middle and
    chord; a box's west, width, south and north; a polygon's middle and two axes across it.
    """
    parts = int(packed[1]) if packed[0] == SEVERAL else 1
    room = len(packed) // 2 + 4 * parts
    kinds, heads = np.empty(parts, dtype=np.int64), np.zeros((parts, 10))
    points, arcs = np.empty((room, 3)), np.empty((room, 11))
    begins = np.zeros((parts + 1, 2), dtype=np.int64)
    at = 2 if packed[0] == SEVERAL else 0
    for k in range(parts):
        part = packed
        if packed[0] == SEVERAL:
            part = packed[at + 1 : at + 1 + int(packed[at])]
            at += 1 + len(part)
        kind = int(part[0])
        p, a = begins[k, 0], begins[k, 1]
        if kind == CIRCLE and part[3] * math.pi / 180.0 < _CLOSE:
            kind = POINT
        kinds[k] = kind
        if kind == POINT:
            points[p] = xyz(part[1], part[2])
            p += 1
        elif kind == CIRCLE:
            p, a = _circle(part, heads[k], points, arcs, p, a)
        elif kind == BOX:
            p, a = _box(part, heads[k], points, arcs, p, a)
        elif kind == TRACK:
            p, a = _path(part[2:], int(part[1]), points, arcs, p, a)
        else:
            p, a = _polygon(part, heads[k], points, arcs, p, a)
        begins[k + 1, 0], begins[k + 1, 1] = p, a
    return kinds, heads, points, arcs, begins


@numba.njit(cache=True, error_model="numpy", nogil=True)
def xyz(longitude_deg: float, latitude_deg: float) -> Any:
    longitude, latitude = longitude_deg * math.pi / 180.0, latitude_deg * math.pi / 180.0
    cosine = math.cos(latitude)
    return cosine * math.cos(longitude), cosine * math.sin(longitude), math.sin(latitude)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _dot(a: Any, b: Any) -> Any:
    return a[0] * b[0] + a[1] * b[1] + a[2] * b[2]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _cross(a: Any, b: Any) -> Any:
    return a[1] * b[2] - a[2] * b[1], a[2] * b[0] - a[0] * b[2], a[0] * b[1] - a[1] * b[0]


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _apart(a: Any, b: Any) -> Any:
    """Length of the chord between two points."""
    x, y, z = a[0] - b[0], a[1] - b[1], a[2] - b[2]
    return math.sqrt(x * x + y * y + z * z)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _set_arc(arc: Any, axis: Any, radius: float, first: Any, last: Any, length: float) -> None:
    for i in range(3):
        arc[i], arc[4 + i], arc[7 + i] = axis[i], first[i], last[i]
    arc[3], arc[10] = radius, length


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _circle(part: Any, head: Any, points: Any, arcs: Any, p: int, a: int) -> Any:
    middle, radius = xyz(part[1], part[2]), part[3] * math.pi / 180.0
    points[p] = middle
    head[0], head[1], head[2], head[3] = middle[0], middle[1], middle[2], 2.0 * math.sin(radius / 2)
    if radius > math.pi - _CLOSE:
        return p + 1, a
    side = _cross(middle, (1.0, 0.0, 0.0) if abs(middle[0]) < 0.6 else (0.0, 1.0, 0.0))
    size, sine, cosine = math.sqrt(_dot(side, side)), math.sin(radius), math.cos(radius)
    rim = (
        cosine * middle[0] + sine * side[0] / size,
        cosine * middle[1] + sine * side[1] / size,
        cosine * middle[2] + sine * side[2] / size,
    )
    _set_arc(arcs[a], middle, radius, rim, rim, _FULL)
    return p + 1, a + 1


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _box(part: Any, head: Any, points: Any, arcs: Any, p: int, a: int) -> Any:
    west, south, width, north = part[1], part[2], part[3] - part[1], part[4]
    if width < 0.0:
        width %= 360.0
    degree = math.pi / 180.0
    is_full = width >= 360.0
    head[0], head[1] = west * degree, (2.0 * math.pi if is_full else width * degree)
    head[2], head[3] = south * degree, north * degree
    for longitude in (west, west + width):
        low, high = xyz(longitude, south), xyz(longitude, north)
        points[p] = low
        points[p + 1] = high
        p += 2
        if not is_full and (north - south) * degree > _CLOSE:
            axis = (math.sin(longitude * degree), -math.cos(longitude * degree), 0.0)
            _set_arc(arcs[a], axis, math.pi / 2.0, low, high, _SHORT)
            a += 1
    for latitude in (south, north):
        if width > 0.0 and 90.0 - abs(latitude) > 1e-10:
            length = _FULL if is_full else (_LONG if width > 180.0 else _SHORT)
            radius = (90.0 - latitude) * degree
            first, last = xyz(west, latitude), xyz(west + width, latitude)
            _set_arc(arcs[a], (0.0, 0.0, 1.0), radius, first, last, length)
            a += 1
    return p, a


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _path(numbers: Any, count: int, points: Any, arcs: Any, p: int, a: int) -> Any:
    """Points of a path of so many positions, and the great-circle arcs between them."""
    for k in range(count):
        points[p] = xyz(numbers[2 * k], numbers[2 * k + 1])
        if k > 0:
            s, e = points[p - 1], points[p]
            # (s - e) x (s + e) is 2 s x e, and keeps its digits where the two are near
            axis = _cross((s[0] - e[0], s[1] - e[1], s[2] - e[2]),
                          (s[0] + e[0], s[1] + e[1], s[2] + e[2]))  # fmt: skip
            size = math.sqrt(_dot(axis, axis))
            if size > _CLOSE:
                axis = (axis[0] / size, axis[1] / size, axis[2] / size)
                _set_arc(arcs[a], axis, math.pi / 2.0, s, e, _SHORT)
                a += 1
        p += 1
    return p, a


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _polygon(part: Any, head: Any, points: Any, arcs: Any, p: int, a: int) -> Any:
    rings = int(part[1])
    at, begin = 2 + rings, p
    for ring in range(rings):
        count = int(part[2 + ring])
        p, a = _path(part[at:], count, points, arcs, p, a)
        at += 2 * count
        if ring == 0:
            for k in range(begin + 1, p):
                for i in range(3):
                    head[i] += points[k, i]
    size = math.sqrt(_dot(head, head))
    for i in range(3):
        head[i] /= size
    side = _cross(head, (1.0, 0.0, 0.0) if abs(head[0]) < 0.6 else (0.0, 1.0, 0.0))
    size = math.sqrt(_dot(side, side))
    head[3], head[4], head[5] = side[0] / size, side[1] / size, side[2] / size
    head[6], head[7], head[8] = _cross(head[:3], head[3:6])
    return p, a


# --- a point in a part, a point on an arc, two arcs -----------------------------------------------


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _covers(place: Any, k: int, point: Any, slack: float) -> Any:
    """Whether a part covers a point: its edge too where `slack` is positive, not where negative."""
    kind, head = place[0][k], place[1][k]
    if kind == CIRCLE:
        return _apart(head, point) <= head[3] + slack
    if kind == BOX:
        return _box_covers(head, point, slack)
    if slack > 0.0 and kind != POLYGON:
        for i in range(place[4][k, 0], place[4][k + 1, 0]):
            if _apart(place[2][i], point) <= slack:
                return True
    ahead = _dot(head, point)
    if kind == POLYGON and ahead <= 0.0:
        return False
    is_inside = False
    u, v = 0.0, 0.0
    if kind == POLYGON:
        u, v = _dot(head[3:6], point) / ahead, _dot(head[6:9], point) / ahead
    for i in range(place[4][k, 1], place[4][k + 1, 1]):
        arc = place[3][i]
        if _is_on(arc, point):
            return slack > 0.0
        if kind == POLYGON:
            # Seen from the middle of the sphere on a plane, great circles are straight lines.
            s, e = arc[4:7], arc[7:10]
            ds, de = _dot(head, s), _dot(head, e)
            vs, ve = _dot(head[6:9], s) / ds, _dot(head[6:9], e) / de
            if (vs > v) != (ve > v):
                us, ue = _dot(head[3:6], s) / ds, _dot(head[3:6], e) / de
                is_inside ^= u < (ue - us) * (v - vs) / (ve - vs) + us
    return is_inside


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _box_covers(head: Any, point: Any, slack: float) -> Any:
    west, width, south, north = head[0], head[1], head[2], head[3]
    across = math.hypot(point[0], point[1])
    latitude = math.atan2(point[2], across)
    half = math.pi / 2.0
    if latitude < south - slack and south > -half + _CLOSE:
        return False
    if latitude > north + slack and north < half - _CLOSE:
        return False
    if width >= 2.0 * math.pi:
        return True
    if across <= _CLOSE:
        return slack > 0.0
    east = (math.atan2(point[1], point[0]) - west) % (2.0 * math.pi)
    spare = slack / across
    return (
        east <= width + spare
        and (east >= -spare or slack > 0.0)
        or (slack > 0.0 and east >= 2.0 * math.pi - spare)
    )


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _is_on(arc: Any, point: Any) -> Any:
    away = math.sin(arc[3]) * _CLOSE + 4e-16  # what rounding leaves where a circle is small
    return abs(_dot(arc, point) - math.cos(arc[3])) <= away and _is_along(arc, point)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _is_along(arc: Any, point: Any) -> Any:
    """Whether a point of an arc's circle lies between its ends."""
    if arc[10] == _FULL:
        return True
    spare = math.sin(arc[3]) * _CLOSE
    after, before = _dot(arc, _cross(arc[4:7], point)), _dot(arc, _cross(point, arc[7:10]))
    if arc[10] == _SHORT:
        return after >= -spare and before >= -spare
    return after >= -spare or before >= -spare


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _crossings(a: Any, b: Any, found: Any) -> int:
    """How many points two arcs share; the points, at most four, in `found`.

    The spherical triangle of the two axes and a crossing has the sides r, q and the angle between
    the axes: half-angle formulas give its angle at the first axis to the last digit.
    """
    r, q = a[3], b[3]
    if a[10] == _SHORT and b[10] == _SHORT and r == q and r == math.pi / 2.0:
        first, last = _dot(a, b[4:7]), _dot(a, b[7:10])
        if (first > _CLOSE and last > _CLOSE) or (first < -_CLOSE and last < -_CLOSE):
            return 0
    w = _cross(a, b)
    sine = math.sqrt(_dot(w, w))
    between = math.atan2(sine, _dot(a, b))
    if between < _CLOSE or between > math.pi - _CLOSE:
        return _shared_ends(a, b, found, abs(r - (q if between < 1.0 else math.pi - q)))
    s = (r + q + between) / 2.0
    least = min(s - r, s - q, s - between, math.pi - s)
    if least < -_CLOSE:
        return 0
    above = max(math.sin(s - r), 0.0) * max(math.sin(s - between), 0.0)
    below = max(math.sin(s), 0.0) * max(math.sin(s - q), 0.0)
    angle = 2.0 * math.atan2(math.sqrt(above), math.sqrt(below))
    side = (w[0] / sine, w[1] / sine, w[2] / sine)
    ahead = _cross(side, a)
    count = 0
    for turn in (angle, -angle):
        x, y = math.sin(r) * math.cos(turn), math.sin(r) * math.sin(turn)
        for i in range(3):
            found[count, i] = math.cos(r) * a[i] + x * ahead[i] + y * side[i]
        if _is_along(a, found[count]) and _is_along(b, found[count]):
            count += 1
    return count


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _shared_ends(a: Any, b: Any, found: Any, gap: float) -> int:
    """Ends that arcs of one and the same circle share."""
    if gap > _CLOSE:
        return 0
    count = 0
    for arc, other in ((a, b), (b, a)):
        for begin in (4, 7):
            if _is_along(other, arc[begin : begin + 3]):
                found[count] = arc[begin : begin + 3]
                count += 1
    return count


# --- two parts ------------------------------------------------------------------------------------


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _parts_meet(a: Any, k: int, b: Any, j: int) -> Any:
    for i in range(a[4][k, 0], a[4][k + 1, 0]):
        if _covers(b, j, a[2][i], _CLOSE):
            return True
    for i in range(b[4][j, 0], b[4][j + 1, 0]):
        if _covers(a, k, b[2][i], _CLOSE):
            return True
    if a[0][k] == CIRCLE and b[0][j] == CIRCLE:
        radius, other = math.asin(a[1][k, 3] / 2.0), math.asin(b[1][j, 3] / 2.0)
        apart = math.asin(min(_apart(a[1][k], b[1][j]) / 2.0, 1.0))
        return 2.0 * apart <= 2.0 * radius + 2.0 * other + _CLOSE
    found = np.empty((4, 3))
    for i in range(a[4][k, 1], a[4][k + 1, 1]):
        for n in range(b[4][j, 1], b[4][j + 1, 1]):
            if _crossings(a[3][i], b[3][n], found) > 0:
                return True
    return False


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _part_within(a: Any, k: int, b: Any, j: int) -> bool:
    for i in range(a[4][k, 0], a[4][k + 1, 0]):
        if not _covers(b, j, a[2][i], _CLOSE):
            return False
    has_area = CIRCLE <= a[0][k] <= POLYGON
    if has_area and not CIRCLE <= b[0][j] <= POLYGON:
        return False
    return _all_pieces(a, k, b, j, True) and not (has_area and _all_pieces(b, j, a, k, False))


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _all_pieces(a: Any, k: int, b: Any, j: int, is_closed: bool) -> bool:
    """Whether all pieces of a part's arcs between crossings lie in another part.

    Not closed: whether any piece lies in its inside, off its edge.
    """
    found = np.empty((4, 3))
    turns = np.empty(4 * (b[4][j + 1, 1] - b[4][j, 1]) + 2)
    for i in range(a[4][k, 1], a[4][k + 1, 1]):
        arc = a[3][i]
        span = 2.0 * math.pi if arc[10] == _FULL else _turn(arc, arc[7:10])
        turns[0], turns[1] = 0.0, span
        count = 2
        for n in range(b[4][j, 1], b[4][j + 1, 1]):
            for m in range(_crossings(arc, b[3][n], found)):
                turns[count] = min(_turn(arc, found[m]), span)
                count += 1
        ordered = np.sort(turns[:count])
        for m in range(count - 1):
            if (ordered[m + 1] - ordered[m]) * math.sin(arc[3]) > 4.0 * _CLOSE:
                middle = _at_turn(arc, (ordered[m] + ordered[m + 1]) / 2.0)
                is_in = _covers(b, j, middle, _CLOSE if is_closed else -_CLOSE)
                if is_in != is_closed:
                    return not is_closed
    return is_closed


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _turn(arc: Any, point: Any) -> float:
    """How far along its circle a point lies from an arc's first one, 0 to 2 pi. [rad]"""
    cosine = math.cos(arc[3])
    ahead = _dot(arc[4:7], point) - cosine * cosine
    return math.atan2(_dot(arc, _cross(arc[4:7], point)), ahead) % (2.0 * math.pi)


@numba.njit(cache=True, error_model="numpy", nogil=True)
def _at_turn(arc: Any, turn: float) -> Any:
    cosine, side = math.cos(arc[3]), _cross(arc, arc[4:7])
    c, s = math.cos(turn), math.sin(turn)
    return (
        cosine * arc[0] * (1.0 - c) + arc[4] * c + side[0] * s,
        cosine * arc[1] * (1.0 - c) + arc[5] * c + side[1] * s,
        cosine * arc[2] * (1.0 - c) + arc[6] * c + side[2] * s,
    )


# --- the box around a place -----------------------------------------------------------------------


@numba.njit(cache=True, error_model="numpy", nogil=True)
def bounds_xyz(packed: Any) -> Any:
    """Least and greatest x, y and z of a packed place on the unit sphere, shape (6,)."""
    place = taken_apart(packed)
    least, most = np.full(3, 2.0), np.full(3, -2.0)
    parts = len(place[0])
    for i in range(place[4][parts, 0]):
        for axis in range(3):
            least[axis] = min(least[axis], place[2][i, axis])
            most[axis] = max(most[axis], place[2][i, axis])
    outward = np.empty(3)
    for i in range(place[4][parts, 1]):
        arc = place[3][i]
        begin, end = _cross(arc, arc[4:7]), _cross(arc, arc[7:10])
        for axis in range(3):
            if arc[10] == _SHORT and begin[axis] * end[axis] > 0.0:
                continue  # it rises or falls along the axis all the way
            # the two points of the circle farthest along the axis and against it
            across = math.sqrt(max(1.0 - arc[axis] * arc[axis], 0.0))
            for way in (1.0, -1.0):
                for n in range(3):
                    unit = 1.0 if n == axis else 0.0
                    outward[n] = math.cos(arc[3]) * arc[n]
                    if across > _CLOSE:
                        outward[n] += way * math.sin(arc[3]) * (unit - arc[axis] * arc[n]) / across
                if _is_along(arc, outward):
                    least[axis] = min(least[axis], outward[axis])
                    most[axis] = max(most[axis], outward[axis])
    tip = np.empty(3)
    for k in range(parts):
        for axis in range(3):
            tip[:] = 0.0
            tip[axis] = 1.0
            if _covers(place, k, tip, _CLOSE):
                most[axis] = 1.0
            tip[axis] = -1.0
            if _covers(place, k, tip, _CLOSE):
                least[axis] = -1.0
    bounds = np.empty(6)
    for axis in range(3):
        bounds[2 * axis] = least[axis] - 2.0 * _CLOSE
        bounds[2 * axis + 1] = most[axis] + 2.0 * _CLOSE
    return bounds
