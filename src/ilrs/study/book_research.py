"""Research pages: what each experiment wanted, what was planned, what was done, what blocked it."""

from collections.abc import Iterable
from dataclasses import dataclass

from ilrs.programme.entities import Experiment
from ilrs.study.book_html import Html, join, table, tag
from ilrs.study.book_numbers import number, percent, step_h
from ilrs.study.book_words import Words
from ilrs.study.run import Run

__all__ = ["Hours", "hours_by_experiment", "research"]

_UNBLOCKED = {"nothing", ""}
_COLUMNS = ("experiment", "partner", "fields", "wanted", "planned", "done", "share", "blocked")


@dataclass(frozen=True, slots=True)
class Hours:
    """Hours wanted, planned and done, of one experiment or of several together."""

    wanted_h: float
    planned_h: float
    done_h: float

    def __add__(self, other: "Hours") -> "Hours":
        return Hours(
            self.wanted_h + other.wanted_h,
            self.planned_h + other.planned_h,
            self.done_h + other.done_h,
        )


_NONE = Hours(0.0, 0.0, 0.0)


def hours_by_experiment(run: Run) -> dict[str, Hours]:
    """Hours of every experiment of the run's plan."""
    done = run.station["experiment_fraction"].sum("time") * step_h(run)
    done_h = dict(zip(run.station["experiment"].values.tolist(), done.values.tolist(), strict=True))
    return {
        key: Hours(wanted / 3600.0, planned / 3600.0, done_h.get(key, 0.0))
        for key, wanted, planned in zip(
            run.plan["experiment"].values.tolist(),
            run.plan["wanted_s"].values.tolist(),
            run.plan["planned_s"].values.tolist(),
            strict=True,
        )
    }


def research(run: Run, words: Words) -> Html:
    """Bars by field and by partner, then every experiment."""
    hours = hours_by_experiment(run)
    if not hours:
        return tag("p", words.label("research.none"))
    declared = run.programme.experiments
    fields, owners = run.programme.science_fields, run.programme.partners
    by_field = {key: _sum(hours, declared, field=key) for key in fields}
    by_owner = {key: _sum(hours, declared, owner=key) for key in owners}
    lists = [
        _bars(words, "research.by_field", [(words.name(fields[k]), by_field[k]) for k in fields]),
        _bars(
            words,
            "research.by_partner",
            [(words.name(owners[k]), h) for k, h in by_owner.items() if h.wanted_h],
        ),
    ]
    return join([tag("div", *lists, cls="halves"), _legend(words), _experiments(run, words, hours)])


def _sum(
    hours: dict[str, Hours],
    declared: dict[str, Experiment],
    *,
    field: str | None = None,
    owner: str | None = None,
) -> Hours:
    total = _NONE
    for key, each in hours.items():
        if key in declared and (field in declared[key].fields or owner == declared[key].owner):
            total = total + each
    return total


def _legend(words: Words) -> Html:
    keys = [
        tag("span", tag("i", cls=f"key {kind}"), words.label(f"research.{kind}"))
        for kind in ("wanted", "planned", "done")
    ]
    return tag("p", *keys, cls="legend")


def _bar(hours: Hours) -> Html:
    """Three bars, one on the other: all that was wanted behind, planned, done in front."""
    parts = [
        tag(
            "i", cls=f"bar {kind}", style=f"width:{min(100.0 * value / hours.wanted_h, 100.0):.1f}%"
        )
        for kind, value in (
            ("wanted", hours.wanted_h),
            ("planned", hours.planned_h),
            ("done", hours.done_h),
        )
        if hours.wanted_h
    ]
    return tag("div", *parts, cls="track layered")


def _bars(words: Words, title: str, rows: Iterable[tuple[Html, Hours]]) -> Html:
    lines = []
    for name, hours in rows:
        text = f"{number(hours.done_h, digits=3)} / {number(hours.wanted_h, digits=3)} h"
        value = text if hours.wanted_h else words.label("research.nobody")
        top = tag("div", name, tag("span", value, cls="num small quiet"), cls="pair")
        lines.append(tag("li", top, _bar(hours)))
    return tag("div", tag("h3", words.label(title)), tag("ul", *lines, cls="bars"))


def _experiments(run: Run, words: Words, hours: dict[str, Hours]) -> Html:
    blocked = dict(
        zip(
            run.plan["experiment"].values.tolist(),
            run.plan["blocked_by"].values.tolist(),
            strict=True,
        )
    )
    rows = [
        _experiment_row(run, words, key, hours[key], str(blocked[key]))
        for key in sorted(hours, key=lambda k: _share(hours[k]))
    ]
    head = [words.label(f"research.{key}") for key in _COLUMNS]
    return table(head, rows, caption=words.label("research.caption"), numeric=(3, 4, 5, 6))


def _share(hours: Hours) -> float:
    return hours.done_h / hours.wanted_h if hours.wanted_h else 1.0


def _experiment_row(run: Run, words: Words, key: str, hours: Hours, blocked: str) -> Html:
    experiment = run.programme.experiments.get(key)
    owner = run.programme.partners.get(experiment.owner) if experiment else None
    fields = ", ".join(experiment.fields) if experiment else ""
    why = words.label("research.unblocked") if blocked in _UNBLOCKED else blocked
    return tag(
        "tr",
        tag("th", words.name(experiment) if experiment else key, scope="row"),
        tag("td", words.name(owner) if owner else "–"),
        tag("td", fields),
        *(
            tag("td", number(value), cls="num")
            for value in (hours.wanted_h, hours.planned_h, hours.done_h)
        ),
        tag("td", percent(_share(hours)), cls="num"),
        tag("td", why, cls="quiet"),
    )
