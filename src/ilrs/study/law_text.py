"""How objects stand in law, what guidelines say, and registration texts, for people to read."""

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

from ilrs.cooperation.guidelines import Answer
from ilrs.cooperation.jurisdiction import Standing
from ilrs.programme.entities import Programme
from ilrs.study.book_words import Words, words_in
from ilrs.study.law import Coordination

__all__ = [
    "LIABILITY_NOTE", "guidelines_table", "notification", "object_table", "open_table",
    "spectrum_table", "standings_table",
]  # fmt: skip

_MOST_LISTED = 6  # names in a cell

Table = tuple[Sequence[str], list[tuple[object, ...]]]


#: What stands behind the column of liability.
LIABILITY_NOTE = (
    "Liability Convention: for fault on the Moon (Art. III), without fault on Earth (Art. II), "
    "launching States jointly and severally (Art. V). No legal advice."
)


def standings_table(rows: Sequence[Standing]) -> Table:
    """Every object with the States behind it, its registry, who answers for it, what is open."""
    return ("object", "owner", "launching States", "registry", "liability", "not declared"), [
        (
            row.object, row.owner or "–", ", ".join(s.state for s in row.launching_states) or "–",
            row.registry_state or "–", row.liability, ", ".join(row.open),
        )
        for row in rows
    ]  # fmt: skip


def guidelines_table(programme: Programme, rows: Sequence[Answer]) -> Table:
    """Each guideline with how many objects meet it, do not, or have not declared."""
    columns = ("guideline", "instrument", "met", "not met", "not declared")
    counts = {key: Counter[str]() for key in programme.guidelines}
    for row in rows:
        counts[row.guideline][row.state] += 1
    return columns, [
        (
            key, programme.guidelines[key].instrument,
            *(str(count[state] or "") for state in ("met", "not met", "not declared")),
        )
        for key, count in counts.items()
    ]  # fmt: skip


def open_table(rows: Sequence[Answer]) -> Table:
    """What is not met or not declared: the objects, and the reason of the first of them."""
    groups: dict[tuple[str, str], list[Answer]] = {}
    for row in sorted(rows, key=lambda r: r.state != "not met"):
        if row.state != "met":
            groups.setdefault((row.guideline, row.state), []).append(row)
    return ("guideline", "", "objects", "why, of the first", "mend"), [
        (guideline, state, _listed([row.object for row in own]), own[0].why, own[0].mend)
        for (guideline, state), own in groups.items()
    ]


def object_table(rows: Sequence[Answer]) -> Table:
    """Every guideline's verdict on the objects of these rows, with what would mend it."""
    return ("guideline", "object", "", "why", "mend"), [
        (row.guideline, row.object, row.state, row.why, row.mend) for row in rows
    ]


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _MOST_LISTED} more" if len(names) > _MOST_LISTED else ""
    return f"{', '.join(names[:_MOST_LISTED])}{more}"


def spectrum_table(rows: Sequence[Coordination]) -> Table:
    """Every carrier with its band, and with whom it is to be coordinated."""
    return ("carrier", "of", "MHz", "way", "band", "coordinate with"), [
        (
            row.assignment.id, row.assignment.partner or "–",
            f"{row.assignment.frequency_hz / 1e6:g}", row.assignment.way,
            f"{row.standing}: {row.basis}" if row.basis else row.standing,
            ", ".join(row.with_others),
        )
        for row in rows
    ]  # fmt: skip


def notification(programme: Programme, record: Mapping[str, Any], *, language: str) -> str:
    """The draft of a note to the Secretary-General with a registration record, in a language.

    A launched object is registered (Registration Convention, Art. IV); of one still to be launched
    the activity is told (Outer Space Treaty, Art. XI). What is not known stays open. Raises
    IlrsError for a language that has no catalogue.
    """
    words = words_in(language)
    launched = record["date_of_launch"] is not None
    state = record["state_of_registry"] or words.text("law.state_open")
    lines = [
        words.text("law.note.registered" if launched else "law.note.planned", state=_state(
            programme, state, language)),
        "",
        *(f"{words.text(f'law.field.{key}')}{words.text('law.colon')}{value}"
          for key, value in _fields(programme, record, words)),
        "",
        *record_remarks(record, words),
        words.text("law.draft"),
    ]  # fmt: skip
    return "\n".join(lines)


def record_remarks(record: Mapping[str, Any], words: Words) -> list[str]:
    """Remarks that a registry has to settle first, in words."""
    states = record["launching_states"] or []
    remarks = [words.text("law.several", states=", ".join(states))] if len(states) > 1 else []
    if record["additional"]["site"] is not None:
        remarks.append(words.text("law.landed"))
    return remarks


def _state(programme: Programme, key: str, language: str) -> str:
    partner = programme.partners.get(key)
    return key if partner is None else partner.name_in(language)


def _fields(programme: Programme, record: Mapping[str, Any], words: Words) -> list[tuple[str, str]]:
    """The fields of Article IV in its order, then what may be added (Art. IV.2)."""
    language, not_known = words.language, words.text("law.not_known")
    orbit, more = record["basic_orbital_parameters"] or {}, record["additional"]
    declared = programme.missions.get(record["object"]) or programme.elements.get(record["object"])
    states = [_state(programme, key, language) for key in record["launching_states"] or []]
    place = ""
    if more["latitude_deg"] is not None and more["longitude_deg"] is not None:
        place = f"{more['latitude_deg']:g}°, {more['longitude_deg']:g}° ({more['frame']})"
    values = {
        "states": ", ".join(states),
        "designator": record["designator"],
        "number": record["registration_number"],
        "name": declared.name_in(language) if declared is not None else record["name"],
        "date": record["date_of_launch"] or record["announced_date_of_launch"],
        "territory": _state(programme, record["territory_or_location_of_launch"] or "", language),
        "period": None,
        "inclination": _degrees(orbit.get("inclination_deg")),
        "apoapsis": _kilometres(orbit.get("apoapsis_altitude_km")),
        "periapsis": _kilometres(orbit.get("periapsis_altitude_km")),
        "function": record["general_function"],
        "registry": _state(programme, record["state_of_registry"] or "", language),
        "owner": _state(programme, more["owner"] or "", language),
        "place": place,
    }
    landed = {"period", "inclination", "apoapsis", "periapsis"} if place and not orbit else set()
    return [(k, str(v) if v else not_known) for k, v in values.items() if k not in landed]


def _degrees(value: float | None) -> str | None:
    return None if value is None else f"{value:g}°"


def _kilometres(value: float | None) -> str | None:
    return None if value is None else f"{value:g} km"
