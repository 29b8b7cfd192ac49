"""Columns of lunar regolith, many pixels at a time: temperatures under given heat at the surface.

Hayne et al. 2017 (10.1002/2017JE005387, appendix A): density and conductivity grow with depth,
conductivity and heat capacity with temperature. Heat flows up and down only; pixels are
independent. What a pixel absorbs (sunlight, light and heat of the terrain around) is the caller's.
"""

from concurrent.futures import ThreadPoolExecutor
from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

from ilrs.foundation.compiled import compiled, compiled_part
from ilrs.foundation.errors import IlrsError

__all__ = [
    "DEPTHS_M",
    "EMISSIVITY",
    "GEOTHERMAL_W_M2",
    "STEFAN_BOLTZMANN_W_M2_K4",
    "ColumnRun",
    "Layers",
    "layers",
    "run_columns",
]

FloatArray: TypeAlias = npt.NDArray[np.float64]

#: CODATA 2018.
STEFAN_BOLTZMANN_W_M2_K4 = 5.670374419e-8
#: Of regolith in the infrared, and the heat from below: Hayne et al. 2017, table A1.
EMISSIVITY, GEOTHERMAL_W_M2 = 0.95, 0.018
_DENSITY_SURFACE, _DENSITY_DEEP = 1100.0, 1800.0  # kg m-3
_CONDUCTIVITY_SURFACE, _CONDUCTIVITY_DEEP = 7.4e-4, 3.4e-3  # W m-1 K-1, without radiation
_RADIATIVE_SHARE, _RADIATIVE_K = 2.7, 350.0
_CAPACITY = (-3.6125, 2.7431, 2.3616e-3, -1.2340e-5, 8.9093e-9)  # J kg-1 K-1, powers of K
_EMITTED = EMISSIVITY * STEFAN_BOLTZMANN_W_M2_K4
_COLDEST_K = 20.0  # the capacity's polynomial was fitted above

_LANES = 16  # pixels worked on together; with 8 LLVM unrolls the loops and leaves them scalar
# Where each quantity begins in the row of a layer: temperature; what comes from below and how much
# of it the temperature takes back; conductance to the layer above, two coefficients; sums.
_T, _GAIN, _HELD, _UP, _ADD, _SHARE = (_LANES * n for n in range(6))
_FLOW, _STIFFNESS, _TOTAL, _LOW, _HIGH, _ROW = (_LANES * n for n in range(6, 12))
_SETTLED_K = 0.02
_SHARE_CORRECTED = 0.8
_MOST_HEAT_W_M2 = 2000.0


class Layers(NamedTuple):
    """A column cut into layers; temperatures stand at the surface and in their middles."""

    thickness_m: FloatArray
    depth_m: FloatArray  # of the temperatures: one more than there are layers


class ColumnRun(NamedTuple):
    """The last of the cycles that `run_columns` went through; every temperature in kelvin."""

    kept_k: Any  # means over each step: (steps, depths kept, pixels)
    mean_k: FloatArray  # over the cycle: (depths, pixels)
    coldest_k: FloatArray  # at the ends of the steps
    hottest_k: FloatArray
    end_k: FloatArray  # at the cycle's end; give it as `start_k` to go on
    cycles: npt.NDArray[np.int64]  # how many it took, per pixel


def layers(*, first_m: float = 0.002, growth: float = 1.2, deepest_m: float = 2.5) -> Layers:
    """Layers from `first_m` thick at the top, each `growth` times the one above, to `deepest_m`.

    The defaults: 2 mm where the wave of a lunar day falls off over 4 to 8 cm, down to nine skin
    depths of a year (0.27 m at 100 K); 31 layers. How far they are from many: docs/heat.md.
    """
    count = np.ceil(np.log1p((growth - 1.0) * deepest_m / first_m) / np.log(growth))
    thickness = np.asarray(first_m * growth ** np.arange(int(count), dtype=np.float64))
    edges = np.concatenate(([0.0], np.cumsum(thickness)))
    return Layers(thickness, np.concatenate(([0.0], 0.5 * (edges[1:] + edges[:-1]))))


