"""The ledger in the station book: who depends on whom, given and used, what each one gets."""

from collections.abc import Sequence

from ilrs.cooperation.balance import MEASURES, BalanceRow, declared_balance, run_balance
from ilrs.cooperation.benefits import BenefitRow, benefits
from ilrs.cooperation.dependencies import JOINT, Dependency, chart, dependencies
from ilrs.cooperation.ledger import LedgerRow, ledger
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number, percent
from ilrs.study.book_words import Words
from ilrs.study.data_rights import data_rights
from ilrs.study.dependency_chart import n2_chart
from ilrs.study.run import Run

__all__ = ["balance_table", "benefit_tables", "contribution_list", "dependency_chart"]

_DASH = "–"
#: The unit in which a measure's amounts are printed, and its size.
_PRINTED = {
    "W": ("kW", 1e3), "Wh": ("kWh", 1e3), "kg": ("kg", 1.0), "s": ("h", 3600.0), "count": ("", 1.0),
    "bit": ("Gbit", 1e9), "relay": ("min", 60.0),
}  # fmt: skip
#: The measures of which the run tells what really was; the others are the files'.
_RAN = ("energy", "hosting", "relay", "storage", "data")
_LEAST_WIDTH, _MOST_WIDTH = 420.0, 1100.0


def dependency_chart(run: Run, words: Words) -> Html:
    """The N² chart of the partners, and all that it counts."""
    found = dependencies(run.programme)
    if not found:
        return tag("p", words.label("depend.none"))
    kinds = {one.kind: words.text(f"depend.{one.kind}") for one in found}
    parts, width, low = n2_chart(chart(found, run.programme.partners), top=4.0, words=kinds)
    picture = tag(
        "svg", *parts, viewBox=f"0 0 {width:g} {low:g}", role="img",
        aria_labelledby="depend-text", fill="var(--quiet)",
    )  # fmt: skip
    wide = f"width:{min(max(1.15 * width, _LEAST_WIDTH), max(width, _MOST_WIDTH)):.0f}px"
    figure = tag(
        "figure",
        tag("div", tag("div", picture, style=f"{wide};max-width:none;margin:0"),
            cls="scroll", tabindex="0"),
        tag("figcaption", words.label("depend.caption", count=len(found)), id="depend-text"),
    )  # fmt: skip
    return join([figure, _dependency_list(run, words, found)])


def _dependency_list(run: Run, words: Words, found: Sequence[Dependency]) -> Html:
    rows = [
        tag(
            "tr",
            tag("td", _who(run, words, one.giver)),
            tag("td", _who(run, words, one.taker)),
            tag("td", words.label(f"depend.{one.kind}")),
            tag("td", _thing(run, words, one.gives)),
            tag("td", _thing(run, words, one.needs)),
        )
        for one in found
    ]
    head = [words.label(f"depend.{key}") for key in ("gives", "takes", "what", "thing", "for")]
    return _folded(words, "depend.list", table(head, rows, caption=None))


def _folded(words: Words, key: str, body: Html) -> Html:
    return tag("details", tag("summary", words.label(key)), body)


def _who(run: Run, words: Words, partner: str) -> Html:
    if partner == JOINT:
        return words.label("depend.joint")
    known = run.programme.partners.get(partner)
    return words.name(known) if known is not None else tag("span", partner)


def _thing(run: Run, words: Words, id_: str) -> Html:
    programme = run.programme
    tables = (
        programme.elements, programme.missions, programme.experiments, programme.contributions,
        programme.surveys,
    )  # fmt: skip
    found = next((table[id_] for table in tables if id_ in table), None)
    return words.name(found) if found is not None else tag("span", id_ or _DASH)


def balance_table(run: Run, words: Words) -> Html:
    """Given and used of each partner, in the run where it tells, else by the files."""
    programme = run.programme
    rows_told = [r for r in declared_balance(programme) if r.measure not in _RAN]
    rows_told += run_balance(programme, station=run.station, environment=run.environment)
    told = {(r.partner, r.measure): r for r in rows_told if r.given or r.used}
    if not told:
        return tag("p", words.label("balance.none"))
    measures = [m for m in MEASURES if any(measure == m for _, measure in told)]
    partners = list(dict.fromkeys(partner for partner, _ in told))
    rows = [
        tag(
            "tr",
            tag("th", _who(run, words, partner), scope="row"),
            *(tag("td", *_given_used(told.get((partner, m)), m), cls="num") for m in measures),
        )
        for partner in [*(p for p in programme.partners if p in partners), JOINT]
        if partner in partners
    ]
    head = [words.label("partners.partner"), *(_measure(words, m) for m in measures)]
    caption = words.label("balance.caption")
    return table(head, rows, caption=caption, numeric=tuple(range(1, len(head))))


