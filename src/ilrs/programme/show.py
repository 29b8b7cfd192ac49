"""One entity laid out for reading: its values with their origin, and who refers to it."""

from typing import Any

from pydantic import BaseModel

from ilrs.foundation.errors import IlrsError, did_you_mean
from ilrs.programme.attributes import KINDS, Attribute, parts_of
from ilrs.programme.declared import a_singular
from ilrs.programme.entities import Claim, Entity, Programme
from ilrs.programme.findings import quantity_text
from ilrs.programme.load import Loaded
from ilrs.programme.places import Places
from ilrs.programme.references import entities_of, references

__all__ = ["describe"]


def describe(loaded: Loaded, entity_id: str) -> list[tuple[str, str]]:
    """Rows (label, text) of an entity: kind and place, values with their origin, who names it.

    `entity_id` is an id, or a path such as 'missions.ILRS-1' where several kinds have that id.
    Raises IlrsError for an id that nothing has, or that several things have.
    """
    programme, places = loaded.programme, loaded.places
    path, entity = _find(programme, entity_id)
    kind = path.removesuffix(f".{entity.id}")
    rows = [("id", entity.id), ("kind", a_singular(kind)), ("declared in", _place(places, path))]
    claims = {claim.entity: claim for claim in programme.claims}
    for here, _, attribute, value in parts_of(entity, path):
        text = _value(attribute, value)
        origin = _origin(claims.get(here))
        if text or origin:
            rows.append((here.removeprefix(f"{path}."), f"{text} {origin}".strip()))
    for reference in references(programme):
        if reference.id == entity.id and kind in reference.kinds:
            rows.append(("named by", f"{reference.path} ({_place(places, reference.path)})"))
    return rows


def _find(programme: Programme, wanted: str) -> tuple[str, Entity]:
    known = dict(entities_of(programme))
    found = [path for path, entity in known.items() if wanted in (path, entity.id)]
    if len(found) == 1:
        return found[0], known[found[0]]
    if found:
        raise IlrsError(
            f"{wanted!r} is the id of {len(found)} things",
            f"they are {' and '.join(found)}",
            "Name one of them so, with its kind.",
        )
    counts = [(len(getattr(programme, kind)), kind.replace("_", " ")) for kind in KINDS]
    raise IlrsError(
        f"nothing has the id {wanted!r}",
        f"the programme declares {', '.join(f'{n} {kind}' for n, kind in counts if n)}",
        did_you_mean(
            wanted, [entity.id for entity in known.values()], otherwise="Look in the files."
        ),
    )


def _place(places: Places, path: str) -> str:
    file, line = places.of(path)
    return f"{file}:{line}"


def _value(attribute: Attribute, value: Any) -> str:
    """A value as people read it; empty for one that was left out and for a nested mapping."""
    if value is None:
        return "unknown" if attribute.unit else ""
    if value == attribute.default or value in ("", (), {}):
        return ""
    if attribute.container == "map" and attribute.model is None:
        parts = (f"{key}: {_one(attribute, part)}" for key, part in value.items())
        return ", ".join(parts)
    if attribute.model is not None:
        return ""
    if isinstance(value, tuple):
        return ", ".join(_one(attribute, part) for part in value)
    return _one(attribute, value)


def _one(attribute: Attribute, value: Any) -> str:
    if attribute.unit is None or isinstance(value, (str, BaseModel)):
        return str(value)
    return quantity_text(value, attribute.unit)


def _origin(claim: Claim | None) -> str:
    """Tolerance, status, reason, sources and date of a value, as far as they are given."""
    if claim is None:
        return ""
    said = [claim.status, claim.reason, ", ".join(claim.source)]
    said += [f"as of {claim.as_of}"] if claim.as_of else []
    tolerance = f"± {claim.tolerance} " if claim.tolerance else ""
    return f"{tolerance}({'; '.join(part for part in said if part)})"
