"""Quantities written as text, `number unit`, read to SI floats.

``parse_quantity("8.2 t", "kg")`` is 8200.0. A tolerance may follow ("600 kg ± 20 %", "600 kg ± 50
kg"). A wrong dimension, a missing unit and an unknown unit are errors that list what is possible.
"""

import math
import re
from dataclasses import dataclass
from functools import cache, lru_cache
from typing import Any

import pint

from ilrs.foundation.errors import IlrsError

__all__ = ["DIMENSIONS", "Quantity", "format_quantity", "parse_quantity"]

# The units people write for a lunar station, and no more: a short list is loaded in milliseconds
# and its error messages can name every unit that fits. Bits are a dimension of their own here
# (pint's default list makes them pure numbers, so that 2 Mbit/s would pass for 2 MHz).
_DEFINITIONS = """
kilo- = 1e3 = k-
mega- = 1e6 = M-
giga- = 1e9 = G-
tera- = 1e12 = T-
centi- = 1e-2 = c-
milli- = 1e-3 = m-
micro- = 1e-6 = u- = µ-
meter = [length] = m
second = [time] = s
ampere = [current] = A
gram = [mass] = g
kelvin = [temperature]; offset: 0 = K
degree_Celsius = kelvin; offset: 273.15 = degC = °C
bit = [information] = bit
byte = 8 * bit = B
radian = []
degree = 0.017453292519943295 * radian = deg = °
percent = 0.01 = %
minute = 60 * second = min
hour = 3600 * second = h
day = 86400 * second = d
year = 31557600 * second = y = a
tonne = 1e6 * gram = t
newton = kilogram * meter / second ** 2 = N
joule = newton * meter = J
pascal = newton / meter ** 2 = Pa
sievert = joule / kilogram = Sv
watt = joule / second = W
watt_hour = watt * hour = Wh
volt = watt / ampere = V
hertz = 1 / second = Hz
decibel_watt = [level] = dBW
decibel_milliwatt = decibel_watt; offset: -30 = dBm
decibel = [level_difference] = dB
"""

#: What a wanted unit measures, and the units that fit it (for messages and editors).
DIMENSIONS: dict[str, tuple[str, tuple[str, ...]]] = {
    "kg": ("a mass", ("kg", "t", "g")),
    "W": ("a power", ("W", "kW", "MW", "mW")),
    "Wh": ("an energy", ("Wh", "kWh", "MWh", "J", "MJ")),
    "m": ("a length", ("m", "km", "cm", "mm")),
    "m**2": ("an area", ("m2", "cm2", "mm2", "km2")),
    "m**3": ("a volume", ("m3",)),
    "Pa": ("a pressure", ("Pa", "kPa")),
    "s": ("a duration", ("s", "min", "h", "d", "y")),
    "K": ("a temperature", ("K", "degC")),
    "bit/s": ("a data rate", ("bit/s", "kbit/s", "Mbit/s", "Gbit/s")),
    "bit": ("an amount of data", ("bit", "kbit", "Mbit", "Gbit", "kB", "MB", "GB")),
    "V": ("a voltage", ("V", "kV")),
    "deg": ("an angle", ("deg", "radian")),
    "W/K": ("a heat conductance", ("W/K", "mW/K")),
    "J/K": ("a heat capacity", ("J/K", "kJ/K")),
    "1": ("a fraction", ("%",)),
    "1/y": ("a rate per year", ("%/y", "1/y")),
    "1/h": ("a rate per hour", ("%/h", "%/min", "1/h")),
    "1/K": ("a change per kelvin", ("%/K", "1/K")),
    "kg/d": ("a mass per time", ("kg/d", "kg/h")),
    "m/d": ("a growth of a length", ("m/d", "km/d", "m/h")),
    "m/s": ("a speed", ("m/s", "km/h", "m/h", "cm/s")),
    "Hz": ("a frequency", ("Hz", "kHz", "MHz", "GHz")),
    "dBW": ("a radiated power", ("dBW", "dBm")),
    "dB/K": ("a gain over noise temperature", ("dB/K",)),
    "dB": ("a ratio", ("dB",)),
    "Sv": ("a dose equivalent", ("Sv", "mSv")),
}

_GAPS = r" _\u00a0\u2009\u202f"  # between thousands, the narrow and the unbreakable space too
_DIGITS = rf"\d(?:\d|[{_GAPS}](?!1/))*"  # the 1 of 1/y is of the unit
_NUMBER = rf"[-+−]?(?:{_DIGITS}(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_TEXT = re.compile(rf"^\s*({_NUMBER})\s*([^±]*?)\s*(?:(?:±|\+/-)\s*({_NUMBER})\s*(.*?))?\s*$")
_POWER = re.compile(r"(?<=[A-Za-z°])([23])\b")


@dataclass(frozen=True, slots=True)
class Quantity:
    """A declared quantity: value and tolerance in the wanted unit, and the text it came from."""

    value: float
    unit: str
    text: str
    tolerance: float | None = None  # same unit, one-sided half width


@cache
def _registry() -> Any:
    registry: Any = pint.UnitRegistry(None, autoconvert_offset_to_baseunit=True, cache_folder=None)
    registry.load_definitions(_DEFINITIONS.strip().splitlines())
    return registry


