"""Craft in SPK kernels: segments of types 2, 3, 8, 9, 12 and 13 as trajectories about the Moon.

Types 2 and 3 hold polynomials, the others states with the window that binds a polynomial through
them (NAIF's "SPK Required Reading"). Where a kernel tells a craft from another centre, the Moon's
way from there comes from the same kernel if it has it, else from an ephemeris.
"""

from collections.abc import Callable
from pathlib import Path
from typing import TypeAlias

import numpy as np
import numpy.typing as npt

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.windows import Windows
from ilrs.orbits.interpolation import chebyshev_nodes, coefficients_at_nodes, with_rates
from ilrs.orbits.trajectory import (
    Trajectory,
    cut_trajectory,
    joined_trajectory,
    states_trajectory,
)
from ilrs.sky.daf import Daf, DafArray, read_daf
from ilrs.sky.kernels import MOON, Ephemeris, open_ephemeris
from ilrs.sky.segments import read_segment

__all__ = ["read_spk", "spk_craft"]

FloatArray: TypeAlias = npt.NDArray[np.float64]

_ICRF = 1
_READ = (2, 3, 8, 9, 12, 13)
_WIDEST = 28  # states that bind a polynomial; SPICE takes no more
_NODES = 16  # at which the Moon's way within a piece is met; 13 are enough for four days in DE440


def spk_craft(path: Path | str) -> tuple[int, ...]:
    """NAIF numbers of the craft (below 0) that a kernel holds.

    Raises IlrsError for a file that is no SPK kernel.
    """
    bodies = {array.integers[0] for array in _open(Path(path)).arrays}
    return tuple(sorted(body for body in bodies if body < 0))


def read_spk(
    path: Path | str,
    *,
    body: int | None = None,
    name: str = "",
    ephemeris: Ephemeris | None = None,
) -> Trajectory:
    """The way of one craft of an SPK kernel about the Moon; unknown between its segments.

    `body` is its NAIF number and may be left out where there is one craft. Where segments overlap
    the last one of the file has the last word. Raises IlrsError for a file, a craft, a type or a
    frame that is not read.
    """
    daf, craft = _open(Path(path)), spk_craft(path)
    if body is None and len(craft) != 1:
        raise IlrsError(
            f"the craft of {path}",
            f"it holds {', '.join(map(str, craft)) or 'no craft'} (NAIF numbers, craft below 0)",
            "Name one of these." if craft else "Name another kernel.",
        )
    number = craft[0] if body is None else body
    arrays = [array for array in daf.arrays if array.integers[0] == number]
    if not arrays:
        known = sorted({array.integers[0] for array in daf.arrays})
        raise IlrsError(
            f"no body {number} in {path}",
            f"it holds {', '.join(map(str, known))} (NAIF numbers)",
            "Ask for one of these, or open a kernel that has the body.",
        )
    parts, covered = [], Windows()
    for array in reversed(arrays):
        part = _about_the_moon(daf, array, name or f"NAIF {number}", ephemeris)
        for span in Windows([part.span_tdb_s]) - covered:
            parts.append(cut_trajectory(part, span))
        covered = covered | Windows([part.span_tdb_s])
    parts.sort(key=lambda part: part.span_tdb_s)
    return joined_trajectory(parts, gaps=True)


def _open(path: Path) -> Daf:
    daf = read_daf(path)
    if daf.kind != "SPK":
        raise IlrsError(
            f"{path} is a {daf.kind} kernel",
            "the ways of craft are read from SPK kernels (*.bsp)",
            "Name an SPK kernel.",
        )
    return daf


def _about_the_moon(
    daf: Daf, array: DafArray, name: str, ephemeris: Ephemeris | None
) -> Trajectory:
    """One segment, cut to the span it claims."""
    target, centre, frame, data_type = array.integers
    if frame != _ICRF:
        raise IlrsError(
            f"{daf.path} gives body {target} in the frame numbered {frame}",
            "vectors in the ICRF (J2000, number 1) are read",
            "Choose a kernel in that frame.",
        )
    if data_type not in _READ:
        raise IlrsError(
            f"{array.name!r} in {daf.path} is a segment of type {data_type}",
            f"segments of the types {', '.join(map(str, _READ))} are read",
            "Have it written as states (type 13), or send it as an OEM.",
        )
    make = _polynomials if data_type in (2, 3) else _states
    whole = make(daf, array, name)
    start_s, end_s = whole.span_tdb_s
    span = (max(array.doubles[0], start_s), min(array.doubles[1], end_s))
    told = cut_trajectory(whole, span)
    if centre == MOON:
        return told
    return _less_the_moon(told, _moon_from(daf, centre, span, ephemeris))


