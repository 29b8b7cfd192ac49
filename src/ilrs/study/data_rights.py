"""A programme's rules on data as rights that a node of the data centre goes by."""

import json
from dataclasses import dataclass

from ilrs.datacentre.rights_file import DEFAULT_FILE
from ilrs.programme.entities import Programme
from ilrs.study.label_parts import embargo_text, slug

__all__ = ["DataRight", "data_rights", "rights_text"]


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRight:
    """One grant of a rule on data: whose data, to whom, what, and from when on."""

    benefit: str  # id of the rule
    of: tuple[str, ...]  # partners; empty: of everyone
    to: str
    may: tuple[str, ...]
    when: str  # receipt or release
    embargo: str  # '' for none


def data_rights(programme: Programme) -> list[DataRight]:
    """The grants of all rules on data, in their order: the first rule that fits decides alone."""
    return [
        DataRight(
            benefit=id_, of=benefit.of, to=grant.to, may=grant.may, when=grant.when,
            embargo=embargo_text(benefit.embargo_s),
        )
        for id_, benefit in programme.benefits.items()
        if benefit.gives == "data"
        for grant in benefit.grants
    ]  # fmt: skip


def rights_text(programme: Programme) -> str:
    """The rules on data as a node's rights.yaml; what they do not name goes by its label.

    They are about the programme's research alone: the other products of a run are joint ones.
    """
    lid = f"{programme.lid_prefix}:{slug(programme.name)}:research"
    lines = [
        f"# The rules on data of {programme.name}, written by `ilrs benefits --rights`.",
        "rules:",
    ]
    for id_, benefit in programme.benefits.items():
        if benefit.gives != "data":
            continue
        of = {"lid": lid} | ({"partner": list(benefit.of)} if benefit.of else {})
        lines += [f"  - name: {_quoted(f'benefit {id_}')}", f"    of: {_quoted(of)}"]
        embargo = embargo_text(benefit.embargo_s)
        lines += [f"    embargo: {_quoted(embargo)}"] if embargo else []
        lines.append("    grants:")
        lines += [
            "      - " + _quoted({"to": g.to, "may": list(g.may), "from": g.when})
            for g in benefit.grants
        ]
    _, _, defaults = DEFAULT_FILE.read_text(encoding="utf-8").partition("rules:\n")
    return "\n".join(lines) + "\n" + defaults


def _quoted(value: object) -> str:
    """A value as YAML takes it: JSON is YAML."""
    return json.dumps(value, ensure_ascii=False)
