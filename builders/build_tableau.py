"""Writes the coefficients of the integrator that come with the package, from scipy's DOP853.

    python builders/build_tableau.py

Loading scipy.integrate for them takes longer than to fly a relay through half a year. What is
written has a line for each coefficient that is not 0: its table, row, column and shortest text.
"""

from pathlib import Path

import numpy as np
import scipy
from scipy.integrate import DOP853

HOME = Path(__file__).parents[1] / "src" / "ilrs" / "orbits" / "dop853.csv"


def tables() -> dict[str, np.ndarray]:
    """Nodes (16,), weights by row (16, 16), the two error rows (2, 13), the interpolant's (4, 16).

    Row 12 of the weights is the step itself; rows 13 to 15 serve the interpolant alone.
    """
    stages = DOP853.n_stages
    weights = np.zeros((16, 16))
    weights[:stages, :stages] = DOP853.A
    weights[stages, :stages] = DOP853.B
    weights[stages + 1 :] = DOP853.A_EXTRA
    return {
        "nodes": np.concatenate([DOP853.C, [1.0], DOP853.C_EXTRA])[None],
        "weights": weights,
        "errors": np.stack([DOP853.E5, DOP853.E3]),
        "dense": DOP853.D,
    }


def text() -> str:
    """The whole file."""
    head = [
        "# DOP853: Dormand and Prince's pair of order 8, with error estimate and interpolant",
        "# Hairer, Norsett, Wanner, Solving Ordinary Differential Equations I, 2nd ed. 1993",
        f"# read from scipy {scipy.__version__} and written by builders/build_tableau.py",
        "table,row,column,value",
    ]
    rows = [
        f"{name},{row},{column},{float(table[row, column])!r}"
        for name, table in tables().items()
        for row, column in zip(*np.nonzero(table), strict=True)
    ]
    return "\n".join([*head, *rows, ""])


if __name__ == "__main__":
    HOME.write_text(text(), encoding="utf-8")
    print(f"{HOME}: {HOME.stat().st_size} bytes")
