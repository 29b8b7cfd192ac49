"""Columns of lunar regolith, many pixels at a time: temperatures under given heat at the surface.

Hayne et al. 2017 (10.1002/2017JE005387, appendix A): density and conductivity grow with depth,
conductivity and heat capacity with temperature. Heat flows up and down only; pixels are
independent. What a pixel absorbs (sunlight, light and heat of the terrain around) is the caller's.
"""

from typing import Any, NamedTuple, TypeAlias

import numba
import numpy as np
import numpy.typing as npt

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
Single: TypeAlias = npt.NDArray[np.float32]

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

_LANES = 16  # pixels worked on together: their rows fill vector registers, all of them the L1 cache
_SETTLED_K = 0.02
_SHARE_CORRECTED = 0.8
_MOST_HEAT_W_M2 = 2000.0


class Layers(NamedTuple):
    """A column cut into layers; temperatures stand at the surface and in their middles."""

    thickness_m: FloatArray
    depth_m: FloatArray  # of the temperatures: one more than there are layers


class ColumnRun(NamedTuple):
    """The last of the cycles that `run_columns` went through; every temperature in kelvin."""

    kept_k: Single  # means over each step: (steps, depths kept, pixels)
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
    thickness = first_m * growth ** np.arange(int(count))
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
    between, until no depth moves by 0.02 K, or `most_cycles` times; 1 runs it once, from
    `start_k`, shape (depths, pixels). Implicit in time, with inner steps of at most
    `longest_step_s`: hourly steps at 15 minutes follow a lunar day within 0.3 K.
    `depths_kept` counts from the surface. Pixels share the processor's cores.
    Raises IlrsError for an empty series or heat that no Sun could give.
    """
    heat = np.asarray(absorbed_w_m2)
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
    kept = np.empty((steps, depths_kept, pixels), dtype=np.float32)
    statistics = np.empty((3, depth.size, pixels))
    cycles = np.empty(pixels, dtype=np.int64)
    _run_blocks(
        heat, solid / np.diff(depth), density * thickness * parts / step_s,
        geothermal_flow_w_m2, parts, most_cycles, end, kept, statistics, cycles,
    )  # fmt: skip
    return ColumnRun(kept, *statistics, end, cycles)


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


@numba.njit(cache=True, error_model="numpy", parallel=True)
def _run_blocks(
    heat: Any, solid: Any, mass: Any, below_w_m2: float, parts: int, most_cycles: int,
    end: Any, kept: Any, statistics: Any, cycles: Any,
) -> None:  # fmt: skip
    """Every block of pixels, cycle after cycle until it has settled; `end` holds the start first.

    Where a cycle's mean flow differs from the geothermal one, the profile below is still wrong by
    just the difference that would restore it: waiting for that would take decades.
    """
    nodes, pixels = end.shape
    for block in numba.prange((pixels + _LANES - 1) // _LANES):
        first = block * _LANES
        last = min(first + _LANES, pixels)
        lanes = last - first
        t, start = np.empty((nodes, lanes)), np.empty((nodes, lanes))
        t[:] = end[:, first:last]
        flow, stiffness = np.empty((nodes - 1, lanes)), np.empty((nodes - 1, lanes))
        total, low, high = np.empty((nodes, lanes)), np.empty((nodes, lanes)), np.empty((nodes, lanes))
        for cycle in range(most_cycles):
            start[:] = t
            total[:] = flow[:] = stiffness[:] = 0.0
            low[:] = np.inf
            high[:] = -np.inf
            _cycle(
                heat[:, first:last], solid, mass, below_w_m2, parts,
                t, flow, stiffness, kept[:, :, first:last], total, low, high,
            )  # fmt: skip
            moved, steps = 0.0, heat.shape[0] * parts
            for j in range(lanes):
                wanted = 0.0
                moved = max(moved, abs(t[0, j] - start[0, j]))
                for i in range(1, nodes):
                    wanted += (below_w_m2 * steps - flow[i - 1, j]) / stiffness[i - 1, j]
                    moved = max(moved, abs(wanted), abs(t[i, j] - start[i, j]))
            cycles[first:last] = cycle + 1
            if moved < _SETTLED_K or cycle == most_cycles - 1:
                break
            for j in range(lanes):
                wanted = 0.0
                for i in range(1, nodes):
                    wanted += (below_w_m2 * steps - flow[i - 1, j]) / stiffness[i - 1, j]
                    t[i, j] = max(t[i, j] + _SHARE_CORRECTED * wanted, _COLDEST_K)
        end[:, first:last] = t
        statistics[0, :, first:last] = total / heat.shape[0]
        statistics[1, :, first:last] = low
        statistics[2, :, first:last] = high


@numba.njit(cache=True, error_model="numpy")
def _cycle(
    heat: Any, solid: Any, mass: Any, below_w_m2: float, parts: int,
    t: Any, flow: Any, stiffness: Any, kept: Any, total: Any, low: Any, high: Any,
) -> None:  # fmt: skip
    """Runs the series once over a block of pixels; `t` is changed, the sums are added to."""
    nodes, lanes = t.shape
    scratch = np.empty((3, nodes, lanes))
    surface = np.empty((3, lanes))
    for k in range(heat.shape[0]):
        step_sum = np.zeros((kept.shape[1], lanes))
        for _ in range(parts):
            _eliminate(t, solid, mass, below_w_m2, scratch[0], scratch[1], scratch[2])
            _surface(heat[k], scratch[0, 0], scratch[1, 1], scratch[2, 1], t[0])
            for i in range(1, nodes):
                above, here = t[i - 1], t[i]
                add, share, conductance = scratch[1, i], scratch[2, i], scratch[0, i - 1]
                f, s = flow[i - 1], stiffness[i - 1]
                for j in range(lanes):
                    here[j] = add[j] + share[j] * above[j]
                    f[j] += conductance[j] * (here[j] - above[j])
                    s[j] += conductance[j]
            step_sum += t[: kept.shape[1]]
        for i in range(kept.shape[1]):
            for j in range(lanes):
                kept[k, i, j] = step_sum[i, j] / parts
        for i in range(nodes):
            for j in range(lanes):
                total[i, j] += t[i, j]
                low[i, j] = min(low[i, j], t[i, j])
                high[i, j] = max(high[i, j], t[i, j])


@numba.njit(cache=True, error_model="numpy")
def _eliminate(
    t: Any, solid: Any, mass: Any, below_w_m2: float, conductance: Any, add: Any, share: Any
) -> None:
    """Layers eliminated from the bottom up: T[i] = add[i] + share[i] T[i-1] after the step.

    Properties are those at the step's beginning, temperatures those at its end (implicit Euler).
    """
    nodes, lanes = t.shape
    c0, c1, c2, c3, c4 = _CAPACITY
    half = 0.5 / _RADIATIVE_K
    from_below, held_below = np.full(lanes, below_w_m2), np.zeros(lanes)
    for i in range(nodes - 1, 0, -1):
        here, above = t[i], t[i - 1]
        firm, bulk = solid[i - 1], mass[i - 1]
        upward, a, b = conductance[i - 1], add[i], share[i]
        for j in range(lanes):
            between = half * (here[j] + above[j])
            up = firm * (1.0 + _RADIATIVE_SHARE * between * between * between)
            warm = max(here[j], _COLDEST_K)
            inertia = bulk * (c0 + warm * (c1 + warm * (c2 + warm * (c3 + warm * c4))))
            per = 1.0 / (inertia + up + held_below[j])
            gain = (inertia * here[j] + from_below[j]) * per
            part = up * per
            upward[j], a[j], b[j] = up, gain, part
            from_below[j], held_below[j] = up * gain, up * (1.0 - part)


@numba.njit(cache=True, error_model="numpy")
def _surface(heat: Any, conductance: Any, add: Any, share: Any, t: Any) -> None:
    """Surface temperature where heat in and up equals what is radiated, by Newton's method.

    The smaller of the two temperatures that would lose all by radiation, or all by conduction,
    lies above the root by less than 38 %; from above the method never overshoots, and five steps
    bring 38 % below 1e-12.
    """
    for j in range(t.size):
        held = conductance[j] * (1.0 - share[j])
        gained = heat[j] + conductance[j] * add[j]
        root = min(gained / held, np.sqrt(np.sqrt(gained / _EMITTED)))
        for _ in range(5):
            cube = _EMITTED * root * root * root
            root -= (cube * root + held * root - gained) / (4.0 * cube + held)
        t[j] = root