def _polynomials(daf: Daf, array: DafArray, name: str) -> Trajectory:
    data_type = array.integers[3]
    records = read_segment(daf, array, data_type=data_type).records
    middle, half_s = records[:, 0], records[:, 1]
    table = records[:, 2:].reshape(len(records), 3 * (data_type - 1), -1) * 1e3
    coefficients = table if data_type == 3 else with_rates(table, half_s)
    edges = np.append(middle - half_s, middle[-1] + half_s[-1])
    return Trajectory(
        name=name, edges_s=edges, coefficients=np.ascontiguousarray(coefficients),
        model=f"SPK {daf.path.name}",
    )  # fmt: skip


def _states(daf: Daf, array: DafArray, name: str) -> Trajectory:
    data_type, words = array.integers[3], daf.words(array)
    is_even = data_type in (8, 12)
    last = words[-4:] if np.isfinite(words[-4:]).all() else words[:0]
    count, window = (int(last[-1]), int(last[-2]) + 1) if last.size == 4 else (0, 0)
    if not (2 <= count <= words.size // (6 if is_even else 7) and 2 <= window <= _WIDEST):
        raise IlrsError(
            f"{array.name!r} in {daf.path} says it holds {count} states in {words.size} words, "
            f"{window} to a polynomial",
            f"a segment holds two states or more, and two to {_WIDEST} of them bind a polynomial",
            "Fetch the file again.",
        )
    table = words[: 6 * count].reshape(count, 6) * 1e3
    even_s = words[-4] + words[-3] * np.arange(count)
    return states_trajectory(
        even_s if is_even else words[6 * count : 7 * count], table[:, :3],
        velocity_m_s=table[:, 3:], name=name, neighbours=window,
        method="lagrange" if data_type in (8, 9) else "hermite", model=f"SPK {daf.path.name}",
    )  # fmt: skip


def _moon_from(
    daf: Daf, centre: int, span: tuple[float, float], ephemeris: Ephemeris | None
) -> Callable[[FloatArray], FloatArray]:
    """What gives the Moon's states from a centre, (n, 6). [m, m/s]"""

    def states(kernel: Ephemeris, tdb_s: FloatArray) -> FloatArray:
        positions, velocities = kernel.states((MOON, centre), tdb_s)
        told = [known[MOON] - known[centre] for known in (positions, velocities)]
        return np.concatenate(told).T * 1e3

    if ephemeris is None:
        try:
            own = open_ephemeris(daf.path)
            states(own, np.array(span))
            return lambda tdb_s: states(own, tdb_s)
        except IlrsError:  # the kernel itself does not know the Moon from there
            ephemeris = open_ephemeris()
    kernel = ephemeris
    return lambda tdb_s: states(kernel, tdb_s)


def _less_the_moon(told: Trajectory, moon: Callable[[FloatArray], FloatArray]) -> Trajectory:
    """A craft's way from another centre, less the Moon's, piece by piece at the same instants."""
    edges = told.edges_s
    nodes = chebyshev_nodes(max(told.coefficients.shape[2], _NODES))
    half_s = 0.5 * np.diff(edges)[:, None]
    tdb_s = np.clip(edges[:-1, None] + half_s * (1.0 + nodes), edges[:-1, None], edges[1:, None])
    craft = np.concatenate(told.states(tdb_s), axis=-1)
    apart = craft - moon(tdb_s.ravel()).reshape(craft.shape)
    coefficients = [coefficients_at_nodes(apart[..., k : k + 3]) for k in (0, 3)]
    return Trajectory(
        name=told.name, edges_s=edges, coefficients=np.concatenate(coefficients, axis=1),
        model=told.model,
    )  # fmt: skip
