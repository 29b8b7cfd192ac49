"""Metrics that ask the orbits of missions; `ilrs.study.metrics` loads them when they are asked."""

from ilrs.sky.sky import open_sky
from ilrs.study.coordination import mission_ways, sample_span_s, sight_windows, survey_answer
from ilrs.study.metrics import Measurement, one_of, two_missions
from ilrs.study.run import Run

__all__ = ["mutual_sight_h_d", "survey_covered_fraction"]

_SAMPLE_D = 28.0  # a lunar rotation: every longitude passes below an orbit's plane


def mutual_sight_h_d(run: Run, of: str) -> Measurement:
    """Hours a day in which the craft of two missions see each other. [h]"""
    pair = two_missions(run.programme, of)
    missions = [run.programme.missions[key] for key in pair]
    blind = [mission.id for mission in missions if mission.orbit is None]
    if blind:
        return Measurement(None, f"{' and '.join(blind)}: no orbit is declared")
    span_s = sample_span_s(run.programme, *pair, start=None, days=_SAMPLE_D)
    sky = open_sky(run.provenance.orientation)
    one, other = mission_ways(run.programme, missions, span_s, sky=sky).values()
    seen = sight_windows(one, other, span_s)
    why = f"{len(seen)} contacts in {_SAMPLE_D:.0f} d, the longest {seen.longest_s / 60.0:.0f} min"
    return Measurement(seen.total_s / 3600.0 / _SAMPLE_D, why)


def survey_covered_fraction(run: Run, of: str) -> Measurement:
    """Part of a survey done in four weeks of its orbiter's work, 0-1. [1]"""
    if not run.programme.surveys:
        return Measurement(None, "no survey is declared")
    one_of(of, list(run.programme.surveys), "survey")
    survey = run.programme.surveys[of]
    orbiter = run.programme.missions[survey.orbiter]
    span_s = sample_span_s(run.programme, orbiter.id, orbiter.id, start=None, days=_SAMPLE_D)
    sky = open_sky(run.provenance.orientation)
    ways = mission_ways(run.programme, [orbiter], span_s, sky=sky)
    alone = survey.model_copy(update={"together_with": None})
    answer = survey_answer(run.programme, alone, ways, span_s=span_s, sky=sky)
    if answer is None:
        return Measurement(None, f"{orbiter.id} or the place of {of} is not known well enough")
    return Measurement(answer.covered, answer.text)