_STANDARD = layers()
#: Depths of the standard column's temperatures: the surface, then the middle of each layer. [m]
DEPTHS_M = _STANDARD.depth_m


def run_columns(
    absorbed_w_m2: npt.ArrayLike,
    *,
    step_s: float,
    depth_scale_m: float = 0.06,
    geothermal_flow_w_m2: float = GEOTHERMAL_W_M2,
    cut: Layers = _STANDARD,
    start_k: npt.ArrayLike | None = None,
    longest_step_s: float = 900.0,
    most_cycles: int = 60,
    depths_kept: int = 1,
) -> ColumnRun:
    """Temperatures of regolith columns under a series of heat, as a ColumnRun. [K]

    `absorbed_w_m2`, shape (steps, pixels), is the heat that each surface takes up in each step;
    `depth_scale_m` is the e-folding depth of density and conductivity (Hayne's H). The series is
    taken to repeat: it is run over and over, the deep profile brought to the geothermal flow in
    between, until no depth begins a cycle 0.02 K from where it began the last, or `most_cycles`
    times; 1 runs it once, without that, from
    `start_k`, shape (depths, pixels). Implicit in time, with inner steps of at most
    `longest_step_s`: hourly steps at 15 minutes follow a lunar day within 0.3 K.
    `depths_kept` counts from the surface. Pixels share the processor's cores; what is kept has the
    precision of the heat given (float32 or float64), the inside is float64.
    Raises IlrsError for an empty series or heat that no Sun could give.
    """
    heat = np.asarray(absorbed_w_m2)
    heat = heat if heat.dtype == np.float32 else heat.astype(np.float64)
    _check_series(heat, step_s)
    steps, pixels = heat.shape
    thickness, depth = cut
    density = _with_depth(_DENSITY_SURFACE, _DENSITY_DEEP, depth[1:], depth_scale_m)
    edges = np.cumsum(thickness) - thickness
    solid = _with_depth(_CONDUCTIVITY_SURFACE, _CONDUCTIVITY_DEEP, edges, depth_scale_m)
    parts = int(np.ceil(step_s / longest_step_s))
    if start_k is None:
        mean_k = ((heat.mean(axis=0) + geothermal_flow_w_m2) / _EMITTED) ** 0.25
        start_k = np.broadcast_to(np.maximum(mean_k, _COLDEST_K), (depth.size, pixels))
    end = np.array(start_k, dtype=np.float64)
    kept = np.empty((steps, depths_kept, pixels), dtype=heat.dtype)
    statistics = np.empty((3, depth.size, pixels))
    cycles = np.empty(pixels, dtype=np.int64)
    between, mass = solid / np.diff(depth), density * thickness * parts / step_s

    def run_block(first: int) -> None:
        room = (
            np.zeros(depth.size * _ROW), np.empty((depth.size, _LANES)), np.empty(_LANES),
            np.empty((depths_kept, _LANES)), np.empty(_LANES),
        )  # fmt: skip
        _run_block(
            heat, between, mass, geothermal_flow_w_m2, parts, most_cycles, end, kept, statistics,
            cycles, room, first,
        )  # fmt: skip

    # Threads of our own: numba's take longer to compile than all the rest of this module.
    with ThreadPoolExecutor(numba.get_num_threads()) as pool:
        list(pool.map(run_block, range(0, pixels, _LANES)))
    mean, low, high = statistics
    return ColumnRun(kept, mean, low, high, end, cycles)


