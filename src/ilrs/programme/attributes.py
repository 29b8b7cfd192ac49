"""What the entity models look like from a file: their keys, units, choices and nesting, as data.

Loader, findings, checks, JSON Schema and docs all ask here, so that the pydantic models of
`entities` stay the only table of attributes.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from functools import cache, partial
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin

from annotated_types import Ge, Le
from pydantic import BaseModel, BeforeValidator
from pydantic.fields import FieldInfo

from ilrs.foundation.quantities import DIMENSIONS
from ilrs.programme.entities import Entity, Programme
from ilrs.programme.types import PartialDate, Utc

__all__ = [
    "KINDS", "PARTNER_KINDS", "PROGRAMME_KINDS", "TEXTS", "Attribute", "attributes_of",
    "attribute_at", "parts_of", "singular",
]  # fmt: skip

#: The programme's own texts: top-level keys of its files that hold no entities.
TEXTS = ("name", "names", "description", "lid_prefix")


@dataclass(frozen=True, slots=True)
class Attribute:
    """One attribute of a model: its name in the code, its key in the files, and what fits."""

    name: str
    key: str
    container: Literal["one", "list", "map"]
    model: type[BaseModel] | None = None  # of the nested mapping, where it is one
    unit: str | None = None  # of a quantity, one of DIMENSIONS
    choices: tuple[str, ...] = ()
    scalar: str = "text"  # in words, for what is no mapping, choice or quantity
    minimum: int | None = None  # of a whole number
    maximum: int | None = None
    nullable: bool = False
    required: bool = False
    default: Any = None

    @property
    def item(self) -> "Attribute":
        """One item of a list or map attribute."""
        return replace(self, container="one", nullable=False, required=True, default=None)

    @property
    def wanted(self) -> str:
        """What may stand here, in a few words that fit after 'is'."""
        return {"one": self._one(), "list": f"a list, each item {self._one()}"}.get(
            self.container, f"a mapping of names, each {self._one()}"
        )

    def _one(self) -> str:
        if self.model is not None:
            return f"a mapping with {', '.join(attributes_of(self.model))}"
        if self.choices:
            return f"one of {', '.join(self.choices)}"
        if self.unit is not None:
            kind, units = DIMENSIONS[self.unit]
            fitting = "0.29 or 29 %" if self.unit == "1" else ", ".join(units)
            return f"{kind} ({fitting})"
        return {
            "text": "a text",
            "date": "a date (2028, 2028-03, 2028-03-20 or an instant in UTC)",
            "instant": "an instant in UTC (2036-01-01 or 2036-01-01T06:00:00Z)",
            "whole number": f"a whole number{self._range()}",
            "number": "a plain number",
            "true or false": "true or false",
        }.get(self.scalar, self.scalar)

    def _range(self) -> str:
        if self.minimum is None:
            return ""
        return f" from {self.minimum}" + (f" to {self.maximum}" if self.maximum else " on")


def _shape(annotation: Any, metadata: Sequence[Any], found: dict[str, Any]) -> None:
    for mark in metadata:
        if isinstance(mark, BeforeValidator):
            if isinstance(mark.func, partial):
                found["unit"] = mark.func.keywords["unit"]
            else:
                found["scalar"] = _DATES[mark.func]
        elif isinstance(mark, Ge):
            found["minimum"] = mark.ge
        elif isinstance(mark, Le):
            found["maximum"] = mark.le
    origin, arguments = get_origin(annotation), get_args(annotation)
    if origin is Annotated:
        _shape(arguments[0], arguments[1:], found)
    elif origin in (Union, UnionType):
        found["nullable"] = NoneType in arguments
        _shape(next(part for part in arguments if part is not NoneType), (), found)
    elif origin is tuple:
        found["container"] = "list"
        _shape(arguments[0], (), found)
    elif origin is dict:
        found["container"] = "map"
        _shape(arguments[1], (), found)
    elif origin is Literal:
        found["choices"] = tuple(str(choice) for choice in arguments)
    elif isinstance(annotation, type) and issubclass(annotation, BaseModel):
        found["model"] = annotation
    elif annotation in _SCALARS:
        found["scalar"] = _SCALARS[annotation]


_SCALARS = {int: "whole number", float: "number", bool: "true or false"}
_DATES = {
    next(mark.func for mark in get_args(kind) if isinstance(mark, BeforeValidator)): words
    for kind, words in ((PartialDate, "date"), (Utc, "instant"))
}


def _attribute(name: str, field: FieldInfo) -> Attribute:
    found: dict[str, Any] = {"container": "one"}
    _shape(field.annotation, field.metadata, found)
    return Attribute(
        name=name,
        key=field.alias or name,
        required=field.is_required(),
        default=None if field.is_required() else field.get_default(call_default_factory=True),
        **found,
    )


@cache
def attributes_of(model: type[BaseModel]) -> dict[str, Attribute]:
    """The attributes of a model by their key in the files, in declared order.

    An entity's `id` is left out: in the files it is the key that the entity stands under.
    """
    listed = (_attribute(name, field) for name, field in model.model_fields.items())
    hidden = {"id"} if issubclass(model, Entity) else set()
    return {attribute.key: attribute for attribute in listed if attribute.key not in hidden}


#: Kind of entity (a top-level key of the files) -> its model, in the order of Programme.
KINDS: dict[str, type[Entity]] = {
    key: attribute.model
    for key, attribute in attributes_of(Programme).items()
    if attribute.model is not None and issubclass(attribute.model, Entity)
}
#: Kinds that a partner's files may declare, and those of the programme's own files.
PARTNER_KINDS = (
    "contributions", "elements", "experiments", "missions", "milestones", "launchers", "landers",
    "pads", "supplies", "developments", "interface_documents", "size_options", "surveys",
    "joint_observations",
)  # fmt: skip
PROGRAMME_KINDS = tuple(
    kind for kind in KINDS if kind not in ("partners", "contributions", "elements", "experiments")
)


def singular(kind: str) -> str:
    """One of a kind, in words: 'facilities' -> 'facility'."""
    words = kind.replace("_", " ")
    return f"{words[:-3]}y" if words.endswith("ies") else words.removesuffix("s")


def attribute_at(model: type[BaseModel], parts: Sequence[str | int]) -> Attribute | None:
    """The attribute that a path below an entity leads to; None where it leads to none."""
    at: Attribute | None = None
    inner: type[BaseModel] | None = model
    for part in parts:
        if at is not None and at.container != "one":
            at = at.item
        else:
            at = attributes_of(inner).get(str(part)) if inner is not None else None
            if at is None:
                return None
        inner = at.model
    return at


def parts_of(thing: BaseModel, path: str) -> Iterator[tuple[str, BaseModel, Attribute, Any]]:
    """Every attribute value of a declared thing and of all mappings inside it.

    Yields (dotted path, the model instance it stands in, the attribute, the value); a list or map
    of nested mappings is yielded whole first, then item by item.
    """
    for attribute in attributes_of(type(thing)).values():
        value, here = getattr(thing, attribute.name), f"{path}.{attribute.key}"
        yield here, thing, attribute, value
        if attribute.model is None or value is None:
            continue
        if attribute.container == "list":
            nested = [(f"{here}[{index}]", item) for index, item in enumerate(value)]
        elif attribute.container == "map":
            nested = [(f"{here}.{key}", item) for key, item in value.items()]
        else:
            nested = [(here, value)]
        for inner, item in nested:
            yield from parts_of(item, inner)
