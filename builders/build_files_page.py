"""Writes the tables of docs/files.md: units, rules of the check, and every entity's attributes.

Each stands between two marker comments; the text around them is written by hand.
"""

import ast
import inspect
import re
from collections.abc import Iterable, Iterator
from itertools import groupby
from pathlib import Path

from pydantic import BaseModel

from ilrs.foundation.quantities import DIMENSIONS
from ilrs.programme import entities
from ilrs.programme.attributes import (
    KINDS,
    PARTNER_KINDS,
    PROGRAMME_KINDS,
    attributes_of,
)
from ilrs.programme.check import RULES
from ilrs.programme.declared import a_singular
from ilrs.programme.entities import Entity
from ilrs.programme.references import TARGETS
from ilrs.programme.schema import SchemaRow, schema_table

PAGE = Path(__file__).parents[1] / "docs" / "files.md"
HEAD = "| attribute | what may stand there | left out | note |\n|---|---|---|---|"
_NO_UNIT = {"", "1", "1/y", "1/K"}


def units() -> str:
    """What can be measured, and the units that each is written with."""
    rows = (f"| {kind} | {', '.join(fitting)} |" for kind, fitting in DIMENSIONS.values())
    return "\n".join(["| quantity | units |", "|---|---|", *rows])


def rules() -> str:
    """The rules of the check, each as its own function words it."""
    lines = ((rule.__doc__ or "").split("\n")[0].removeprefix("Rule: ") for rule in RULES)
    return "\n".join(f"- {line[0].upper()}{line[1:]}" for line in lines)


def attributes() -> str:
    """One table per entity and per mapping inside one; what all entities have comes first."""
    common = attributes_of(Entity)
    shared = [row for row in schema_table() if row.attribute in common][: len(common)]
    parts = ["### Everything with an id", _table(Entity, shared)]
    for name, rows in groupby(schema_table(), key=lambda row: row.entity):
        model = getattr(entities, name)
        own = [r for r in rows if not (issubclass(model, Entity) and r.attribute in common)]
        told = (model.__doc__ or "").split("\n")[0]
        parts += [f"### {name}", f"{told} {_place(name)}".rstrip(), _table(model, own)]
    return "\n\n".join(parts)


def _place(name: str) -> str:
    """Where an entity is written: under which key of which files."""
    kind = next((kind for kind, model in KINDS.items() if model.__name__ == name), None)
    if kind is None:
        return ""
    if kind == "partners":
        return "Written under `partner:` in a partner's folder, whose name is the id."
    files = ((PARTNER_KINDS, "a partner's"), (PROGRAMME_KINDS, "the programme's own"))
    where = " or ".join(words for kinds, words in files if kind in kinds)
    return f"Written under `{kind}:` in {where} files."


def _table(model: type[BaseModel], rows: Iterable[SchemaRow]) -> str:
    notes = dict(_notes(model))
    lines = [
        f"| `{row.attribute}` | {_wanted(model, row)} | {_left_out(row)} "
        f"| {notes.get(row.attribute, '')} |"
        for row in rows
    ]
    return "\n".join([HEAD, *lines]) if lines else "It has no attributes of its own."


def _wanted(model: type[BaseModel], row: SchemaRow) -> str:
    """What fits, in words; ids and nested mappings by the name of what they lead to."""
    attribute = attributes_of(model)[row.attribute]
    kinds = ("sources",) if attribute.name == "source" else TARGETS.get((model, attribute.name))
    if kinds:
        one = f"the id of {' or '.join(a_singular(kind) for kind in kinds)}"
    elif attribute.model is not None:
        one = f"[{attribute.model.__name__}](#{attribute.model.__name__.lower()})"
    else:
        return row.description
    return {"one": one, "list": f"a list, each item {one}"}.get(
        attribute.container, f"a mapping of names, each {one}"
    )


def _left_out(row: SchemaRow) -> str:
    if row.required:
        return "must be written"
    if row.unit and row.default != "unknown" and row.default != "empty":
        return f"{float(row.default):g} {'' if row.unit in _NO_UNIT else row.unit}".rstrip()
    return row.default


def _notes(model: type[BaseModel]) -> Iterator[tuple[str, str]]:
    """The comments that stand beside a model's attributes, by key."""
    source = inspect.getsource(model)
    lines = source.split("\n")
    keys = {attribute.name: key for key, attribute in attributes_of(model).items()}
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            comment = re.search(r"  # (.+)$", lines[(node.end_lineno or node.lineno) - 1])
            if comment and node.target.id in keys:
                yield keys[node.target.id], comment.group(1)


def filled(text: str) -> str:
    """The page with each marked region written anew."""
    for region in (units, rules, attributes):
        begin = f"<!-- {region.__name__}: written by builders/build_files_page.py -->\n"
        end = f"\n<!-- end of {region.__name__} -->"
        before, rest = text.split(begin)
        text = f"{before}{begin}\n{region()}\n{end}{rest.split(end)[1]}"
    return text


if __name__ == "__main__":
    PAGE.write_text(filled(PAGE.read_text(encoding="utf-8")), encoding="utf-8")