def _printed(measure: str) -> tuple[str, float]:
    return _PRINTED["relay" if measure == "relay" else MEASURES[measure]]


def _measure(words: Words, measure: str) -> Html:
    unit, _ = _printed(measure)
    return join([words.label(f"give.{measure}"), f", {unit}" if unit else ""])


def _given_used(row: BalanceRow | None, measure: str) -> list[str | Html]:
    """'given / used', the used part quiet."""
    if row is None:
        return [_DASH]
    _, size = _printed(measure)
    given, used = (
        number(amount / size, digits=3) if amount is not None else _DASH
        for amount in (row.given, row.used)
    )
    return [given, tag("span", f" / {used}", cls="quiet")]


def benefit_tables(run: Run, words: Words) -> Html:
    """What each partner gets by the programme's rules, and the rules on data."""
    programme = run.programme
    if not programme.benefits:
        return tag("p", words.label("benefits.none"))
    # what a partner is worth is known after `ilrs worth` alone
    known = {key: rule for key, rule in programme.benefits.items() if rule.by != "worth"}
    rows = benefits(programme.model_copy(update={"benefits": known}))
    parts = [_gets(run, words, rows)] if rows else []
    rights = data_rights(programme)
    if rights:
        lines = [
            tag(
                "tr",
                tag("td", words.name(programme.benefits[right.benefit])),
                tag("td", ", ".join(right.of) or words.label("benefits.everyone")),
                tag("td", words.either("benefits.to", right.to)),
                tag("td", ", ".join(right.may)),
                tag("td", right.embargo or _DASH if right.when == "release" else
                    words.label("benefits.receipt")),
            )
            for right in rights
        ]  # fmt: skip
        head = [words.label(f"benefits.{key}") for key in ("rule", "of", "whom", "may", "from")]
        parts.append(table(head, lines, caption=words.label("benefits.rights")))
    return join(parts)


def _gets(run: Run, words: Words, rows: Sequence[BenefitRow]) -> Html:
    things = list(dict.fromkeys(row.gives for row in rows))
    got: dict[str, dict[str, list[BenefitRow]]] = {}
    for row in rows:
        got.setdefault(row.partner, {}).setdefault(row.gives, []).append(row)
    lines = [
        tag(
            "tr",
            tag("th", _who(run, words, partner), scope="row"),
            *(tag("td", _got(own.get(thing, [])), cls="num") for thing in things),
        )
        for partner, own in got.items()
    ]
    head = [words.label("partners.partner")]
    head += [words.label(f"benefits.{thing}") for thing in things]
    caption = words.label("benefits.caption")
    return table(head, lines, caption=caption, numeric=tuple(range(1, len(head))))


def _got(rows: Sequence[BenefitRow]) -> str:
    if not rows:
        return _DASH
    share = percent(sum(row.share for row in rows))
    amounts = [row.amount for row in rows if row.amount is not None]
    if not amounts:
        return share
    unit, size = _PRINTED[rows[0].unit]
    return f"{share} · {number(sum(amounts) / size, digits=3)} {unit}".rstrip()


def contribution_list(run: Run, words: Words) -> Html:
    """Every contribution with the history of its status, folded away."""
    rows = [
        tag(
            "tr",
            tag("td", _who(run, words, row.partner)),
            tag("td", _thing(run, words, row.contribution)),
            tag("td", words.label(f"stage.{row.stage}")),
            tag("td", words.label(f"level.{row.level}")),
            tag("td", words.label(f"form.{row.form}")),
            tag("td", row.area or _DASH),
            tag("td", words.label(f"given.{row.status}")),
            tag("td", *_history(row, words), cls="date"),
        )
        for row in ledger(run.programme)
    ]
    keys = ("partner", "contribution", "stage", "level", "form", "area", "status", "since")
    head = [words.label(f"ledger.{key}") for key in keys]
    return _folded(words, "ledger.list", table(head, rows, caption=None))


def _history(row: LedgerRow, words: Words) -> list[Html | str]:
    """Each status with its date, oldest first; of the one that holds the date alone."""
    parts: list[Html | str] = []
    last = len(row.history) - 1
    for k, claim in enumerate(row.history):
        date = claim.date or claim.as_of or ""
        if k < last:
            parts += [words.label(f"given.{claim.status}"), f" {date} → "]
        else:
            parts.append(date)
    return parts or [_DASH]