def _check_series(heat_w_m2: Any, step_s: float) -> None:
    good = (heat_w_m2 >= 0.0) & (heat_w_m2 < _MOST_HEAT_W_M2)
    if heat_w_m2.ndim == 2 and heat_w_m2.size and step_s > 0.0 and good.all():
        return
    shape = " x ".join(str(length) for length in heat_w_m2.shape)
    said = f"{shape} value(s), {step_s:g} s apart"
    if not good.all():
        said += f", one of them {heat_w_m2[~good].flat[0]:g} W/m2"
    raise IlrsError(
        f"the absorbed heat has {said}",
        f"at least one value from 0 to {_MOST_HEAT_W_M2:g} W/m2 and a step longer than 0 s are"
        " needed, as steps x pixels",
        "Give the heat that the ground takes up from the Sun and the terrain around it.",
    )


def _with_depth(
    surface: float, deep: float, depth_m: FloatArray, depth_scale_m: float
) -> FloatArray:
    """What grows from its surface to its deep value over an e-folding depth; same unit."""
    return np.asarray(deep - (deep - surface) * np.exp(-depth_m / depth_scale_m))


@compiled(makes_arrays=False, nogil=True)
def _run_block(
    heat: Any, solid: Any, mass: Any, below_w_m2: float, parts: int, most_cycles: int,
    end: Any, kept: Any, statistics: Any, cycles: Any, room: Any, first: int,
) -> None:  # fmt: skip
    """A block of pixels, cycle after cycle until it has settled; `end` holds the start first."""
    work, before, taken, mean, missing = room
    nodes, steps = end.shape[0], heat.shape[0]
    used = min(_LANES, end.shape[1] - first)
    for i in range(nodes):
        for j in range(_LANES):  # a last block that is not full repeats its first pixel
            work[i * _ROW + _T + j] = end[i, first + (j if j < used else 0)]
            work[i * _ROW + _GAIN + j] = below_w_m2  # stays so in the lowest layer
    for cycle in range(most_cycles):
        for i in range(nodes):
            for j in range(_LANES):
                row = i * _ROW + j
                before[i, j] = work[row + _T]
                work[row + _FLOW] = work[row + _STIFFNESS] = work[row + _TOTAL] = 0.0
                work[row + _LOW], work[row + _HIGH] = np.inf, -np.inf
        _cycle(heat, solid, mass, parts, first, used, work, taken, mean, kept)
        for j in range(used):
            cycles[first + j] = cycle + 1
        wanted = below_w_m2 * steps * parts
        if most_cycles == 1 or _correct(work, before, missing, wanted) < _SETTLED_K:
            break
    for i in range(nodes):
        for j in range(used):
            row = i * _ROW + j
            end[i, first + j] = work[row + _T]
            statistics[0, i, first + j] = work[row + _TOTAL] / steps
            statistics[1, i, first + j] = work[row + _LOW]
            statistics[2, i, first + j] = work[row + _HIGH]


