"""Sidecars: what says of a file without a label of its own what a label would say.

A sidecar lies beside its file under the same name with `.yaml`, `.yml` or `.json` behind it (or in
place of the ending). It is a table of the fields of FIELDS, or a STAC item, whose assets are then
its files. A YAML sidecar may not use anchors; no sidecar may be longer than 1 MB, or say a key
twice: of two embargoes nobody can tell which holds.
"""

import json
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.label_place import hull_of
from ilrs.datacentre.lid import Lid, LidVid, Vid
from ilrs.datacentre.made_names import made_lidvid
from ilrs.datacentre.place import Circle, Place, parse_bbox
from ilrs.datacentre.place_text import parse_geojson, parse_wkt
from ilrs.datacentre.record import Record, Text
from ilrs.datacentre.rights import RightsStatement
from ilrs.foundation.errors import Finding, IlrsError, did_you_mean

__all__ = ["FIELDS", "Sidecar", "read_sidecar", "sidecar_of"]

MOST_BYTES = 1 << 20
_MOST_DEPTH = 20
_BROWSED = {"thumbnail", "overview"}  # roles of a STAC item's assets
ENDINGS = (".yaml", ".yml", ".json")
# field -> what it holds; `files` are further files, by name or with size, md5 and sha256
FIELDS: Mapping[str, str] = {
    "lid": "text", "version": "text", "title": "text", "description": "text", "texts": "texts",
    "start_utc": "instant", "stop_utc": "instant", "publication_year": "year", "target": "text",
    "mission": "text", "instrument": "text", "site": "text", "partner": "text",
    "science_fields": "list", "keywords": "list", "processing_level": "text", "place": "place",
    "pixel_m": "number", "access": "text", "embargo": "rule", "licence": "text",
    "statements": "statements", "attribution": "text",
    "sources": "list", "command": "text", "files": "files", "records": "number",
    "columns": "list",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says: values by the names of FIELDS, and the files that it names."""

    path: Path
    values: Mapping[str, Any]
    files: tuple[Mapping[str, Any], ...]

    def lidvid(self, prefix: str) -> LidVid:
        """The identifier that it states, or one made of its name. Raises IlrsError where wrong."""
        stated = self.values.get("lid", "")
        if not stated:
            stem = self.path.name.split(".")[0]
            version = str(self.values.get("version", ""))
            return made_lidvid(stem, bundle="sidecars", version=version, prefix=prefix)
        lid, _, version = str(stated).partition("::")
        return LidVid(Lid.parse(lid), Vid.parse(version or str(self.values.get("version", "1.0"))))

    def record(self, lidvid: LidVid, *, findings: list[Finding]) -> Record:
        """The record under an identifier; what cannot be kept is added to `findings`."""
        kept: dict[str, Any] = {}
        for name, kind in FIELDS.items():
            if name in self.values and name in _IN_RECORD:
                try:
                    kept[name] = _READERS[kind](self.values[name])
                except (IlrsError, *_UNREADABLE) as error:
                    findings.append(_wrong(self.path.name, name, kind, self.values[name], error))
        try:
            Embargo.parse(kept.get("embargo", ""))
        except IlrsError as error:  # it stays, and holds the product back
            findings.append(_wrong(self.path.name, "embargo", "rule", kept["embargo"], error))
        return Record(lidvid=str(lidvid), product_class="Product_External", **kept)


def sidecar_of(path: Path) -> Path | None:
    """The sidecar that lies beside a file; None where there is none."""
    names = (f"{path.name}{e}" for e in ENDINGS), (f"{path.stem}{e}" for e in ENDINGS)
    candidates = (path.parent / name for group in names for name in group if name != path.name)
    return next((place for place in candidates if place.is_file()), None)


def read_sidecar(path: Path) -> Sidecar | None:
    """The sidecar in a file; None where it is some other YAML or JSON.

    Raises IlrsError where it cannot be read, or has a field that no sidecar has.
    """
    values = _load(path)
    if not isinstance(values, dict):
        return None
    if values.get("type") == "Feature" and "assets" in values:
        return _of_stac(path, values)
    if "title" not in values or not ({"lid", "files", "instrument", "start_utc"} & values.keys()):
        return None
    for name in values:
        if name not in FIELDS:
            raise IlrsError(
                f"{path.name} has the field {str(name)[:60]!r}",
                "a sidecar has the fields " + ", ".join(FIELDS),
                did_you_mean(str(name)[:60], FIELDS, otherwise="Leave it out."),
            )
    return Sidecar(path, values, tuple(_files(values.get("files") or _beside(path))))


def _load(path: Path) -> Any:
    if path.stat().st_size > MOST_BYTES:
        raise IlrsError(
            f"{path.name} has {path.stat().st_size} bytes",
            f"a sidecar has at most {MOST_BYTES}",
            "Put data into files of their own.",
        )
    text = path.read_bytes().decode("utf-8", "replace").lstrip("\ufeff")
    try:
        if path.suffix == ".json":
            made = json.loads(text, object_pairs_hook=_said_once)
            json.dumps(made, ensure_ascii=False).encode()  # half a character could not be kept
            return made
        _require_plain(text, path.name)
        return yaml.load(text, _Loader)
    except (yaml.YAMLError, *_UNREADABLE) as error:
        reason = " ".join(str(error).split())[:200]
        raise IlrsError(
            f"{path.name} cannot be read: {reason}",
            "a sidecar is YAML or JSON in UTF-8, each key given once",
            "Correct it there.",
        ) from None


def _said_once(pairs: list[tuple[Any, Any]]) -> dict[Any, Any]:
    """A table of keys and values. Raises ValueError where a key is given twice."""
    made = dict(pairs)
    if len(made) < len(pairs):
        counted = Counter(key for key, _ in pairs)
        raise ValueError(f"the key {counted.most_common(1)[0][0]!r} is given twice")
    return made


def _require_plain(text: str, name: str) -> None:
    """Raises IlrsError where a YAML text lies too deep, or says something by an anchor."""
    depth = 0
    for event in yaml.parse(text, _YAML):
        depth += isinstance(event, yaml.CollectionStartEvent)
        depth -= isinstance(event, yaml.CollectionEndEvent)
        if isinstance(event, yaml.AliasEvent) or depth > _MOST_DEPTH:
            raise IlrsError(
                f"{name} uses an anchor again, or lies over {_MOST_DEPTH} deep",
                "a sidecar says everything once, and plainly",
                "Write out what the anchor stands for.",
            )


# what the readers of json and yaml, and those below, raise for what they cannot read
_UNREADABLE = (ArithmeticError, AttributeError, LookupError, RecursionError, TypeError, ValueError)
# libyaml's, where it is there: the pure Python one takes quadratic time for deep brackets
_YAML: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class _Loader(_YAML):  # type: ignore[misc]
    """YAML in which instants and versions stay the texts that they are: 1.10 is not 1.1.

    A key may not be given twice, nor once and again by a merge.
    """

    def construct_mapping(self, node: Any, deep: bool = False) -> dict[Any, Any]:
        """The table that a node says. Raises ValueError where a key is given twice."""
        made: dict[Any, Any] = super().construct_mapping(node, deep=deep)
        if len(made) < len(node.value):
            _said_once([(self.construct_object(key, deep=True), None) for key, _ in node.value])
        return made

    def construct_whole(self, node: Any) -> int:
        """The whole number that a node says. Raises ValueError where nobody could write it out."""
        made: int = self.construct_yaml_int(node)
        str(made)
        return made


_Loader.add_constructor("tag:yaml.org,2002:int", _Loader.construct_whole)
_Loader.yaml_implicit_resolvers = {
    key: [(tag, pattern) for tag, pattern in resolvers
          if tag not in {"tag:yaml.org,2002:timestamp", "tag:yaml.org,2002:float"}]
    for key, resolvers in _YAML.yaml_implicit_resolvers.items()
}  # fmt: skip


def _beside(path: Path) -> list[str]:
    """The file that a sidecar without `files` is for: of its name without the ending, or stem."""
    plain = path.with_suffix("")
    if plain.suffix and plain.exists():
        return [plain.name]
    others = sorted(p.name for p in path.parent.glob(f"{_literal(path.stem)}.*")
                    if p.suffix not in ENDINGS)  # fmt: skip
    return others[:1] or [plain.name]


def _literal(name: str) -> str:
    return "".join(f"[{c}]" if c in "*?[" else c for c in name)


def _files(entries: Any) -> list[Mapping[str, Any]]:
    if not isinstance(entries, list):
        raise IlrsError(
            "a sidecar's files are no list",
            "each is a name, or a table with name, size, md5 and sha256",
            "Write them as a list.",
        )
    made = [{"name": e} if isinstance(e, str) else e for e in entries]
    if not all(isinstance(e, dict) and isinstance(e.get("name"), str) for e in made):
        raise IlrsError(
            "a file in a sidecar has no name",
            "each is a name, or a table with name, size, md5 and sha256",
            "Name it.",
        )
    return made


def _of_stac(path: Path, item: Mapping[str, Any]) -> Sidecar:
    """What a STAC item says, in the words of a sidecar."""
    said = item.get("properties")
    said = said if isinstance(said, dict) else {}
    assets = item["assets"] if isinstance(item["assets"], dict) else {}
    files = [
        {"name": str(a["href"]).removeprefix("./"), "size": a.get("file:size"),
         "role": "data" if _BROWSED.isdisjoint(_words(a.get("roles"))) else "browse"}
        for a in assets.values()
        if isinstance(a, dict) and "href" in a and "://" not in str(a["href"])
    ]  # fmt: skip
    targets = said.get("ssys:targets") or ["Moon"]
    values = {
        "title": said.get("title") or item.get("id", ""),
        "description": said.get("description", ""),
        "start_utc": said.get("start_datetime") or said.get("datetime") or "",
        "stop_utc": said.get("end_datetime") or said.get("datetime") or "",
        "target": targets[0] if isinstance(targets, list) else targets,
        "mission": said.get("mission", ""),
        "instrument": ", ".join(_words(said.get("instruments"))),
        "keywords": said.get("keywords") or [],
        "licence": said.get("license", ""),
        "pixel_m": said.get("gsd"),
        "place": item.get("geometry") or item.get("bbox"),
        "lid": item.get("id", "") if str(item.get("id", "")).startswith("urn:") else "",
    }
    return Sidecar(path, {k: v for k, v in values.items() if v not in (None, "", [])}, tuple(files))


def _words(value: Any) -> list[str]:
    """The texts that a STAC item lists; none where it has no list there."""
    return list(map(str, value)) if isinstance(value, list) else []


def _place(value: Any) -> Place:
    """A place as GeoJSON, WKT, a bbox, corners, or a point with a radius."""
    if isinstance(value, str):
        return parse_wkt(value)
    if isinstance(value, list):
        return parse_bbox([float(v) for v in value])
    if "type" in value:
        return parse_geojson(_with_numbers(value))
    if "corners" in value:
        made = hull_of([(float(x), float(y)) for x, y in value["corners"]])
        if made is not None:
            return made
    longitude_deg, latitude_deg = float(value["longitude_deg"]), float(value["latitude_deg"])
    radius_deg = float(value.get("radius_deg", 0.0))
    return Circle(longitude_deg=longitude_deg, latitude_deg=latitude_deg, radius_deg=radius_deg)


def _with_numbers(value: Any) -> Any:
    """The geometry with texts of numbers as numbers: YAML's reals are read as texts here."""
    if isinstance(value, dict):
        return {k: v if k == "type" else _with_numbers(v) for k, v in value.items()}
    if isinstance(value, list):
        return [_with_numbers(part) for part in value]
    return float(value)


def _text(value: Any) -> str:
    if isinstance(value, str | int | float) and not isinstance(value, bool):
        return " ".join(str(value).split())
    raise ValueError(value)


def _rule(value: Any) -> str:
    """Any value as a text: what is no rule holds a product back, and is not left out."""
    return " ".join(str(value).split())


def _texts(value: Any) -> tuple[Text, ...]:
    return tuple(
        Text(_text(language), _text(said["title"]), _text(said.get("description", "")))
        for language, said in value.items()
    )


def _statements(value: Any) -> tuple[RightsStatement, ...]:
    return tuple(
        RightsStatement(
            issuer=_text(s["issuer"]),
            language=_text(s.get("language", "en")),
            text=_text(s["text"]),
        )
        for s in value
    )


def _list(value: Any) -> tuple[str, ...]:
    return (_text(value),) if isinstance(value, str) else tuple(_text(part) for part in value)


def _instant(value: Any) -> str:
    text = _text(value)
    microseconds(text)
    return text


def _number(value: Any) -> float:
    number = float(value)
    if not 0.0 < number < 1e9:
        raise ValueError(value)
    return number


def _year(value: Any) -> int:
    year = int(value)
    if not 1000 <= year <= 9999:
        raise ValueError(value)
    return year


_READERS: Mapping[str, Any] = {
    "text": _text, "texts": _texts, "instant": _instant, "number": _number, "list": _list,
    "place": _place, "year": _year, "rule": _rule, "statements": _statements,
}  # fmt: skip
_IN_RECORD = FIELDS.keys() - {"lid", "version", "files", "records", "columns"}


def _wrong(file: str, name: str, kind: str, value: Any, error: Exception) -> Finding:
    is_said = isinstance(error, IlrsError)
    return Finding(
        file=file, line=0, entity=name, kind="label",
        found=error.asked if is_said else f"{str(value)[:80]!r} cannot be read",  # type: ignore[attr-defined]
        possible=error.possible if is_said else f"it is of the kind {kind}",  # type: ignore[attr-defined]
        mend=error.mend if is_said else "Correct the sidecar.",  # type: ignore[attr-defined]
    )  # fmt: skip
