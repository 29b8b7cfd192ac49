"""The books of a run: energy, data and mass that come in, go out, stay and are lost must add up."""

from dataclasses import dataclass

__all__ = [
    "Balance", "DataBalanceError", "EnergyBalanceError", "MassBalanceError", "data_balance",
    "energy_balance", "mass_balance",
]  # fmt: skip

#: Largest relative residual that rounding may leave; a run that leaves more stops.
TOLERANCE = 1e-9


class EnergyBalanceError(RuntimeError):
    """The run made or lost energy from nothing: a fault of this program, not of its input."""


class DataBalanceError(RuntimeError):
    """The run made or lost data from nothing: a fault of this program, not of its input."""


class MassBalanceError(RuntimeError):
    """The run made or lost mass from nothing: a fault of this program, not of its input."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Balance:
    """What came in against where it went, in one unit; residual relative to the largest of them."""

    made: float
    used: float  # or sent
    stored: float  # change over the run
    lost: float
    spilled: float = 0.0

    @property
    def residual(self) -> float:
        """Relative residual; 0 where nothing was made, used or stored. [1]"""
        gap = self.made - (self.used + self.stored + self.lost + self.spilled)
        size = max(self.made, self.used, abs(self.stored), self.lost, self.spilled)
        return abs(gap) / size if size else abs(gap)


def _closes(balance: Balance) -> bool:
    return balance.residual <= TOLERANCE  # a residual that is not a number does not close


def _text(balance: Balance, unit: str) -> str:
    return (
        f"made {balance.made:g} {unit}, used {balance.used:g}, stored {balance.stored:g},"
        f" lost {balance.lost:g}, spilled {balance.spilled:g}; residual {balance.residual:.3g}"
    )


def energy_balance(balance: Balance) -> Balance:
    """The balance itself [Wh], once it closes to 1e-9; raises EnergyBalanceError otherwise."""
    if not _closes(balance):
        raise EnergyBalanceError(f"energy does not close: {_text(balance, 'Wh')}")
    return balance


def data_balance(balance: Balance) -> Balance:
    """The balance itself [bit], once it closes to 1e-9; raises DataBalanceError otherwise."""
    if not _closes(balance):
        raise DataBalanceError(f"data does not close: {_text(balance, 'bit')}")
    return balance


def mass_balance(balance: Balance) -> Balance:
    """The balance itself [kg], once it closes to 1e-9; raises MassBalanceError otherwise."""
    if not _closes(balance):
        raise MassBalanceError(f"mass does not close: {_text(balance, 'kg')}")
    return balance
