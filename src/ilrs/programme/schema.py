"""The schema of the files, from the models themselves: JSON Schema for editors, rows for docs."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

from pydantic import BaseModel

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.attributes import (
    KINDS,
    PARTNER_KINDS,
    PROGRAMME_KINDS,
    Attribute,
    attributes_of,
)
from ilrs.programme.claims import CLAIM_KEYS, FIGURES
from ilrs.programme.entities import Claim, Entity

__all__ = ["SchemaRow", "json_schema", "schema_table"]

_DIALECT = "https://json-schema.org/draft/2020-12/schema"
_ORIGIN, _FIGURES = "ValueWithOrigin", "Figures"
_FILES = ("programme", "partner")
_TYPES: dict[str, Any] = {
    "text": "string",
    "date": ["string", "integer"],  # a bare 2028 is an integer to an editor
    "instant": "string",
    "whole number": "integer",
    "number": "number",
    "true or false": "boolean",
}


@dataclass(frozen=True, slots=True)
class SchemaRow:
    """One attribute as a line of the documentation's table."""

    entity: str
    attribute: str
    unit: str
    required: bool
    default: str
    description: str


def json_schema(kind: str | None) -> dict[str, Any]:
    """JSON Schema (draft 2020-12) of the files, with the keys that stand in them.

    `kind` is "programme" or "partner" for such a file, a kind of entity ("elements") for its
    attributes, None for a file of either sort. Every attribute may also be written as
    {value, source, as_of, status, reason}. Attributes are marked required as in a programme of one
    folder; a folder laid over another may leave them out. Raises IlrsError for another kind.
    """
    files = {"programme": _programme_file(), "partner": _partner_file()}
    known = (*_FILES, *KINDS)
    if kind is None:
        top: dict[str, Any] = {"anyOf": list(files.values())}
    elif kind in files:
        top = files[kind]
    elif kind in KINDS:
        top = {"$ref": f"#/$defs/{KINDS[kind].__name__}"}
    else:
        raise IlrsError(
            f"no schema of {kind!r}",
            f"there is one of {', '.join(known)}",
            did_you_mean(kind, known, otherwise="Name one of them, or none for all files."),
        )
    models = {model.__name__: _model(model) for model in _models(KINDS.values())}
    origin = {_ORIGIN: _origin(CLAIM_KEYS), _FIGURES: _origin(CLAIM_KEYS[1:])}
    return {"$schema": _DIALECT, **top, "$defs": {**models, **origin}}


def schema_table() -> list[SchemaRow]:
    """One row per attribute of every model, entities in the order of a programme's files."""
    return [
        SchemaRow(
            entity=model.__name__,
            attribute=attribute.key,
            unit=attribute.unit or "",
            required=attribute.required,
            default=_default(attribute),
            description=attribute.wanted,
        )
        for model in _models(KINDS.values())
        for attribute in attributes_of(model).values()
    ]


def _default(attribute: Attribute) -> str:
    if attribute.required:
        return ""
    if attribute.default is None:
        return "unknown" if attribute.unit else "none"
    if isinstance(attribute.default, BaseModel):
        return "its own defaults"
    return str(attribute.default) if attribute.default not in ("", (), {}) else "empty"


def _models(start: Iterable[type[BaseModel]]) -> Iterator[type[BaseModel]]:
    """The models and those nested in them, each once, a nested one after its first holder."""
    seen: dict[type[BaseModel], None] = {}
    waiting = list(start)
    while waiting:
        model = waiting.pop(0)
        if model not in seen:
            seen[model] = None
            inner = (attribute.model for attribute in attributes_of(model).values())
            waiting = [each for each in inner if each is not None] + waiting
    yield from seen


def _model(model: type[BaseModel]) -> dict[str, Any]:
    attributes = attributes_of(model)
    properties = {key: _property(attribute) for key, attribute in attributes.items()}
    if issubclass(model, Entity):
        properties[FIGURES] = {"$ref": f"#/$defs/{_FIGURES}"}
    return {
        "type": "object",
        "description": (model.__doc__ or "").split("\n")[0],
        "properties": properties,
        "required": [key for key, attribute in attributes.items() if attribute.required],
        "additionalProperties": False,
    }


def _property(attribute: Attribute) -> dict[str, Any]:
    """An attribute: its plain value, nothing where it may be unknown, or its value with origin."""
    plain = _value(attribute)
    origin = {"allOf": [{"$ref": f"#/$defs/{_ORIGIN}"}, {"properties": {"value": plain}}]}
    return {"description": attribute.wanted, "anyOf": [plain, origin]}


def _value(attribute: Attribute) -> dict[str, Any]:
    if attribute.container == "list":
        value: dict[str, Any] = {"type": "array", "items": _value(attribute.item)}
    elif attribute.container == "map":
        value = {"type": "object", "additionalProperties": _value(attribute.item)}
    elif attribute.model is not None:
        value = {"$ref": f"#/$defs/{attribute.model.__name__}"}
    elif attribute.choices:
        value = {"enum": list(attribute.choices)}
    elif attribute.unit is not None:
        value = {"type": ["string", "number"] if attribute.unit == "1" else "string"}
    else:
        value = {"type": _TYPES[attribute.scalar]}
        bounds = {"minimum": attribute.minimum, "maximum": attribute.maximum}
        value |= {name: bound for name, bound in bounds.items() if bound is not None}
    return {"anyOf": [value, {"type": "null"}]} if attribute.nullable else value


def _origin(keys: Iterable[str]) -> dict[str, Any]:
    claim = attributes_of(Claim)
    return {
        "type": "object",
        "description": "Where a value comes from and how firm it is",
        "properties": {key: {} if key == "value" else _value(claim[key]) for key in keys},
        "required": ["value"] if "value" in keys else [],
        "additionalProperties": False,
    }


def _programme_file() -> dict[str, Any]:
    texts = {
        "name": {"type": "string"},
        "names": {"type": "object", "additionalProperties": {"type": "string"}},
        "description": {"type": "string"},
        "lid_prefix": {"type": "string"},
    }
    return _file("A programme's own file, such as programme.yaml", texts, PROGRAMME_KINDS)


def _partner_file() -> dict[str, Any]:
    partner = {"partner": {"$ref": f"#/$defs/{KINDS['partners'].__name__}"}}
    return _file("A partner's file, partners/<id>/*.yaml", partner, PARTNER_KINDS)


def _file(description: str, first: dict[str, Any], kinds: Iterable[str]) -> dict[str, Any]:
    mappings = {
        kind: {
            "type": ["object", "null"],
            "description": "id -> attributes",
            "additionalProperties": {"$ref": f"#/$defs/{KINDS[kind].__name__}"},
        }
        for kind in kinds
    }
    return {
        "type": "object",
        "description": description,
        "properties": {**first, **mappings},
        "additionalProperties": False,
    }
