"""Judging: each requirement's metric against its limit, in the metric's own unit."""

from ilrs.foundation.errors import Finding, IlrsError
from ilrs.foundation.quantities import parse_quantity
from ilrs.programme.entities import Requirement
from ilrs.programme.limits import parse_limit
from ilrs.programme.load import Loaded
from ilrs.study.metrics import METRICS, Measurement, measure, metric_of
from ilrs.study.run import Run, Verdict

__all__ = ["judge", "limit_in_unit", "requirement_findings"]

# The SI unit in which the parser of limits answers, for each unit a metric is given in.
_BASE = {"h": "s", "km": "m", "d": "s", "Gbit": "bit", "kPa": "Pa", "mSv": "Sv", "count": "1"}
# A number counts as equal to its limit within rounding of double arithmetic over a year's sums.
_RELATIVE_ROUNDING = 1e-9


def judge(run: Run) -> tuple[Verdict, ...]:
    """Verdicts of a run, one for each requirement, in declared order.

    Raises IlrsError that names the requirement, where its metric, `of` or limit cannot be read.
    """
    return tuple(_verdict(run, requirement) for requirement in run.programme.requirements.values())


def limit_in_unit(text: str, unit: str) -> tuple[str, float]:
    """Comparison sign and limit of a text such as '<= 72 h', the number in a metric's unit.

    Raises IlrsError for a limit of another dimension than the metric's.
    """
    limit = parse_limit(text)
    base = _BASE.get(unit, unit)
    if limit.unit != base:
        raise IlrsError(
            f"the limit {text!r} is not in {unit if base != '1' else 'plain numbers'}",
            "a limit has the dimension of its metric",
            f"Write it with {unit if base != '1' else 'a number or %'}.",
        )
    size = 1.0 if base in {unit, "1"} else parse_quantity(f"1 {unit}", base).value
    return limit.comparison, limit.value / size


def requirement_findings(loaded: Loaded) -> list[Finding]:
    """What is wrong with the requirements' metrics and limits, before anything is computed."""
    findings = []
    for key, requirement in loaded.programme.requirements.items():
        try:
            known = metric_of(requirement.metric)
            limit_in_unit(requirement.limit, known.unit)
        except IlrsError as error:
            attribute = "limit" if requirement.metric in METRICS else "metric"
            finding = Finding(
                file="", line=0, entity=f"requirements.{key}.{attribute}",
                found=error.asked, possible=error.possible, mend=error.mend,
            )  # fmt: skip
            findings.append(loaded.places.place(finding))
    return findings


def _holds(measured: float, comparison: str, limit: float) -> bool:
    slack = _RELATIVE_ROUNDING * max(abs(measured), abs(limit))
    return {
        ">=": measured >= limit - slack,
        "<=": measured <= limit + slack,
        "==": abs(measured - limit) <= slack,
    }[comparison]


def _verdict(run: Run, requirement: Requirement) -> Verdict:
    elsewhere = requirement.scenario is not None and requirement.scenario != run.scenario.id
    try:
        metric = metric_of(requirement.metric)
        measured = (
            Measurement(None, f"judged in scenario {requirement.scenario}")
            if elsewhere
            else measure(run, requirement.metric, of=requirement.of)
        )
        unit = metric.unit
        comparison, limit = limit_in_unit(requirement.limit, unit)
    except IlrsError as error:
        raise IlrsError(
            f"requirement {requirement.id}: {error.asked}", error.possible, error.mend
        ) from None
    value = measured.value
    if requirement.metric == "survival_probability":  # many lives have judged it, or none
        lived = {} if run.survival is None else run.survival
        told = {verdict["requirement"]: verdict["holds"] for verdict in lived.get("verdicts", ())}
        holds = told.get(requirement.id)
    else:
        is_open = elsewhere or measured.is_open
        is_open |= bool(metric.record and getattr(run, metric.record) is None)
        holds = None if is_open else value is not None and _holds(value, comparison, limit)
    return Verdict(
        requirement=requirement.id,
        text=requirement.text,
        metric=requirement.metric,
        of=requirement.of,
        measured=value,
        limit=limit,
        comparison=comparison,
        unit=unit,
        level=requirement.level,
        owner=requirement.owner,
        holds=holds,
        why=measured.why,
    )
