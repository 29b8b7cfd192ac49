"""What a good site is: layers with weights, scales and limits, from a YAML file or by default.

    mean_light: {weight: 3, worst: 50 %, best: 90 %, limit: 60 %}
    landing: {length: 400 m, width: 200 m, grid_azimuth: 0 deg, slope: 8 deg}

Each layer scores 0 at its worst value and 1 at its best, linear between; a site's score is the
weighted mean. A site beyond any limit is out. What a file leaves out keeps its default.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
from ruamel.yaml import YAML
from ruamel.yaml.error import YAMLError

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import parse_quantity

__all__ = [
    "COSTLY_LAYERS",
    "DEFAULT_CRITERIA",
    "HEAT_LAYERS",
    "Criteria",
    "Criterion",
    "Landing",
    "read_criteria",
]


@dataclass(frozen=True, slots=True, kw_only=True)
class Criterion:
    """How one layer is judged; values in `unit`. Where `worst` > `best`, less is better."""

    title: str
    unit: str  # as in ilrs.foundation.quantities
    weight: float
    worst: float
    best: float
    limit: float | None = None  # the last value that is still acceptable

    @property
    def decides(self) -> bool:
        """Whether the layer has a weight or a limit."""
        return self.weight > 0.0 or self.limit is not None

    def score(self, values: npt.ArrayLike) -> npt.NDArray[np.float64]:
        """0 at the worst value or beyond, 1 at the best; NaN where the value is. [1]"""
        part = (np.asarray(values, dtype=np.float64) - self.worst) / (self.best - self.worst)
        return np.asarray(np.clip(part, 0.0, 1.0))

    def holds(self, values: npt.ArrayLike) -> npt.NDArray[np.bool_]:
        """Whether values lie on the good side of the limit; a missing value does not."""
        found = np.asarray(values, dtype=np.float64)
        if self.limit is None:
            return np.isfinite(found) | np.isposinf(found)
        is_more_better = self.best > self.worst
        return np.asarray(found >= self.limit if is_more_better else found <= self.limit)


@dataclass(frozen=True, slots=True, kw_only=True)
class Landing:
    """The ellipse that a lander may come down in, and the slope it bears."""

    length_m: float = 1_000.0
    width_m: float = 600.0
    grid_azimuth_deg: float = 0.0  # of its length, clockwise from map up
    slope_deg: float = 10.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Criteria:
    """All that decides a ranking: layers by name, and the landing ellipse."""

    layers: Mapping[str, Criterion]
    landing: Landing = field(default_factory=Landing)
    source: str = "defaults, assumptions of this program"

    @property
    def total_weight(self) -> float:
        """Sum of the weights. [1]"""
        return sum(layer.weight for layer in self.layers.values())

    def asked(self) -> "Criteria":
        """The same without what takes long and decides nothing: no weight, and no limit."""
        idle = {
            name
            for group in COSTLY_LAYERS
            if not any(name in self.layers and self.layers[name].decides for name in group)
            for name in group
        }
        kept = {name: layer for name, layer in self.layers.items() if name not in idle}
        return replace(self, layers=kept)

    def without_heat(self) -> "Criteria":
        """The same without the layers of temperature.

        Raises IlrsError where no other layer has a weight.
        """
        rest = {name: layer for name, layer in self.layers.items() if name not in HEAT_LAYERS}
        found = replace(self, layers=rest)
        if not found.total_weight > 0.0:
            raise IlrsError(
                f"the weights of {self.source} are all 0 but for temperature, which is left out",
                "a ranking needs at least one layer with a weight above 0",
                "Give another layer a weight, or leave --no-temperature out.",
            )
        return found


_HOUR_S = 3600.0
#: Assumptions of this program, made to be replaced: no agency has published its own weights.
DEFAULT_CRITERIA = Criteria(
    layers={
        "mean_light": Criterion(
            title="mean light", unit="1", weight=3.0, worst=0.5, best=0.9, limit=0.5
        ),
        "longest_darkness": Criterion(
            title="longest darkness", unit="s", weight=3.0, worst=354.0 * _HOUR_S, best=0.0
        ),
        "earth_in_view": Criterion(
            title="Earth in view", unit="1", weight=1.0, worst=0.0, best=1.0
        ),
        "longest_neither": Criterion(
            title="without Sun and Earth", unit="s", weight=0.0, worst=354.0 * _HOUR_S, best=0.0
        ),
        "slope": Criterion(title="slope", unit="deg", weight=1.0, worst=15.0, best=0.0, limit=15.0),
        "shadow_distance": Criterion(
            title="to shadowed ground", unit="m", weight=1.0, worst=10_000.0, best=0.0
        ),
        "landing_fit": Criterion(
            title="landing ellipse", unit="1", weight=1.0, worst=0.0, best=1.0
        ),
        "coldest_temperature": Criterion(
            title="coldest ground", unit="K", weight=1.0, worst=40.0, best=100.0
        ),
        "mean_temperature": Criterion(
            title="mean ground", unit="K", weight=0.0, worst=50.0, best=200.0
        ),
        "cold_trap_distance": Criterion(
            title="to cold trap", unit="m", weight=0.0, worst=10_000.0, best=0.0
        ),
    }
)

#: The layers made of ground temperatures, which take longer than all the others together.
HEAT_LAYERS = ("coldest_temperature", "mean_temperature", "cold_trap_distance")
#: Layers that are left out where none of their group has a weight or a limit.
COSTLY_LAYERS = (HEAT_LAYERS, ("longest_neither",))

_KEYS = ("weight", "worst", "best", "limit")
_LANDING = {"length": "m", "width": "m", "grid_azimuth": "deg", "slope": "deg"}


def read_criteria(path: Path) -> Criteria:
    """Criteria of a YAML file laid over the defaults.

    Raises IlrsError for a file that is no table of layers, a name that is no layer, a key or a
    quantity that is wrong, and for weights that are negative or all nothing.
    """
    table = _table(path)
    layers = dict(DEFAULT_CRITERIA.layers)
    for name, given in table.items():
        if name == "landing":
            continue
        if name not in layers:
            raise IlrsError(
                f"{path.name} weighs {name!r}, which is no layer",
                f"layers are {', '.join(layers)}; `landing` describes the ellipse",
                "Correct the name.",
            )
        layers[name] = _criterion(layers[name], given, f"{path.name}: {name}")
    found = Criteria(layers=layers, landing=_landing(table, path), source=path.name)
    if not found.total_weight > 0.0:
        raise IlrsError(
            f"the weights of {path.name} are all 0",
            "a ranking needs at least one layer with a weight above 0",
            "Give one a weight.",
        )
    return found


def _table(path: Path) -> dict[str, Any]:
    try:
        table = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except OSError:
        raise IlrsError(
            f"the weights {path.name} are not there",
            "weights are a YAML file with a line for each layer",
            "Correct the path, or leave --weights out to rank by the defaults.",
        ) from None
    except (YAMLError, UnicodeDecodeError):
        table = None
    if not isinstance(table, dict) or not all(isinstance(row, dict) for row in table.values()):
        raise IlrsError(
            f"{path.name} is no table of layers",
            "a layer is written as `mean_light: {weight: 3, worst: 50 %, best: 90 %, limit: 60 %}`",
            "Write one line so for each layer that differs from the defaults.",
        )
    return table


def _criterion(default: Criterion, given: dict[str, Any], where: str) -> Criterion:
    _check_keys(given, _KEYS, where)
    changes: dict[str, Any] = {}
    for key, value in given.items():
        if key == "weight":
            changes[key] = _weight(value, where)
        elif key == "limit" and value is None:
            changes[key] = None
        else:
            changes[key] = _quantity(value, default.unit, f"{where}.{key}")
    found = replace(default, **changes)
    if found.worst == found.best:
        raise IlrsError(
            f"{where}: worst and best are the same",
            "a layer scores from 0 at its worst value to 1 at its best",
            "Give two values; less is better where the worst is the larger.",
        )
    return found


def _weight(value: Any, where: str) -> float:
    if isinstance(value, (int, float)) and not isinstance(value, bool) and 0.0 <= value < 1e6:
        return float(value)
    raise IlrsError(
        f"{where}: a weight of {value!r}",
        "a weight is a number from 0 on; 0 leaves the layer out of the score, not its limit",
        "Write such a number.",
    )


def _quantity(value: Any, unit: str, where: str) -> float:
    try:
        return parse_quantity(value, unit).value
    except IlrsError as error:
        raise IlrsError(f"{where}: {error.asked}", error.possible, error.mend) from None


def _check_keys(given: dict[str, Any], known: tuple[str, ...], where: str) -> None:
    for key in given:
        if key not in known:
            raise IlrsError(
                f"{where}: {key!r} is not known", f"known are {', '.join(known)}", "Correct it."
            )


def _landing(table: dict[str, Any], path: Path) -> Landing:
    given, where = table.get("landing", {}), f"{path.name}: landing"
    _check_keys(given, tuple(_LANDING), where)
    values = {
        f"{key}_{_LANDING[key]}": _quantity(value, _LANDING[key], f"{where}.{key}")
        for key, value in given.items()
    }
    found = replace(DEFAULT_CRITERIA.landing, **values)
    if not 0.0 <= found.grid_azimuth_deg < 360.0:
        raise IlrsError(
            f"{where}.grid_azimuth is {found.grid_azimuth_deg:g} deg",
            "grid azimuths go from 0 to below 360 deg, clockwise from map up",
            "Bring it onto the circle.",
        )
    if not (found.length_m > 0.0 and found.width_m > 0.0):
        raise IlrsError(
            f"{where} is {found.length_m:g} m long and {found.width_m:g} m wide",
            "an ellipse is longer and wider than 0 m",
            "Give its whole length and width.",
        )
    return found
