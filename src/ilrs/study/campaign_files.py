"""A launch campaign as tables for a terminal, and as JSON, CSV, a calendar and a picture."""

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

import numpy as np

from ilrs.cooperation.rehost import Room
from ilrs.cooperation.reserves import Outlook
from ilrs.foundation.calendar import ZONES, CalendarEvent, icalendar
from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.study.campaign_chart import campaign_svg
from ilrs.study.campaigns import CampaignAnswer
from ilrs.study.site_files import write_text

__all__ = [
    "breaks_table", "campaign_csv", "campaign_ics", "campaign_provenance", "campaign_record",
    "landings_table", "moves_table", "notes", "outlook_notes", "reserves_table", "rooms_table",
    "write_campaign", "years_table",
]  # fmt: skip

Table = tuple[Sequence[str], list[tuple[object, ...]]]
_MOST_IDS = 6  # that a note lists; of more it says how many


def landings_table(answer: CampaignAnswer) -> Table:
    """The manifest of each launch in landing order: mass, volume, what is free."""
    return ("", "lands", "launch", "asked", "carries", "kg", "of", "free", "m3"), [
        (
            row.number, row.date, row.carrier + (f" at {row.pad}" if row.pad else ""), row.owner,
            ", ".join(row.cargo), f"{row.mass_kg:,.0f}", f"{row.landed_kg:,.0f}",
            f"{row.free_kg:,.0f}", _volume(row.volume_m3, row.hold_m3),
        )
        for row in answer.landings()
    ]  # fmt: skip


def _volume(volume_m3: float, hold_m3: float | None) -> str:
    if not volume_m3:
        return "not declared"
    return f"{volume_m3:.3g}" + (f" of {hold_m3:.3g}" if hold_m3 is not None else "")


def moves_table(answer: CampaignAnswer) -> Table:
    """The pieces that ride on another launch than booked, or on one that flies on another day."""
    return ("cargo", "of", "kg", "booked on", "lands now on", "later by"), [
        (
            row.cargo, row.owner, f"{row.mass_kg:,.0f}",
            f"{row.booked} {row.booked_date}".strip() or "nothing",
            f"{row.planned} {row.planned_date}".strip() or "nothing",
            "" if row.later_d is None else f"{row.later_d:.0f} d",
        )
        for row in answer.cargo()
        if not row.supply and (row.is_moved or not row.booked)
    ]  # fmt: skip


def breaks_table(answer: CampaignAnswer) -> Table:
    """What losses and slips break."""
    return ("what", "of", "breaks"), [(b.of, b.owner, b.text) for b in answer.broken]


def rooms_table(answer: CampaignAnswer, *, most: int = 4) -> Table:
    """Who can be asked to rehost each piece, `most` of them, soonest first."""
    by_piece: dict[str, list[Room]] = {}
    for room in answer.rooms:
        by_piece.setdefault(room.element, []).append(room)
    return ("cargo", "of", "kg", "can be asked: mission, when, free kg"), [
        (
            key, rows[0].owner,
            "not declared" if rows[0].mass_kg is None else f"{rows[0].mass_kg:,.0f}",
            "; ".join(_room(row) for row in rows[:most]),
        )
        for key, rows in by_piece.items()
    ]  # fmt: skip


def _room(room: Room) -> str:
    """Who is asked for what room, in words."""
    where = {True: "", False: ", another site", None: ", site not declared"}[room.lands_there]
    place = "" if room.place == "cargo" else f", {room.place}"
    when = room.when or "no date"
    return f"{room.asked}: {room.mission}{place} {when}, {room.free_kg:,.0f}{where}"


def years_table(answer: CampaignAnswer) -> Table:
    """What each year uses by class of supply, and what launches can land."""
    rows: list[tuple[object, ...]] = []
    found = answer.outlook
    for row in found.rows if found is not None else ():
        used = "; ".join(f"{_words(kind)} {kg:,.0f}" for kind, kg in row.used_kg.items())
        begin = _day(answer, (row.year - 1) * 365.25)
        rows.append(
            (row.year, begin, used or "nothing", f"{row.replaced_kg:,.0f}",
             f"{row.landed_kg:,.0f}", f"{row.free_kg:,.0f}")
        )  # fmt: skip
    return ("year", "from", "used, kg by class of supply", "lives end", "can land", "free"), rows


