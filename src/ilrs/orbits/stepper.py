"""The integrator: DOP853 with its dense output as Chebyshev polynomials, in one compiled loop.

Dormand and Prince's pair of order 8 with the error estimate and the interpolant of order 7 by
Hairer, Norsett and Wanner (Solving Ordinary Differential Equations I, 2nd edition); the table is
scipy's (`builders/build_tableau.py`). A step in a 50 x 50 field costs 50 us, nearly all of it the
field.
"""

import csv
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev, polynomial

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.orbits.forces import Forces, acceleration, sunlit

__all__ = ["AT_END", "FULL", "LOST", "LOW", "room_for_steps", "steps"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: Why `steps` came back: at its end, no room left, near the ground, no step small enough.
AT_END, FULL, LOW, LOST = 0, 1, 2, 3

_STAGES = 12
_POLYNOMIALS = 8
_LEAST_STEP_S = 1e-6
# The error estimate takes forces for smooth and overlooks the edge of the Moon's shadow: steps that
# meet it are cut to this.
_EDGE_STEP_S = 4.0
_SAFETY, _LEAST_FACTOR, _MOST_FACTOR = 0.9, 0.2, 6.0


def _tableau() -> tuple[FloatArray, FloatArray, FloatArray, FloatArray]:
    """Nodes (16,), weights by row (16, 16), the two error rows (2, 13), the interpolant's (4, 16).

    Row 12 of the weights is the step itself; rows 13 to 15 serve the interpolant alone.
    """
    shapes = {"nodes": (1, 16), "weights": (16, 16), "errors": (2, 13), "dense": (4, 16)}
    tables = {name: np.zeros(shape) for name, shape in shapes.items()}
    lines = Path(__file__).with_name("dop853.csv").read_text(encoding="utf-8").splitlines()
    for row in csv.DictReader(line for line in lines if not line.startswith("#")):
        tables[row["table"]][int(row["row"]), int(row["column"])] = float(row["value"])
    return tables["nodes"][0], tables["weights"], tables["errors"], tables["dense"]


def _to_chebyshev() -> FloatArray:
    """Chebyshev coefficients over a step of what each row of the interpolant is multiplied by.

    Those factors are x, x (1 - x), x^2 (1 - x), ...: (7, 8).
    """
    factor, rows = np.array([1.0]), []
    for k in range(_POLYNOMIALS - 1):
        factor = polynomial.polymul(factor, [0.0, 1.0] if k % 2 == 0 else [1.0, -1.0])
        in_s = polynomial.Polynomial(factor)(polynomial.Polynomial([0.5, 0.5])).coef
        rows.append(np.pad(chebyshev.poly2cheb(in_s), (0, _POLYNOMIALS - 2 - k)))
    return np.array(rows)


_NODES, _WEIGHTS, _ERROR_ROWS, _DENSE = _tableau()
_CHEBYSHEV = _to_chebyshev()


def room_for_steps() -> tuple[FloatArray, ...]:
    """What `steps` works in: stages, a state tried, one between, places, rows of the interpolant.

    Made here, since a compiled function that makes arrays takes longer to compile.
    """
    return np.empty((16, 6)), np.empty(6), np.empty(6), np.empty(15), np.empty(_POLYNOMIALS - 1)


@compiled(makes_arrays=False)
def steps(
    forces: Forces,
    state: FloatArray,
    clock: FloatArray,
    end_s: float,
    tolerance: float,
    ceiling_m: float,
    room: tuple[FloatArray, ...],
    ends_s: FloatArray,
    coefficients: FloatArray,
) -> tuple[int, int]:
    """How many steps were made, and why they stopped there.

    `state` (6,) and `clock` (time from the origin, next step) are moved on in place. Each step
    leaves its end in `ends_s` and its polynomials, in the order of time, in `coefficients`
    (room, 6, 8). Stops after a step that may have come below `ceiling_m` from the Moon's centre.
    """
    k, trial, point, places, factors = room
    _derivative(forces, places, clock[0], state, k[0])
    light, count, most = _light(forces, places, state), 0, _MOST_FACTOR
    while count < ends_s.size:
        left, h = end_s - clock[0], clock[1]
        if abs(h) >= abs(left) * (1.0 - 1e-12):
            h = left
        elif 2.0 * abs(h) > abs(left):
            h = 0.5 * left  # two even steps to the end, not a long one and a sliver
        for stage in range(1, _STAGES + 1):  # the last one is the step's end
            _advance(state, k, stage, h, trial)
            _derivative(forces, places, clock[0] + _NODES[stage] * h, trial, k[stage])
        error = _error(state, k, h, tolerance)
        if not error <= 1.0:  # also where it is no number
            clock[1], most = h * _factor(error, 1.0), 1.0  # and no longer step right after it
            if abs(clock[1]) < _LEAST_STEP_S:
                return count, LOST
            continue
        light_then = _light(forces, places, trial)
        if light_then != light and abs(h) > _EDGE_STEP_S:
            clock[1], most = 0.5 * h, 1.0
            continue
        for stage in range(_STAGES + 1, 16):  # these serve the interpolant alone
            _advance(state, k, stage, h, point)
            _derivative(forces, places, clock[0] + _NODES[stage] * h, point, k[stage])
        _interpolant(state, trial, k, h, factors, coefficients[count])
        is_low = _lowest_m(state, trial, h) < ceiling_m
        clock[0] = end_s if h == left else clock[0] + h
        clock[1], most = h * _factor(error, most), _MOST_FACTOR
        light = light_then
        for c in range(6):
            state[c], k[0, c] = trial[c], k[_STAGES, c]
        ends_s[count] = clock[0]
        count += 1
        if is_low:
            return count, LOW
        if clock[0] == end_s:
            return count, AT_END
    return count, FULL


@compiled_part(makes_arrays=False)
def _light(forces: Forces, places: FloatArray, state: FloatArray) -> float:
    """Part of the Sun in view by the places of the last derivative; 1 where light does not act."""
    if forces.light == 0.0:
        return 1.0
    x, y, z = state[0], state[1], state[2]
    return float(sunlit(x - places[12], y - places[13], z - places[14], x, y, z))


@compiled_part(makes_arrays=False)
def _factor(error: float, most: float) -> float:
    """By how much the step changes, for an error of the eighth order."""
    if not error < np.inf:
        return _LEAST_FACTOR
    if error == 0.0:
        return most
    return float(min(max(_SAFETY * error ** (-0.125), _LEAST_FACTOR), most))


@compiled_part(makes_arrays=False, inline="always")
def _derivative(
    forces: Forces, places: FloatArray, elapsed_s: float, state: FloatArray, rate: FloatArray
) -> None:
    rate[0], rate[1], rate[2] = state[3], state[4], state[5]
    rate[3], rate[4], rate[5] = acceleration(
        forces, places, elapsed_s, state[0], state[1], state[2]
    )


@compiled_part(makes_arrays=False, fastmath={"contract"})
def _advance(state: FloatArray, k: FloatArray, stage: int, h: float, out: FloatArray) -> None:
    """The state from which a stage is evaluated."""
    for c in range(6):
        out[c] = 0.0
    for j in range(stage):
        weight = _WEIGHTS[stage, j]
        if weight != 0.0:
            for c in range(6):
                out[c] += weight * k[j, c]
    for c in range(6):
        out[c] = state[c] + h * out[c]


@compiled_part(makes_arrays=False)
def _error(state: FloatArray, k: FloatArray, h: float, tolerance: float) -> float:
    """Estimated error of a step over what is allowed; position and velocity by their size."""
    total5 = total3 = 0.0
    for half in range(2):
        size2 = part5 = part3 = 0.0
        for c in range(3 * half, 3 * half + 3):
            e5 = e3 = 0.0
            for j in range(_STAGES + 1):
                e5 += _ERROR_ROWS[0, j] * k[j, c]
                e3 += _ERROR_ROWS[1, j] * k[j, c]
            size2 += state[c] ** 2
            part5 += e5 * e5
            part3 += e3 * e3
        total5 += part5 / (size2 * tolerance**2)
        total3 += part3 / (size2 * tolerance**2)
    if total5 == 0.0:
        return 0.0
    return float(abs(h) * total5 / np.sqrt((total5 + 0.01 * total3) * 6.0))


@compiled_part(makes_arrays=False)
def _interpolant(
    before: FloatArray, after: FloatArray, k: FloatArray, h: float, f: FloatArray, row: FloatArray
) -> None:
    """The polynomials of a step over its span, from its earlier to its later end, into `row`."""
    for c in range(6):
        change = after[c] - before[c]
        f[0] = change
        f[1] = h * k[0, c] - change
        f[2] = 2.0 * change - h * (k[_STAGES, c] + k[0, c])
        for i in range(4):
            total = 0.0
            for j in range(16):
                total += _DENSE[i, j] * k[j, c]
            f[3 + i] = h * total
        for p in range(_POLYNOMIALS):
            total = 0.0
            for i in range(7):
                total += _CHEBYSHEV[i, p] * f[i]
            row[c, p] = -total if h < 0.0 and p % 2 else total
        row[c, 0] += before[c]


@compiled_part(makes_arrays=False)
def _lowest_m(before: FloatArray, after: FloatArray, h: float) -> float:
    """A bound from below of the distance from the Moon's centre within a step. [m]

    Where it falls and rises again, it is a convex function there and lies above its tangents.
    """
    r0 = np.sqrt(before[0] ** 2 + before[1] ** 2 + before[2] ** 2)
    r1 = np.sqrt(after[0] ** 2 + after[1] ** 2 + after[2] ** 2)
    rate0 = (before[0] * before[3] + before[1] * before[4] + before[2] * before[5]) / r0
    rate1 = (after[0] * after[3] + after[1] * after[4] + after[2] * after[5]) / r1
    lowest = min(r0, r1)
    if rate0 * h < 0.0 < rate1 * h:
        lowest = min(lowest, r0 + rate0 * (r1 - r0 - rate1 * h) / (rate0 - rate1))
    return float(lowest)
