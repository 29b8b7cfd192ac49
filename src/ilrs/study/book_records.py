"""What the result rests on: assumptions, sources, and how to make the same book again."""

from collections.abc import Sequence

from ilrs.foundation.quantities import format_quantity
from ilrs.programme.entities import Claim, Programme
from ilrs.study.book_html import Child, Html, join, link, table, tag
from ilrs.study.book_numbers import number
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["assumptions", "provenance", "sources"]

_SOFT = ("assumption", "estimate")


def assumptions(run: Run, words: Words) -> Html:
    """Every claim that is no more than an assumption or an estimate, to be searched."""
    soft = [claim for claim in run.programme.claims if claim.status in _SOFT]
    if not soft:
        return tag("p", words.label("claims.none"))
    head = [
        words.label(f"claims.{key}") for key in ("entity", "value", "status", "reason", "source")
    ]
    rows = [_claim_row(run.programme, words, claim) for claim in soft]
    search = tag(
        "label",
        words.label("claims.search"),
        tag("input", type="search", data_search="claims-table"),
        cls="search scripted",
    )
    counts = {status: sum(claim.status == status for claim in soft) for status in _SOFT}
    caption = words.label(
        "claims.caption", assumptions=counts["assumption"], estimates=counts["estimate"]
    )
    buttons = [
        tag("button", words.label(f"claim.{key}"), type="button", data_show=key,
            aria_pressed="true" if key == "all" else "false")
        for key in ("all", *_SOFT)
    ]  # fmt: skip
    chips = tag("div", *buttons, cls="chips scripted", data_filters="claims-table", role="group")
    body = table(head, rows, caption=caption, id="claims-table")
    title = words.label("claims.summary", count=len(soft), all=len(run.programme.claims))
    return tag("details", tag("summary", title), tag("div", chips, search, cls="tools"), body)


def _claim_row(programme: Programme, words: Words, claim: Claim) -> Html:
    value = f"{claim.value}" + (f" ± {claim.tolerance}" if claim.tolerance else "")
    return tag(
        "tr",
        tag("td", tag("code", claim.entity)),
        tag("td", value, cls="num"),
        tag("td", words.either("claim", claim.status)),
        tag("td", claim.reason),
        tag("td", _source_list(programme, claim.source)),
        data_state=claim.status,
    )


def _source_list(programme: Programme, keys: Sequence[str]) -> Html:
    parts: list[Child] = []
    for key in keys:
        source = programme.sources.get(key)
        parts += [link(key, source.url if source else None), Html(", ")]
    return join(parts[:-1]) if parts else Html("–")


def provenance(run: Run, words: Words) -> Html:
    """Versions, hashes, seed, command and kernels of the run."""
    record = run.provenance
    scenario = run.scenario
    rows: list[tuple[str, Child]] = [
        ("programme", record.programme),
        ("programme_sha256", tag("code", record.programme_sha256)),
        ("command", tag("code", record.command)),
        ("seed", str(record.seed)),
        ("span", f"{scenario.start} – {scenario.end}, {format_quantity(scenario.step_s, 's')}"),
        ("ephemeris", record.ephemeris or "–"),
        ("orientation", record.orientation or "–"),
        ("terrain", _terrain(run)),
        ("left_out", _lines(run.notes)),
        ("inputs", _pairs(record.as_dict()["inputs_sha256"])),
        ("versions", _pairs(record.as_dict()["versions"])),
        ("energy_residual", number(float(run.station.attrs["energy_residual"]), digits=2)),
        ("data_residual", number(float(run.station.attrs["data_residual"]), digits=2)),
    ]
    items = [
        tag("div", tag("dt", words.label(f"provenance.{key}")), tag("dd", value))
        for key, value in rows
    ]
    return tag("dl", *items, cls="record")


def _terrain(run: Run) -> Html:
    attrs = run.horizon.attrs
    hashes = attrs.get("terrain_sha256", "")
    note = f" {attrs['note']}" if attrs.get("note") else ""
    return join([f"{attrs.get('terrain', '–')} ", tag("code", f"{hashes}"), note])


def _lines(texts: Sequence[str]) -> Html:
    items = [tag("li", text) for text in texts]
    return tag("ul", *items, cls="plain") if items else Html("–")


def _pairs(record: dict[str, str]) -> Html:
    lines = [tag("li", f"{key} ", tag("code", value)) for key, value in record.items()]
    return tag("ul", *lines, cls="plain") if lines else Html("–")


def sources(run: Run, words: Words) -> Html:
    """The programme's sources, with their addresses as links."""
    listed = run.programme.sources
    if not listed:
        return tag("p", words.label("sources.none"))
    lines = [
        tag(
            "li",
            tag("code", key),
            " ",
            link(source.title or source.name or source.url or key, source.url),
            tag("span", f" {source.grade}", cls="quiet") if source.grade else None,
        )
        for key, source in listed.items()
    ]
    title = words.label("sources.summary", count=len(listed))
    return tag("details", tag("summary", title), tag("ul", *lines, cls="plain sources"))
