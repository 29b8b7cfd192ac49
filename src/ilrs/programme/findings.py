"""What pydantic found wrong with an entity, said as findings: found, possible, how to mend."""

from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

from pydantic import BaseModel, ValidationError

from ilrs.foundation.errors import Finding, did_you_mean
from ilrs.foundation.quantities import format_quantity
from ilrs.foundation.yaml_lines import dotted
from ilrs.programme.attributes import Attribute, attribute_at, attributes_of
from ilrs.programme.entities import key_of
from ilrs.programme.places import Places
from ilrs.programme.types import QuantityError

__all__ = [
    "Texts", "findings_of", "quantity_text", "shown", "unknown_key",
    "unplaced",
]  # fmt: skip

Texts: TypeAlias = tuple[str, str, str]  # found, possible, mend


def unplaced(path: str, texts: Texts, *, severity: str = "error") -> Finding:
    """A finding on a declared thing, still without its file and line."""
    found, possible, mend = texts
    return Finding(
        file="",
        line=0,
        entity=path,
        found=found,
        possible=possible,
        mend=mend,
        severity=severity,
    )


def unknown_key(key: str, possible: Iterable[str], *, holder: str) -> Texts:
    """Texts of a finding for a key that its holder (in words) does not have."""
    keys = tuple(possible)
    if key_of(key) in keys:  # the code's name of an attribute, written with its unit
        mend = f"Write {key_of(key)!r}: keys carry no unit, values do."
    else:
        mend = did_you_mean(key, keys, otherwise="Use one of these, or remove it.")
    return f"unknown key {key!r}", f"{holder} has {', '.join(keys)}", mend


def findings_of(
    error: ValidationError, *, model: type[BaseModel], path: str, places: Places
) -> list[Finding]:
    """One finding per fault of an entity (or claim) at `path`, each placed at file and line."""
    found = []
    for fault in error.errors(include_url=False):
        finding = unplaced(dotted([path, *fault["loc"]]), _texts(fault, model, path))
        found.append(places.place(finding))
    return found


def _texts(fault: Any, model: type[BaseModel], path: str) -> Texts:
    parts, kind = fault["loc"], fault["type"]
    if kind == "extra_forbidden":
        return _unknown(parts, model, path)
    at = attribute_at(model, parts)
    if kind == "value_error":
        error = fault["ctx"]["error"]
        if isinstance(error, QuantityError):
            if fault["input"] is None:
                return f"found {shown(None)}", error.error.possible, "Write it, or remove the key."
            return error.error.asked, error.error.possible, error.error.mend
    if at is None:
        return fault["msg"], "the schema says what fits here", "See `ilrs schema`."
    if at.container != "one" and isinstance(parts[-1], int):
        at = at.item
    return _SAYINGS.get(kind, _other)(at, fault)


def _unknown(parts: tuple[str | int, ...], model: type[BaseModel], path: str) -> Texts:
    holder = attribute_at(model, parts[:-1])
    inner = holder.model if holder is not None and holder.model is not None else model
    words = f"{holder.key!r}" if holder is not None else f"{path!r}"
    return unknown_key(str(parts[-1]), attributes_of(inner), holder=words)


def _missing(at: Attribute, fault: Any) -> Texts:
    example = at.choices[0] if at.choices else "…"
    return (
        f"the attribute {at.key!r} is missing",
        f"it is {at.wanted}",
        f"Add `{at.key}: {example}`.",
    )


def _choice(at: Attribute, fault: Any) -> Texts:
    given = fault["input"]
    mend = did_you_mean(str(given), at.choices, otherwise="Write one of these.")
    return f"found {shown(given)}", f"{at.key!r} is one of {', '.join(at.choices)}", mend


def _bound(at: Attribute, fault: Any) -> Texts:
    context = fault["ctx"]
    limit, words = next(
        (context[name], words) for name, words in _BOUNDS.items() if name in context
    )
    unit = f" {at.unit}" if at.unit else ""
    return (
        f"found {fault['input']}",
        f"{at.key!r} is {words} {limit:g}{unit}",
        "Correct the number.",
    )


_BOUNDS = {"ge": "at least", "le": "at most", "gt": "more than", "lt": "less than"}


def _kind(at: Attribute, fault: Any) -> Texts:
    given = fault["input"]
    if at.container == "list" and not isinstance(given, (list, dict)) and given is not None:
        mend = f"Write it as a list: [{given}]."
    elif fault["type"] == "string_type" and isinstance(given, (bool, int, float)):
        mend = f"Put it in quotes: '{shown(given)}'."
    else:
        mend = "Write it so, or remove the key."
    return f"found {shown(given)}", f"{at.key!r} is {at.wanted}", mend


def _other(at: Attribute, fault: Any) -> Texts:
    return (
        f"found {shown(fault['input'])}: {fault['msg'].lower()}",
        f"{at.key!r} is {at.wanted}",
        "Correct the value.",
    )


_SAYINGS: dict[str, Callable[[Attribute, Any], Texts]] = {
    "missing": _missing,
    "literal_error": _choice,
    **dict.fromkeys(
        ("greater_than_equal", "less_than_equal", "greater_than", "less_than"), _bound
    ),
    **dict.fromkeys(
        (
            "string_type", "tuple_type", "dict_type", "model_type", "int_type", "int_parsing",
            "int_from_float", "float_type", "float_parsing", "bool_type", "bool_parsing",
        ),
        _kind,
    ),
}  # fmt: skip


def quantity_text(value: float, unit: str) -> str:
    """A quantity as people read it: '12.5 kW', '22 t', '200000 J/K'."""
    if unit == "kg" and abs(value) >= 1000.0:
        return f"{value / 1000.0:.6g} t"
    if unit in ("kg", "K", "V", "deg", "m**2", "W/K", "J/K", "1", "1/y", "1/K"):
        return f"{value:.6g} {'' if unit == '1' else unit.replace('**', '')}".rstrip()
    return format_quantity(value, unit)


def shown(value: Any) -> str:
    """A value as a finding names it: short, and in YAML's words."""
    if value is None:
        return "nothing (null)"
    if isinstance(value, dict):
        return f"a mapping with {', '.join(map(str, value))}" if value else "an empty mapping"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if isinstance(value, bool):
        return str(value).lower()
    return repr(value)
