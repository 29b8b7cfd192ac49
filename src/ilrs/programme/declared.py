"""One file's declarations: entities with their claims unwrapped, not yet checked for shape."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from ilrs.foundation.errors import Finding
from ilrs.foundation.yaml_lines import YamlFile
from ilrs.programme.attributes import (
    KINDS,
    PARTNER_KINDS,
    PROGRAMME_KINDS,
    TEXTS,
    attributes_of,
    singular,
)
from ilrs.programme.claims import FIGURES, Claims
from ilrs.programme.entities import Claim
from ilrs.programme.findings import Texts, shown, unknown_key
from ilrs.programme.reading import Reading, Spot

__all__ = ["Declared", "DeclaredFile", "a_singular", "read_declarations"]

#: The attribute that a partner's folder fills in, by kind.
_OWNER_KEYS = {
    "elements": "owner",
    "experiments": "owner",
    "missions": "owner",
    "milestones": "owner",
    "surveys": "owner",
    "joint_observations": "owner",
    "contributions": "partner",
}
_FILES = {True: "a partner's files", False: "the programme's own files"}
_ID = (
    "the id written inside",
    "the id is the key that an entity stands under",
    "Remove this line.",
)


@dataclass(slots=True)
class Declared:
    """One entity as one file says it: values and claims by attribute key."""

    kind: str
    id: str
    partner: str | None  # whose folder it stands in; None for the programme's own files
    place: tuple[str, int]
    values: dict[str, Any] = field(default_factory=dict)
    claims: dict[str, list[Claim]] = field(default_factory=dict)

    @property
    def path(self) -> str:
        """Dotted path of the entity."""
        return f"{self.kind}.{self.id}"


@dataclass(slots=True)
class DeclaredFile:
    """All that one file declares, with the lines and the findings of its reading."""

    texts: dict[str, Any]
    entities: list[Declared]
    lines: dict[str, tuple[str, int]]
    findings: list[Finding]
    is_whole: bool  # False where the file could not be read at all


def read_declarations(yaml: YamlFile, *, partner: str | None) -> DeclaredFile:
    """What a file declares; `partner` is the id of the partner's folder that it stands in."""
    reading = Reading(yaml)
    is_whole = yaml.data is not None or not yaml.findings
    result = DeclaredFile({}, [], reading.lines, reading.findings, is_whole)
    kinds = PROGRAMME_KINDS if partner is None else PARTNER_KINDS
    keys = (*TEXTS, *kinds) if partner is None else ("partner", *kinds)
    whole = Spot((), "")
    for key, raw in reading.items(yaml.data, whole, holder="a programme file", keys=keys):
        spot = Spot((key,), key)
        reading.note(spot)
        if key not in keys:
            reading.fault(spot, _stray(key, keys, partner))
        elif key in TEXTS:
            result.texts[key] = raw
        elif key == "partner":
            entity = Spot((key,), f"partners.{partner}")
            result.entities.append(_entity(reading, "partners", raw, entity, partner))
        else:
            names = (f"ids, each with the attributes of {a_singular(key)}",)
            for id_, fields in reading.items(raw, spot, holder=f"{key!r}", keys=names):
                entity = Spot((key, id_), f"{key}.{id_}")
                result.entities.append(_entity(reading, key, fields, entity, partner))
    return result


def a_singular(kind: str) -> str:
    """One of a kind with its article: 'elements' -> 'an element'."""
    word = singular(kind)
    return f"{'an' if word[0] in 'aeio' else 'a'} {word}"


def _stray(key: str, keys: Sequence[str], partner: str | None) -> Texts:
    """Texts for a top-level key that does not belong into this file."""
    in_partner = partner is not None
    known = ("partner", *TEXTS, *KINDS)
    if key not in known:
        return unknown_key(key, keys, holder="a file here")
    found = f"{key!r} in {_FILES[in_partner]}"
    possible = f"there stand {', '.join(keys)}"
    if key in ("partner", "partners"):
        mend = "Write each one as `partner:` in a file of the folder partners/<id>/."
    elif in_partner:
        mend = f"Move it to {_FILES[False]}, such as programme.yaml."
    else:
        mend = "Move it to a file of the folder partners/<id>/."
    return found, possible, mend


def _entity(reading: Reading, kind: str, raw: Any, spot: Spot, partner: str | None) -> Declared:
    reading.note(spot)
    attributes = attributes_of(KINDS[kind])
    id_ = spot.path.removeprefix(f"{kind}.")
    entity = Declared(kind, id_, partner, reading.lines[spot.path])
    holder = f"{spot.path!r}"
    fields = dict(reading.items(raw, spot, holder=holder, keys=tuple(attributes)))
    claims = Claims(reading, figures=fields.pop(FIGURES, None), spot=spot.key(FIGURES))
    for key, value in fields.items():
        here = Spot((*spot.at, key), f"{spot.path}.{key}", attributes.get(key))
        if key == "id":
            reading.fault(here, _ID)
            continue
        plain = claims.unwrap(value, here, key=key)
        if plain is not None or here.keeps_null:
            entity.values[key] = plain
    entity.claims = claims.by_key
    _own(reading, entity, spot)
    return entity


def _own(reading: Reading, entity: Declared, spot: Spot) -> None:
    """Fill in the folder's partner as owner; another one there is a stranger."""
    key = _OWNER_KEYS.get(entity.kind)
    if key is None or entity.partner is None:
        return
    owner = entity.values.setdefault(key, entity.partner)
    if owner != entity.partner:
        texts = (
            f"{a_singular(entity.kind)} owned by a stranger, {shown(owner)}",
            f"what stands in partners/{entity.partner}/ belongs to {entity.partner!r}",
            f"Leave {key!r} out, or move this to partners/{owner}/.",
        )
        reading.fault(spot.key(key), texts)
