"""The made-up Run with a crew in a habitat, for the tests of its metrics and of its page."""

from dataclasses import replace
from typing import Any

from ilrs.programme.entities import CrewVisit, Element
from ilrs.station.life_support import life_support
from ilrs.study.run import Run
from tests.station.crewed import habitat, visit


def crewed(
    run: Run, *, cabin: Element | None = None, visits: tuple[CrewVisit, ...] = (), **power: Any
) -> Run:
    """The run with a habitat that arrives first of all, and three people for ten days."""
    home = (cabin or habitat()).model_copy(
        update={"site": run.site.id, "arrives_on": "ILRS-1", "name": "Habitat"}
    )
    visits = visits or (visit("2036-01-02", "2036-01-12", sorties=2),)
    programme = run.programme.model_copy(
        update={"elements": {**run.programme.elements, home.id: home}}
    )
    scenario = run.scenario.model_copy(update={"crew_visits": visits})
    crew = life_support([home], visits, time=run.environment, **power)
    return replace(run, programme=programme, scenario=scenario, crew=crew)