def _fault(text: Any, unit: str, found: str) -> IlrsError:
    kind, fitting = DIMENSIONS[unit]
    example = _example(text, fitting[0])
    return IlrsError(
        f"found {text!r}, {found}",
        f"{kind} is written with {', '.join(fitting)}",
        f"Write for instance {example!r}.",
    )


def _example(text: Any, unit: str) -> str:
    match = re.match(rf"\s*({_NUMBER})", str(text))
    usable = match is not None and math.isfinite(_number(match.group(1)))
    return f"{match.group(1).strip() if match and usable else '10'} {unit}"


class _UnfitError(ValueError):
    """Why a unit does not fit, as the end of a sentence."""


@lru_cache(maxsize=4096)
def _factor(unit_text: str, unit: str) -> float | None:
    """What numbers in a unit are multiplied with; None where they are shifted as well.

    Asked for once: pint takes a millisecond. Raises _UnfitError for a unit that does not fit.
    """
    registry = _registry()
    try:
        given = registry.Unit(_as_pint(unit_text))
    except (
        Exception
    ):  # pint raises many kinds for text that is no unit (a tokenizer error included)
        raise _UnfitError(f"where {unit_text!r} is no known unit") from None
    wanted = registry.Unit("" if unit == "1" else unit)
    if given.dimensionality != wanted.dimensionality or (unit == "deg") != (_is_angle(unit_text)):
        raise _UnfitError(f"which is not {DIMENSIONS[unit][0]}")
    if registry.Quantity(0.0, given).to(wanted).magnitude != 0.0:
        return None
    return float(registry.Quantity(1.0, given).to(wanted).magnitude)


def _as_pint(unit_text: str) -> str:
    return _POWER.sub(r"**\1", unit_text.replace("°", "deg"))


def _convert(number: str, unit_text: str, unit: str, text: Any, *, difference: bool) -> float:
    value = _number(number)
    try:
        factor = _factor(unit_text, unit)
    except _UnfitError as error:
        raise _fault(text, unit, str(error)) from None
    if difference and unit in ("K", "dBW"):
        return abs(value)  # a kelvin and a degree Celsius are equally large, dBW and dBm too
    if factor is not None:
        return value * factor
    registry = _registry()
    return float(registry.Quantity(value, registry.Unit(_as_pint(unit_text))).to(unit).magnitude)


def _number(text: str) -> float:
    return float(re.sub(rf"[{_GAPS}]", "", text).replace("−", "-"))


def _is_angle(unit_text: str) -> bool:
    return unit_text.strip() in {"deg", "°", "degree", "degrees", "radian", "radians"}


def parse_quantity(text: Any, unit: str) -> Quantity:
    """The quantity that `text` declares, converted to `unit` (one of DIMENSIONS).

    Only a fraction may be a bare number (0.29 or "29 %"). Raises IlrsError naming the units that
    fit where the unit is missing, unknown or of another dimension.
    """
    if isinstance(text, (int, float)) and not isinstance(text, bool):
        if unit == "1":
            return Quantity(_finite(float(text), text, unit), unit, repr(text))
        raise _fault(text, unit, "a number without a unit")
    match = _TEXT.match(str(text)) if isinstance(text, str) else None
    if match is None:
        raise _fault(text, unit, "which is not a number with a unit")
    number, unit_text, spread, spread_unit = match.groups()
    if not unit_text and unit != "1":
        raise _fault(text, unit, "a number without a unit")
    value = _finite(_convert(number, unit_text or "", unit, text, difference=False), text, unit)
    return Quantity(value, unit, text.strip(), _tolerance(value, spread, spread_unit, unit, text))


def _finite(value: float, text: Any, unit: str) -> float:
    if not math.isfinite(value):
        raise _fault(text, unit, "which is not a finite number")
    return value


def _tolerance(
    value: float, spread: str | None, spread_unit: str | None, unit: str, text: str
) -> float | None:
    if spread is None:
        return None
    if spread_unit == "%" and unit != "1":
        return abs(value) * abs(_number(spread)) / 100.0
    return _convert(spread, spread_unit or "", unit, text, difference=True)


def format_quantity(value: float, unit: str) -> str:
    """Short text for people: the value with a fitting prefix, such as '12.5 kW' or '354 h'."""
    steps = {
        "W": ((1e6, "MW"), (1e3, "kW"), (1, "W")),
        "Wh": ((1e6, "MWh"), (1e3, "kWh"), (1, "Wh")),
        "bit/s": ((1e9, "Gbit/s"), (1e6, "Mbit/s"), (1e3, "kbit/s"), (1, "bit/s")),
        "bit": ((1e12, "Tbit"), (1e9, "Gbit"), (1e6, "Mbit"), (1e3, "kbit"), (1, "bit")),
        "s": ((31557600.0, "y"), (3600.0, "h"), (60.0, "min"), (1, "s")),
        "m": ((1e3, "km"), (1, "m")),
        "Pa": ((1e3, "kPa"), (1, "Pa")),
    }.get(unit, ((1, unit),))
    size, name = next((step for step in steps if abs(value) >= step[0]), steps[-1])
    label = "" if name == "1" else f" {name}"
    return f"{value / size:.4g}{label}"
