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

__all__ = ["METHODS", "Method", "chebyshev_nodes", "coefficients_at_nodes", "state_pieces",
           "with_rates"]  # fmt: skip

FloatArray: TypeAlias = npt.NDArray[np.float64]
Method: TypeAlias = Literal["hermite", "lagrange"]

METHODS: tuple[Method, ...] = ("hermite", "lagrange")

_BLOCK = 20_000  # pieces worked on together, 50 MB of factors


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
    blocks = [
        _coefficients(
            tdb_s, position_m, velocity_m_s, edges=edges[k : k + _BLOCK + 1],
            first=first[k : k + _BLOCK], width=width, method=method,
        )
        for k in range(0, first.size, _BLOCK)
    ]  # fmt: skip
    return edges.copy(), np.concatenate(blocks)


def _edges(tdb_s: FloatArray, width: int) -> tuple[FloatArray, npt.NDArray[np.int64]]:
    """Where the pieces meet, and the first of the states that bind each of them."""
    last = tdb_s.size - width
    if width % 2 == 0:
        return tdb_s, np.clip(np.arange(tdb_s.size - 1) - (width // 2 - 1), 0, last)
    halfway = 0.5 * (tdb_s[1:] + tdb_s[:-1])
    edges = np.concatenate([tdb_s[:1], halfway, tdb_s[-1:]])
    return edges, np.clip(np.arange(tdb_s.size) - width // 2, 0, last)


def _coefficients(
    tdb_s: FloatArray,
    position_m: FloatArray,
    velocity_m_s: FloatArray,
    *,
    edges: FloatArray,
    first: npt.NDArray[np.int64],
    width: int,
    method: Method,
) -> FloatArray:
    """Values at Chebyshev nodes first, since a system of equations in powers loses digits."""
    near = first[:, None] + np.arange(width)
    half_s = 0.5 * (edges[1:] - edges[:-1])
    scale_s = tdb_s[near[:, -1]] - tdb_s[near[:, 0]]
    # Differences of epochs are exact; the middle of a piece would be rounded to 0.1 us.
    at = (tdb_s[near] - edges[:-1, None] - half_s[:, None]) / scale_s[:, None]
    count = 2 * width if method == "hermite" else width
    nodes = chebyshev_nodes(count) * (half_s / scale_s)[:, None]
    basis = _lagrange_basis(nodes, at)
    # From another centre positions may be 1e11 m: what they have in common is added at the end.
    start, v = position_m[near[:, 0]], velocity_m_s[near]
    r = position_m[near] - start[:, None]
    if method == "lagrange":
        both = [coefficients_at_nodes(basis @ r), coefficients_at_nodes(basis @ v)]
        both[0][:, :, 0] += start
        return np.concatenate(both, axis=1)
    apart = at[:, :, None] - at[:, None, :]
    apart[:, np.arange(width), np.arange(width)] = np.inf
    slope = np.sum(1.0 / apart, axis=2)
    ahead, square = nodes[:, :, None] - at[:, None, :], basis * basis
    values = (square - 2.0 * square * ahead * slope[:, None, :]) @ r
    values += (square * ahead) @ (v * scale_s[:, None, None])
    found = with_rates(coefficients_at_nodes(values), half_s)
    found[:, :3, 0] += start
    return found


def _lagrange_basis(nodes: FloatArray, at: FloatArray) -> FloatArray:
    """Lagrange's polynomials of the states at `at` (n, w), at the nodes (n, k): (n, k, w)."""
    width = at.shape[1]
    basis = np.ones((*nodes.shape, width))
    for j in range(width):
        for k in range(width):
            if k != j:
                basis[:, :, j] *= (nodes - at[:, k, None]) / (at[:, j] - at[:, k])[:, None]
    return basis
