"""Field types of declared entities: quantities read to SI, dates kept as partners wrote them."""

from functools import partial
from typing import Annotated, Any

from pydantic import BeforeValidator, WithJsonSchema

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.quantities import DIMENSIONS, parse_quantity
from ilrs.foundation.time import parse_utc

__all__ = [
    "Bits", "BitsPerSecond", "CubicMetres", "DecibelWatts", "Decibels", "DecibelsPerKelvin",
    "Degrees", "Fraction", "Hertz", "JoulesPerKelvin", "Kelvin", "Kilograms", "KilogramsPerDay",
    "Metres", "MetresPerDay", "MetresPerSecond", "PartialDate", "Pascals", "PerHour", "PerKelvin",
    "PerYear",
    "Seconds", "SquareMetres", "Utc", "Volts", "WattHours", "Watts", "WattsPerKelvin",
]  # fmt: skip


def _read(value: Any, unit: str) -> float:
    try:
        return parse_quantity(value, unit).value
    except IlrsError as error:  # pydantic turns a ValueError into one of its findings
        raise QuantityError(error) from None


class QuantityError(ValueError):
    """Carries an IlrsError through pydantic, so that its three parts reach the finding."""

    def __init__(self, error: IlrsError) -> None:
        self.error = error
        super().__init__(str(error))


def _quantity(unit: str) -> Any:
    kind, units = DIMENSIONS[unit]
    hint = {
        "type": ["string", "number"] if unit == "1" else "string",
        "description": f"{kind}: number and unit ({', '.join(units)})",
    }
    return BeforeValidator(partial(_read, unit=unit)), WithJsonSchema(hint)


Kilograms = Annotated[float, *_quantity("kg")]
Watts = Annotated[float, *_quantity("W")]
WattHours = Annotated[float, *_quantity("Wh")]
Metres = Annotated[float, *_quantity("m")]
SquareMetres = Annotated[float, *_quantity("m**2")]
Seconds = Annotated[float, *_quantity("s")]
Kelvin = Annotated[float, *_quantity("K")]
BitsPerSecond = Annotated[float, *_quantity("bit/s")]
Bits = Annotated[float, *_quantity("bit")]
Volts = Annotated[float, *_quantity("V")]
Degrees = Annotated[float, *_quantity("deg")]
WattsPerKelvin = Annotated[float, *_quantity("W/K")]
JoulesPerKelvin = Annotated[float, *_quantity("J/K")]
Fraction = Annotated[float, *_quantity("1")]
PerYear = Annotated[float, *_quantity("1/y")]
PerHour = Annotated[float, *_quantity("1/h")]
PerKelvin = Annotated[float, *_quantity("1/K")]
Hertz = Annotated[float, *_quantity("Hz")]
DecibelWatts = Annotated[float, *_quantity("dBW")]
DecibelsPerKelvin = Annotated[float, *_quantity("dB/K")]
Decibels = Annotated[float, *_quantity("dB")]
CubicMetres = Annotated[float, *_quantity("m**3")]
Pascals = Annotated[float, *_quantity("Pa")]
KilogramsPerDay = Annotated[float, *_quantity("kg/d")]
MetresPerDay = Annotated[float, *_quantity("m/d")]
MetresPerSecond = Annotated[float, *_quantity("m/s")]


def _utc(value: Any) -> str:
    try:
        parse_utc(str(value))
    except IlrsError as error:
        raise QuantityError(error) from None
    return str(value)


def _partial_date(value: Any) -> str:
    """A date as announced: a year, a month, a day or an instant; later parts may be unknown."""
    text = str(value).strip()
    padded = text + {4: "-01-01", 7: "-01"}.get(len(text), "")
    _utc(padded)
    return text


Utc = Annotated[str, BeforeValidator(_utc), WithJsonSchema({"type": "string"})]
PartialDate = Annotated[
    str,
    BeforeValidator(_partial_date),
    WithJsonSchema({"type": "string", "description": "2028, 2028-03, 2028-03-20 or an instant"}),
]