def reserves_table(answer: CampaignAnswer) -> Table:
    """What each launch brings of supplies, and what is left on its day if it is lost."""
    rows: list[tuple[object, ...]] = []
    found = answer.outlook
    lost = {r.launch: r for r in found.reserves} if found is not None else {}
    for delivery in found.deliveries if found is not None else ():
        given = found.given_kg[delivery.launch] if found is not None else {}
        reserve = lost.get(delivery.launch)
        if not given and reserve is None:
            continue
        left = "" if reserve is None else f"{reserve.left_d:.0f} d"
        if reserve is not None:
            left += f" of {reserve.first_out}" if reserve.first_out else ", to the end"
        rows.append(
            (
                delivery.launch, _day(answer, delivery.day_d), f"{delivery.free_kg:,.0f}",
                "; ".join(f"{key} {kg:,.0f}" for key, kg in given.items()) or "nothing", left,
                "" if reserve is None else f"{reserve.until_next_d:.0f} d",
            )
        )  # fmt: skip
    return ("launch", "on", "free", "brings of supplies, kg", "left if lost", "next after"), rows


def outlook_notes(answer: CampaignAnswer) -> list[str]:
    """How long supplies last, when they first run out, what would mend it, what is not declared."""
    found = answer.outlook
    if found is None:
        return []
    lines = [_lasting(answer, found)]
    if found.replaced:
        told = ", ".join(f"{r.element} {_day(answer, r.day_d)[:4]}" for r in found.replaced)
        lines.append(f"Lives that end by then: {told}.")
    if found.overdrawn is not None:
        row, asked_kg, free_kg = found.overdrawn
        lines.append(
            f"With them, {asked_kg:,.0f} kg are asked for by the end of year {row.year}, and"
            f" launches have {free_kg:,.0f} kg free: {asked_kg - free_kg:,.0f} kg more are needed."
        )
    return lines + [f"Not declared: {m.what} of {_few(m.of)}: {m.so}." for m in found.missing]


def _lasting(answer: CampaignAnswer, found: Outlook) -> str:
    if found.least_reserve_d is None:
        return "Supplies are not judged: no use of any is declared."
    short = found.shortage
    if short is None:
        worst = found.worst
        lost = "whatever launch is lost" if worst is None else (
            f"{worst.left_d:.0f} d are left of {worst.first_out} if {worst.launch} is lost"
        )  # fmt: skip
        return f"Supplies last {found.years} years; {lost}."
    masses = ", ".join(f"{kg:,.0f} kg of {k}" for k, kg in short.lacks_kg.items())
    return (
        f"{short.line} runs out on {_day(answer, short.day_d)}. Until {_day(answer, short.until_d)}"
        f" lacks {masses}: launches that land it in parts, the first by that day, mend it."
    )


def _day(answer: CampaignAnswer, day_d: float) -> str:
    """The calendar day of a number of days from the outlook's begin."""
    begin = answer.outlook.begin if answer.outlook is not None else answer.flights.epoch
    return str(begin + np.timedelta64(round(day_d * DAY_S), "s"))[:10]


def _words(kind: str) -> str:
    return kind.replace("_", " ")


def notes(answer: CampaignAnswer) -> list[str]:
    """What was reached and proven, what the declared manifests break, and what is not declared."""
    lines = [_reached(answer)]
    if answer.in_the_way:
        lines.append("One of these, lifted, would do:")
        lines += [f"  {rule}" for rule in answer.in_the_way]
    if answer.faults:
        lines.append("Declared manifests break:")
        lines += [f"  {_dated(answer, fault)}" for fault in answer.faults]
    if answer.flights.missing:
        lines.append("Not declared:")
        lines += [f"  {m.what} of {_few(m.of)}: {m.so}." for m in answer.flights.missing]
    return lines


def _reached(answer: CampaignAnswer) -> str:
    plan = answer.plan
    if plan is None:
        return f"No campaign lands everything: {_dated(answer, answer.why_not)}"
    if plan.aim == "day":
        best, bound = answer.date_of(plan.reached), answer.date_of(plan.bound)
        told = f"First power on {best}"
    else:
        best, bound = f"{plan.reached:g}", f"{plan.bound:g}"
        told = f"{best} {'launches' if plan.aim == 'launches' else 'pieces moved'}"
    proven = "proven least" if plan.gap < 1e-9 else f"at least {bound}, gap {plan.gap:.1%}"
    return f"{told}: {proven}."


def _dated(answer: CampaignAnswer, text: str) -> str:
    """The text with dates in place of days."""
    words = text.split(" ")
    for k, word in enumerate(words[:-1]):
        number = words[k + 1].rstrip(".,;")
        if word == "day" and number.replace(".", "", 1).isdigit():
            after = words[k + 1][len(number) :]
            words[k], words[k + 1] = "", answer.date_of(float(number)) + after
    return " ".join(filter(None, words))


def _few(ids: str) -> str:
    named = ids.split(", ")
    if len(named) <= _MOST_IDS:
        return ids
    return f"{', '.join(named[:3])} and {len(named) - 3} more"


def campaign_provenance(answer: CampaignAnswer, *, command: str) -> Provenance:
    """What made a campaign."""
    programme = answer.programme
    return Provenance(
        programme=programme.name, programme_sha256=programme.sha256, command=command, seed=0
    )  # fmt: skip


