"""Where the values of a column in memory are read from: most from what the record says."""

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from ilrs.datacentre.conditions import FIELDS
from ilrs.datacentre.lid import collection_of
from ilrs.datacentre.said import Said
from ilrs.datacentre.seen import UNKNOWN_US

__all__ = ["SAID", "reader_of", "source_of", "unknown_of"]

#: The expression of what a row's record says, as JSON.
SAID = "p.record"
_EXPRESSIONS: Mapping[str, str] = {
    "place": "p.shape", "collection": "p.lid", "lid": "p.lid",
    "lidvid": "p.lid || '::' || p.major || '.' || p.minor",
    "stop_utc": f"coalesce(p.stop_us, {UNKNOWN_US})",
}  # fmt: skip


def source_of(name: str) -> str:
    """The expression in table `p` that a field is read from."""
    return _EXPRESSIONS.get(name, SAID)


def reader_of(name: str) -> Callable[[Sequence[Any]], list[Any]]:
    """What reads a field of many rows from its source: of each one value, or those of a list.

    Where the source is SAID, from what the JSON holds.
    """
    known = _READERS.get(name)
    if known is not None:
        return lambda sources: list(map(known, sources))
    if name in _EXPRESSIONS:
        return list
    if FIELDS[name] == "list":
        return lambda sources: [dict.fromkeys(said.get(name, ())) for said in sources]
    unknown = unknown_of(name)
    return lambda sources: [said.get(name, unknown) for said in sources]


def unknown_of(name: str) -> Any:
    """What stands in a column for the unknown."""
    return {"number": math.nan, "instant": UNKNOWN_US}.get(FIELDS.get(name, ""))


def _findings(said: Said, *, are_errors: bool) -> int:
    """How many errors were found, or how many warnings."""
    return sum((f["severity"] == "error") == are_errors for f in said.get("findings", ()))


_READERS: Mapping[str, Callable[[Any], Any]] = {
    "collection": collection_of,
    "languages": lambda said: dict.fromkeys(text[0] for text in said.get("texts", ())),
    "media_types": lambda said: dict.fromkeys(
        file["media_type"] for file in said.get("files", ()) if file["media_type"]
    ),
    "errors": lambda said: _findings(said, are_errors=True),
    "warnings": lambda said: _findings(said, are_errors=False),
    "size": lambda said: sum(file["size"] for file in said.get("files", ())),
}
