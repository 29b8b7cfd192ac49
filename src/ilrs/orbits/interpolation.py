"""Polynomials through a table of states, piece by piece, as the standards for exchange ask.

CCSDS messages and SPICE kernels give states at epochs and say how to read between them: by Hermite
(positions and rates bind one polynomial) or Lagrange (each component by its own). A window of
states goes with the instant, an even one halfway to each side of an interval, an odd one around the
nearest state, so that its pieces meet halfway between epochs (NAIF's "SPK Required Reading", types
8, 9, 12 and 13). Each piece becomes Chebyshev coefficients, which any trajectory consists of.
"""

from typing import Literal, TypeAlias

import numpy as np
import numpy.typing as npt
from numpy.polynomial import chebyshev

from ilrs.foundation.compiled import compiled

__all__ = ["Method", "chebyshev_nodes", "coefficients_at_nodes", "state_pieces",
           "with_rates"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Method: TypeAlias = Literal["hermite", "lagrange"]


def chebyshev_nodes(count: int) -> FloatArray:
    """Roots of the Chebyshev polynomial of degree `count`, in -1 to 1 and falling."""
    return np.asarray(np.cos(np.pi * (np.arange(count) + 0.5) / count))


def coefficients_at_nodes(values: FloatArray) -> FloatArray:
    """Chebyshev coefficients (n, 3, k) of the polynomials through values (n, k, 3) at the nodes."""
    count = values.shape[1]
    to_coefficients = chebyshev.chebvander(chebyshev_nodes(count), count - 1).T * (2.0 / count)
    to_coefficients[0] *= 0.5
    return np.ascontiguousarray(np.swapaxes(to_coefficients @ values, 1, 2))


def with_rates(coefficients: FloatArray, half_s: FloatArray) -> FloatArray:
    """Coefficients (n, 6, k) of positions and of their derivatives in time.

    `coefficients` has shape (n, 3, k); a piece is 2 `half_s` long.
    """
    rates = np.zeros_like(coefficients)
    rates[..., :-1] = np.moveaxis(chebyshev.chebder(np.moveaxis(coefficients, 2, 0)), 0, 2)
    return np.concatenate([coefficients, rates / half_s[:, None, None]], axis=1)


def state_pieces(
    tdb_s: FloatArray,
    position_m: FloatArray,
    velocity_m_s: FloatArray,
    *,
    neighbours: int,
    method: Method = "hermite",
) -> tuple[FloatArray, FloatArray]:
    """Edges (n + 1,) and Chebyshev coefficients (n, 6, k) of the polynomials through states.

    `neighbours` states bind each piece, all of them where there are fewer.
    """
    width = min(neighbours, tdb_s.size)
    edges, first = _edges(tdb_s, width)
    half_s = 0.5 * (edges[1:] - edges[:-1])
    # Copies, so that the kernel is compiled for one layout of arrays only.
    tdb_s, position_m, velocity_m_s = (np.array(a) for a in (tdb_s, position_m, velocity_m_s))
    nodes = chebyshev_nodes(2 * width if method == "hermite" else width)
    values = np.empty((first.size, nodes.size, 6))
    _values_at_nodes(tdb_s, position_m, velocity_m_s, edges, first, width, nodes,
                     method == "hermite", np.empty((3, width)), values)  # fmt: skip
    # From another centre positions may be 1e11 m: what they have in common is added at the end.
    position = coefficients_at_nodes(values[..., :3])
    if method == "hermite":
        coefficients = with_rates(position, half_s)
    else:
        coefficients = np.concatenate([position, coefficients_at_nodes(values[..., 3:])], axis=1)
    coefficients[:, :3, 0] += position_m[first]
    return edges.copy(), coefficients


def _edges(tdb_s: FloatArray, width: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Where the pieces meet, and the first of the states that bind each of them."""
    last = tdb_s.size - width
    if width % 2 == 0:
        return tdb_s, np.clip(np.arange(tdb_s.size - 1) - (width // 2 - 1), 0, last)
    halfway = 0.5 * (tdb_s[1:] + tdb_s[:-1])
    edges = np.concatenate([tdb_s[:1], halfway, tdb_s[-1:]])
    return edges, np.clip(np.arange(tdb_s.size) - width // 2, 0, last)


@compiled(makes_arrays=False)
def _values_at_nodes(
    tdb_s: FloatArray,
    position_m: FloatArray,
    velocity_m_s: FloatArray,
    edges: FloatArray,
    first: npt.NDArray[np.int64],
    width: int,
    nodes: FloatArray,
    is_hermite: bool,
    room: FloatArray,
    values: FloatArray,
) -> None:
    """Positions, less that of the first state, and velocities at the nodes of each piece.

    Values at Chebyshev nodes, since a system of equations in powers loses digits. Where the
    polynomials are Hermite's, velocities are left out: they are the derivatives.
    """
    at, weight, slope = room[0], room[1], room[2]
    for piece in range(first.size):
        low = first[piece]
        half_s = 0.5 * (edges[piece + 1] - edges[piece])
        scale_s = tdb_s[low + width - 1] - tdb_s[low]
        for j in range(width):
            # Differences of epochs are exact; the middle of a piece would be rounded to 0.1 us.
            at[j] = (tdb_s[low + j] - edges[piece] - half_s) / scale_s
        for j in range(width):
            weight[j], slope[j] = 1.0, 0.0
            for k in range(width):
                if k != j:
                    weight[j] /= at[j] - at[k]
                    slope[j] += 1.0 / (at[j] - at[k])
        for node in range(nodes.size):
            x = nodes[node] * half_s / scale_s
            values[piece, node] = 0.0
            for j in range(width):
                basis, ahead = weight[j], x - at[j]
                for k in range(width):
                    if k != j:
                        basis *= x - at[k]
                of_rate = 0.0
                if is_hermite:
                    of_rate = basis * basis * ahead * scale_s
                    basis = basis * basis * (1.0 - 2.0 * ahead * slope[j])
                for axis in range(3):
                    r = position_m[low + j, axis] - position_m[low, axis]
                    v = velocity_m_s[low + j, axis]
                    values[piece, node, axis] += basis * r + of_rate * v
                    if not is_hermite:
                        values[piece, node, 3 + axis] += basis * v