def campaign_record(answer: CampaignAnswer, *, provenance: Provenance) -> dict[str, Any]:
    """All of a campaign, for JSON."""
    plan = answer.plan
    return {
        "programme": answer.programme.name,
        "site": answer.flights.site,
        "seen_from": answer.at,
        "goal": answer.goal,
        "reached": None if plan is None else plan.reached,
        "bound": None if plan is None else plan.bound,
        "gap": None if plan is None else plan.gap,
        "why_not": _dated(answer, answer.why_not),
        "in_the_way": list(answer.in_the_way),
        "landings": [asdict(row) for row in answer.landings()],
        "cargo": [asdict(row) for row in answer.cargo()],
        "declared_manifests_break": [_dated(answer, fault) for fault in answer.faults],
        "breaks": [asdict(row) for row in answer.broken],
        "rooms": [asdict(row) for row in answer.rooms],
        "not_declared": [asdict(row) for row in answer.flights.missing],
        "supplies": None if answer.outlook is None else _outlook_record(answer.outlook),
        "provenance": provenance.as_dict(),
    }


def _outlook_record(found: Outlook) -> dict[str, Any]:
    """The outlook of supplies, for JSON; days count from its begin."""
    return {
        "begin": str(found.begin)[:10],
        "years": found.years,
        "least_reserve_d": found.least_reserve_d,
        "lines": [
            {
                "id": line.id, "class": line.kind, "stock_kg": line.stock_kg,
                "used_kg": float(line.daily_kg.sum()), "pieces_per_year": line.pieces_per_year,
            }
            for line in found.lines
        ],
        "deliveries": [
            asdict(d) | {"supplies_kg": found.given_kg[d.launch]} for d in found.deliveries
        ],
        "reserves": [asdict(r) | {"is_enough": r.is_enough} for r in found.reserves],
        "shortage": None if found.shortage is None else asdict(found.shortage),
        "by_year": [asdict(row) for row in found.rows],
        "lives_that_end": [asdict(row) for row in found.replaced],
        "not_declared": [asdict(row) for row in found.missing],
    }  # fmt: skip


def campaign_csv(answer: CampaignAnswer) -> str:
    """A row for each piece, in landing order; what does not land stands last."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(
        ["landing", "date", "launch", "pad", "cargo", "owner", "supply_class", "mass_kg",
         "volume_m3", "booked_on", "booked_date", "later_d"]
    )  # fmt: skip
    place = {name: row for row in answer.landings() for name in row.cargo}
    last = len(answer.flights.carriers) + 1
    rows = sorted(answer.cargo(), key=lambda r: place[r.cargo].number if r.cargo in place else last)
    for row in rows:
        at = place.get(row.cargo)
        writer.writerow(
            [at.number if at else "", row.planned_date, row.planned, at.pad if at else "",
             row.cargo, row.owner, row.supply, f"{row.mass_kg:g}", f"{row.volume_m3:g}",
             row.booked, row.booked_date, "" if row.later_d is None else f"{row.later_d:g}"]
        )  # fmt: skip
    return out.getvalue()


def campaign_ics(answer: CampaignAnswer) -> str:
    """The landings as an iCalendar object (RFC 5545), each a day long."""
    events = []
    for row in answer.landings():
        begin_s = float(tdb_from_utc(parse_utc(row.date)))
        text = (
            f"{row.mass_kg:,.0f} of {row.landed_kg:,.0f} kg: {', '.join(row.cargo)}",
            "A date that names a year only stands in its middle.",
        )
        events.append(
            CalendarEvent(
                summary=f"{row.carrier} lands at {row.pad or answer.flights.site}",
                start_tdb_s=begin_s, end_tdb_s=begin_s + DAY_S, text=text,
            )
        )  # fmt: skip
    stamp_s = min((event.start_tdb_s for event in events), default=0.0)
    return icalendar(
        events, title=f"Launch campaign of {answer.programme.name}",
        description=f"{answer.goal}, as seen on {answer.at}", product="launch campaign",
        subject=answer.flights.site, zones=[ZONES["UTC"]], stamp_tdb_s=stamp_s,
    )  # fmt: skip


def write_campaign(answer: CampaignAnswer, folder: Path, *, provenance: Provenance) -> list[Path]:
    """The files that were written: JSON, CSV, calendar, picture."""
    folder.mkdir(parents=True, exist_ok=True)
    record = campaign_record(answer, provenance=provenance)
    files = {
        "campaign.json": json.dumps(record, ensure_ascii=False, indent=1) + "\n",
        "campaign.csv": campaign_csv(answer),
        "campaign.ics": campaign_ics(answer),
        "campaign.svg": campaign_svg(answer),
    }
    for name, text in files.items():
        write_text(text, folder / name)
    return [folder / name for name in files]
