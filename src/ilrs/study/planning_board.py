"""What a plan's station does alone: rules on board, its passes, and what its sources make.

Rules are those that the elements declare. The executive follows stores of the plan, faults and
silence as they are; light, ground and temperatures are those of the forecast.
"""

from collections.abc import Iterator, Mapping, Sequence

import numpy as np
import xarray as xr

from ilrs.foundation.windows import Windows
from ilrs.operations.board import FIRST_MODE, Board, BoardRule, Rest, passes_in
from ilrs.programme.entities import Element, Experiment, Rule
from ilrs.station.autonomy import rules_open
from ilrs.station.forcing import idle_plan, station_forcing

__all__ = ["PASS_EVERY_S", "plan_board"]

#: An assumption: the ground works in shifts of a day.
PASS_EVERY_S = 86400.0
_KEPT_ALIVE = "keep_alive"


def plan_board(
    elements: Sequence[Element],
    experiments: Sequence[Experiment],
    *,
    environment: xr.Dataset,
    idle: xr.Dataset,
    energy: Mapping[str, str],
) -> Board:
    """The board of a plan in that environment; `idle` is the station without research.

    `energy` names the store or capacity of the energy of each element's grid. Rules that ask
    whether keep-alive power was served are left out: no forecast knows of it.
    """
    t_s, step_s = environment["t_s"].values, float(environment.attrs["step_s"])
    edge_s = np.append(t_s, t_s[-1] + step_s)
    forcing = station_forcing(elements, (), environment=environment, plan=idle_plan(environment))
    contact = Windows.from_mask(edge_s, (forcing.link_open > 0.0).any(axis=0))
    standing = {element.id for element in elements}
    sources = [e.id for e in elements if e.array is not None or e.generator is not None]
    return Board(
        rules=tuple(
            _board_rule(f"{element.id}.rules[{k}]", element, rule, energy=energy, opened=opened)
            for element, k, rule, opened in _forecast(elements, environment, idle, edge_s)
            if rule.of is None or rule.of in standing or rule.failed
        ),
        rests=tuple(rest for element in elements for rest in _rests(element, experiments)),
        passes_s=passes_in(contact, every_s=PASS_EVERY_S, step_s=step_s, span_s=float(edge_s[-1])),
        contact=contact,
        energy=dict(energy),
        makes_w={
            id_: tuple(np.round(idle["power_made_w"].sel(element=id_).values, 3).tolist())
            for id_ in sources
        },
    )


def _forecast(
    elements: Sequence[Element], environment: xr.Dataset, idle: xr.Dataset, edge_s: np.ndarray
) -> Iterator[tuple[Element, int, Rule, Windows | None]]:
    """Each rule with the windows in which its surroundings and temperatures are as it says."""
    for element in elements:
        # Silence is asked for as it is.
        alone = {"without_contact_above_s": None, "without_contact_below_s": None}
        rules = tuple(rule.model_copy(update=alone) for rule in element.rules)
        opened = rules_open([element.model_copy(update={"rules": rules})], environment=environment)
        for k, rule in enumerate(element.rules):
            holds = opened[k] > 0.0
            low, high = rule.temperature_above_k, rule.temperature_below_k
            asked = rule.of or element.id
            if (low, high) != (None, None) and asked in idle["element"].values:
                node_k = idle["temperature_k"].sel(element=asked).values
                holds &= (node_k > (-np.inf if low is None else low)) & (
                    node_k < (np.inf if high is None else high)
                )
            if not rule.unserved:
                yield element, k, rule, None if holds.all() else Windows.from_mask(edge_s, holds)


def _board_rule(
    id_: str, element: Element, rule: Rule, *, energy: Mapping[str, str], opened: Windows | None
) -> BoardRule:
    def either(value: float | None, otherwise: float) -> float:
        return otherwise if value is None else value

    asked = rule.of or element.id
    is_charge = (rule.charge_above, rule.charge_below) != (None, None)
    return BoardRule(
        id=id_, element=element.id, to=rule.to, from_modes=rule.from_modes,
        store=energy.get(asked, energy.get(element.id, "")) if is_charge else "",
        level_above=either(rule.charge_above, -np.inf),
        level_below=either(rule.charge_below, np.inf),
        # What is not there counts as failed, as in the simulator.
        failed=asked if rule.failed and asked in energy else "",
        well=asked if rule.failed is False else "",
        silent_above_s=either(rule.without_contact_above_s, -np.inf),
        silent_below_s=either(rule.without_contact_below_s, np.inf),
        open=opened, after_s=rule.after_s,
    )  # fmt: skip


def _rests(element: Element, experiments: Sequence[Experiment]) -> Iterator[Rest]:
    """What rests in each mode that a rule leads to: its own research, and what the mode sheds."""
    for name in dict.fromkeys(rule.to for rule in element.rules):
        mode = element.modes.get(name)
        if name in (FIRST_MODE, _KEPT_ALIVE) or mode is None:
            continue
        kinds = tuple(
            one.id
            for one in experiments
            if one.element == element.id
            or (
                mode.sheds is not None and one.priority >= mode.sheds and not one.sessions.mandatory
            )
        )
        if kinds:
            yield Rest(element=element.id, mode=name, kinds=kinds)
