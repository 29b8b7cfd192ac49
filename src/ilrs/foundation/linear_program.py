"""A linear program as it is put together, and its solution by HiGHS: the least of a cost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt
from scipy.sparse import coo_array

from ilrs.foundation.errors import IlrsError

__all__ = ["INFINITY", "LinearProgram", "Solved"]

FloatArray: TypeAlias = npt.NDArray[np.float64]
IntArray: TypeAlias = npt.NDArray[np.int64]

INFINITY = 1e30  # what HiGHS takes for it
# One thread and a fixed seed: the same solution on every machine.
_OPTIONS: dict[str, Any] = {"output_flag": False, "threads": 1, "random_seed": 0}


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Solved:
    """Values of the columns with the least cost, and what the solver proved.

    `bound` is a cost that no solution goes below; without whole columns it is `cost` itself. Then
    `prices` are what the cost rises by with each row's limit, `slopes` with each column's value.
    """

    is_feasible: bool
    values: FloatArray
    prices: FloatArray
    slopes: FloatArray
    cost: float
    bound: float


@dataclass(slots=True, eq=False)
class LinearProgram:
    """Columns and rows as they are added; entries as (row, column, value) arrays."""

    cost: list[FloatArray] = field(default_factory=list)
    lower: list[FloatArray] = field(default_factory=list)
    upper: list[FloatArray] = field(default_factory=list)
    row_low: list[FloatArray] = field(default_factory=list)
    row_high: list[FloatArray] = field(default_factory=list)
    entries: list[tuple[IntArray, IntArray, FloatArray]] = field(default_factory=list)
    whole: list[int] = field(default_factory=list)  # columns in whole numbers
    columns: int = 0
    rows: int = 0

    def add_columns(
        self, count: int, *, cost: Any = 0.0, lower: Any = 0.0, upper: Any = INFINITY
    ) -> IntArray:
        """Positions of so many new columns; cost and limits are one number or one for each."""
        for kept, given in ((self.cost, cost), (self.lower, lower), (self.upper, upper)):
            kept.append(np.broadcast_to(np.asarray(given, dtype=np.float64), count))
        self.columns += count
        return np.arange(self.columns - count, self.columns)

    def add_rows(self, count: int, *, low: Any = -INFINITY, high: Any = INFINITY) -> IntArray:
        """Positions of so many new rows; limits are one number or one for each."""
        for kept, given in ((self.row_low, low), (self.row_high, high)):
            kept.append(np.broadcast_to(np.asarray(given, dtype=np.float64), count))
        self.rows += count
        return np.arange(self.rows - count, self.rows)

    def put(self, rows: Any, columns: Any, values: Any) -> None:
        """Adds entries; of each argument one number stands for all."""
        shape = np.broadcast_shapes(np.shape(rows), np.shape(columns), np.shape(values))
        r, c, v = (np.broadcast_to(np.asarray(a), shape).ravel() for a in (rows, columns, values))
        self.entries.append((r.astype(np.int64), c.astype(np.int64), v.astype(np.float64)))

    def matrix(self) -> Any:
        """The entries as a sparse matrix by columns; those at one place are summed."""
        rows, columns, values = (
            np.concatenate([entry[k] for entry in self.entries]) for k in range(3)
        )
        return coo_array((values, (rows, columns)), shape=(self.rows, self.columns)).tocsc()

    def solve(
        self, *, wanted_for: str, otherwise: str = "", options: Mapping[str, Any] | None = None
    ) -> Solved:
        """The cheapest solution, or one marked as not feasible; `options` are those of HiGHS.

        Raises IlrsError where highspy is not installed; `wanted_for` says in it what cannot be had,
        `otherwise` what can be had instead.
        """
        highspy = _highspy(wanted_for, otherwise)
        matrix = self.matrix()
        lp = highspy.HighsLp()
        lp.num_col_, lp.num_row_ = self.columns, self.rows
        lp.col_cost_ = np.concatenate(self.cost)
        lp.col_lower_, lp.col_upper_ = np.concatenate(self.lower), np.concatenate(self.upper)
        lp.row_lower_, lp.row_upper_ = np.concatenate(self.row_low), np.concatenate(self.row_high)
        lp.a_matrix_.format_ = highspy.MatrixFormat.kColwise
        lp.a_matrix_.start_, lp.a_matrix_.index_ = matrix.indptr, matrix.indices
        lp.a_matrix_.value_ = matrix.data
        if self.whole:
            kinds = np.full(self.columns, highspy.HighsVarType.kContinuous)
            kinds[self.whole] = highspy.HighsVarType.kInteger
            lp.integrality_ = kinds.tolist()
        solver = highspy.Highs()
        for option, value in (_OPTIONS | dict(options or {})).items():
            solver.setOptionValue(option, value)
        solver.passModel(lp)
        solver.run()
        info, solution = solver.getInfo(), solver.getSolution()
        cost, whole = float(info.objective_function_value), bool(self.whole)
        return Solved(
            is_feasible=info.primal_solution_status
            == int(highspy.SolutionStatus.kSolutionStatusFeasible),
            values=np.asarray(solution.col_value),
            prices=np.zeros(self.rows) if whole else np.asarray(solution.row_dual),
            slopes=np.zeros(self.columns) if whole else np.asarray(solution.col_dual),
            cost=cost,
            bound=float(info.mip_dual_bound) if whole else cost,
        )


def _highspy(wanted_for: str, otherwise: str) -> Any:
    try:
        import highspy  # noqa: PLC0415  optional
    except ImportError:
        raise IlrsError(
            f"{wanted_for} cannot be found: highspy is not installed",
            "it comes with the extra 'planning'",
            f"Run: pip install 'ilrs[planning]'{otherwise}",
        ) from None
    return highspy