@compiled_part(makes_arrays=False, inline="always")
def _correct(work: Any, before: Any, missing: Any, wanted: float) -> Any:
    """Begins the next cycle; gives how far from this one's beginning that is. [K]

    Where a cycle's mean flow differs from the geothermal one, the profile below is still wrong by
    just the difference that would restore it: waiting for that would take decades.
    """
    furthest = 0.0
    for j in range(_LANES):
        missing[j] = 0.0
    for i in range(work.size // _ROW):
        for j in range(_LANES):
            row = i * _ROW + j
            if i > 0:
                missing[j] += (wanted - work[row + _FLOW]) / work[row + _STIFFNESS]
            better = max(work[row + _T] + _SHARE_CORRECTED * missing[j], _COLDEST_K)
            furthest = max(furthest, abs(better - before[i, j]))
            work[row + _T] = better
    return furthest


@compiled_part(makes_arrays=False, inline="always")
def _cycle(
    heat: Any, solid: Any, mass: Any, parts: int, first: int, used: int, work: Any, taken: Any,
    mean: Any, kept: Any,
) -> None:  # fmt: skip
    """Runs the series once over a block of pixels, from the temperatures that `work` holds."""
    nodes, depths = work.size // _ROW, kept.shape[1]
    for k in range(heat.shape[0]):
        for j in range(_LANES):
            taken[j] = heat[k, first + (j if j < used else 0)]
        for i in range(depths):
            for j in range(_LANES):
                mean[i, j] = 0.0
        for _ in range(parts):
            for i in range(nodes - 1, 0, -1):
                _eliminate(work[(i - 1) * _ROW : (i + 1) * _ROW], solid[i - 1], mass[i - 1])
            _balance(work[:_ROW], taken)
            for i in range(1, nodes):
                _substitute(work[(i - 1) * _ROW : (i + 1) * _ROW])
            for i in range(depths):
                for j in range(_LANES):
                    mean[i, j] += work[i * _ROW + _T + j]
        for i in range(nodes):
            _count(work[i * _ROW : (i + 1) * _ROW])
        for i in range(depths):
            for j in range(used):
                kept[k, i, first + j] = mean[i, j] / parts


# Each of the four functions below goes over the lanes of one layer, or of one and the one above.
# All the numbers of a layer lie in one row of one array, at distances known when compiling: so the
# compiler sees that nothing overlaps and makes vector instructions, a fivefold gain.


@compiled_part(makes_arrays=False)
def _eliminate(rows: Any, solid: float, mass: float) -> None:
    """A layer's equation solved for it: T = add + share * (T above), after the step.

    Properties are those at the step's beginning, temperatures those at its end (implicit Euler).
    What the layer above then gets from below is `gain` less `held` times its own temperature.
    """
    c0, c1, c2, c3, c4 = _CAPACITY
    for j in range(_LANES):
        here, above = rows[_ROW + _T + j], rows[_T + j]
        between = (0.5 / _RADIATIVE_K) * (here + above)
        up = solid * (1.0 + _RADIATIVE_SHARE * between * between * between)
        warm = max(here, _COLDEST_K)
        inertia = mass * (c0 + warm * (c1 + warm * (c2 + warm * (c3 + warm * c4))))
        per = 1.0 / (inertia + up + rows[_ROW + _HELD + j])
        add = (inertia * here + rows[_ROW + _GAIN + j]) * per
        share = up * per
        rows[_ROW + _UP + j] = up
        rows[_ROW + _ADD + j] = add
        rows[_ROW + _SHARE + j] = share
        rows[_GAIN + j] = up * add
        rows[_HELD + j] = up * (1.0 - share)


@compiled_part(makes_arrays=False)
def _balance(row: Any, taken: Any) -> None:
    """Surface temperature at which heat from above and below is radiated, by Newton's method.

    The smaller of the two temperatures that would lose all by radiation, or all by conduction,
    lies above the root by less than 38 %; from above the method never overshoots, and five steps
    bring 38 % below 1e-12.
    """
    for j in range(_LANES):
        gained, held = taken[j] + row[_GAIN + j], row[_HELD + j]
        root = min(gained / held, np.sqrt(np.sqrt(gained / _EMITTED)))
        for _ in range(5):
            cube = _EMITTED * root * root * root
            root -= (cube * root + held * root - gained) / (4.0 * cube + held)
        row[_T + j] = root


@compiled_part(makes_arrays=False)
def _substitute(rows: Any) -> None:
    """A layer's new temperature from the one above, and its sums over the cycle."""
    for j in range(_LANES):
        above, up = rows[_T + j], rows[_ROW + _UP + j]
        here = rows[_ROW + _ADD + j] + rows[_ROW + _SHARE + j] * above
        rows[_ROW + _T + j] = here
        rows[_ROW + _FLOW + j] += up * (here - above)
        rows[_ROW + _STIFFNESS + j] += up


@compiled_part(makes_arrays=False)
def _count(row: Any) -> None:
    """A layer's statistics at the end of a step."""
    for j in range(_LANES):
        here = row[_T + j]
        row[_TOTAL + j] += here
        row[_LOW + j] = min(row[_LOW + j], here)
        row[_HIGH + j] = max(row[_HIGH + j], here)
