"""The book's first page: what ran, the answer in one sentence, key figures, every verdict."""

import numpy as np

from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import (
    number_with_unit,
    percent,
    spans,
    step_h,
)
from ilrs.study.book_words import Words
from ilrs.study.run import Run, Verdict

__all__ = ["answer", "key_figures", "ordered", "verdict_table"]

_STATES = {True: "pass", False: "fail", None: "open"}
_SIGNS = {"pass": "✓", "fail": "✗", "open": "–"}
_COMPARISONS = {">=": "≥", "<=": "≤", "==": "="}


def ordered(verdicts: tuple[Verdict, ...]) -> list[Verdict]:
    """Worst first: failed musts, failed shoulds, those that hold, those not judged."""
    rank = {False: 0, True: 2, None: 3}
    return sorted(verdicts, key=lambda v: rank[v.holds] + (v.holds is False and v.level != "must"))


def answer(run: Run, words: Words) -> Html:
    """The run's answer in one sentence, and which requirements do not hold."""
    judged = [v for v in run.verdicts if v.holds is not None]
    failed = [v for v in ordered(run.verdicts) if v.holds is False]
    held = len(judged) - len(failed)
    state = "pass" if not failed else "fail" if not run.holds else "warn"
    sentence = words.label("answer.held", held=held, judged=len(judged))
    skipped = len(run.verdicts) - len(judged)
    tail = words.label("answer.open", count=skipped) if skipped else None
    parts = [tag("p", sentence, Html(" ") if tail else None, tail, cls=f"answer {state}")]
    if failed:
        names = [tag("li", _text(run, v, words), " ", _level(v, words)) for v in failed[:5]]
        more = len(failed) - 5
        if more > 0:
            names.append(tag("li", words.label("answer.more", count=more)))
        parts.append(tag("ul", *names, cls="failed"))
    return join(parts)


def _text(run: Run, verdict: Verdict, words: Words) -> Html:
    requirement = run.programme.requirements.get(verdict.requirement)
    return words.named(verdict.text, requirement.names if requirement else {})


def _level(verdict: Verdict, words: Words) -> Html:
    return tag("span", words.either("level", verdict.level), cls="small quiet")


def key_figures(run: Run, words: Words) -> Html:
    """Six figures that say at a glance how the station fares."""
    lit = run.environment["sun_visible_fraction"].values[-1]
    charge = run.station["state_of_charge"].values
    attrs = run.station.attrs
    wanted_h = float(run.plan["wanted_s"].sum()) / 3600.0
    done_h = float(run.station["experiment_fraction"].sum()) * step_h(run)
    dark_h = spans(run, lit <= 0.0).longest_s / 3600.0
    lowest = float(np.nanmin(charge)) if np.isfinite(charge).any() else None
    figures = (
        ("key.light", percent(float(lit.mean())), None),
        ("key.dark", number_with_unit(dark_h, "h"), number_with_unit(dark_h / 24.0, "d")),
        ("key.charge", "–" if lowest is None else percent(lowest), None),
        ("key.energy", number_with_unit(float(attrs["energy_made_wh"]) / 1e6, "MWh"), None),
        ("key.data", number_with_unit(float(attrs["data_sent_bit"]) / 1e9, "Gbit"), None),
        (
            "key.research",
            number_with_unit(done_h, "h"),
            percent(done_h / wanted_h) if wanted_h else None,
        ),
    )
    tiles = [
        tag("div", tag("dt", words.label(key)), tag("dd", value, _aside(extra)))
        for key, value, extra in figures
    ]
    return tag("dl", *tiles, cls="figures")


def _aside(text: str | None) -> Html | None:
    return tag("small", text) if text else None


def verdict_table(run: Run, words: Words) -> Html:
    """Every requirement with measured number, limit, margin and verdict, worst first."""
    head = [
        words.label(f"verdicts.{key}")
        for key in ("verdict", "requirement", "measured", "limit", "margin", "why")
    ]
    rows = [_verdict_row(run, verdict, words) for verdict in ordered(run.verdicts)]
    return join(
        [
            _filters(run, words),
            table(
                head,
                rows,
                caption=words.label("verdicts.caption"),
                numeric=(2, 3, 4),
                id="verdict-table",
                cls="cards",
            ),
        ]
    )


def _filters(run: Run, words: Words) -> Html:
    counts = dict.fromkeys(_SIGNS, 0)
    for verdict in run.verdicts:
        counts[_STATES[verdict.holds]] += 1
    shown = [("all", len(run.verdicts)), *counts.items()]
    buttons = [
        tag(
            "button",
            words.label(f"state.{state}"),
            f" {count}",
            type="button",
            data_show=state,
            aria_pressed="true" if state == "all" else "false",
        )
        for state, count in shown
        if count
    ]
    return tag("div", *buttons, cls="chips scripted", data_filters="verdict-table", role="group")


def _verdict_row(run: Run, verdict: Verdict, words: Words) -> Html:
    state = _STATES[verdict.holds]
    pill = tag("span", f"{_SIGNS[state]} ", words.label(f"state.{state}"), cls=f"pill {state}")
    limit = f"{_COMPARISONS[verdict.comparison]} {number_with_unit(verdict.limit, verdict.unit)}"
    requirement = [
        tag("strong", _text(run, verdict, words)),
        tag("span", verdict.requirement, " · ", words.either("level", verdict.level), _of(verdict)),
    ]
    margin = number_with_unit(verdict.margin, verdict.unit, signed=True)
    return tag(
        "tr",
        tag("td", pill),
        tag("td", tag("div", *requirement, cls="stack")),
        _figure(words, "measured", number_with_unit(verdict.measured, verdict.unit)),
        _figure(words, "limit", limit),
        _figure(words, "margin", margin, more=f" {state}-text"),
        tag("td", verdict.why, cls="quiet"),
        data_state=state,
    )


def _figure(words: Words, key: str, text: str, *, more: str = "") -> Html:
    """A cell that tells its column itself where the table is laid out as cards (phones)."""
    name = words.label(f"verdicts.{key}")
    return tag("td", tag("span", name, cls="cell-label"), text, cls=f"num{more}")


def _of(verdict: Verdict) -> str:
    return f" · {verdict.metric}" + (f" ({verdict.of})" if verdict.of else "")
