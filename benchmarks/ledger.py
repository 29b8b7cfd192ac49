"""A seeded programme of many partners in files: what a secretariat's ledger may come to hold."""

from pathlib import Path

import numpy as np

__all__ = ["write_partners"]

_PROGRAMME = """\
name: Programme of many
sites:
  RIDGE: {kind: candidate, latitude: -89.4 deg, longitude: 222 deg, terrain: [ridge.tif]}
launchers:
  ROCKET: {status: plan, tli: 50 t, available_from: 2028}
science_fields: {S1: {name: structure}, S2: {name: environment}, S3: {name: sky}}
sources: {AGREEMENT: {title: The partners' agreement}}
benefits:
  TIME: {gives: observation_time, by: mass, least: 1 %}
  SEATS: {gives: training_seats, seats: 500}
scenarios:
  year: {site: RIDGE, start: 2036-01-01, end: 2037-01-01}
"""
_PARTNER = """\
partner:
  name: Partner {p}
  names: {{zh: 伙伴{p}, ru: Партнёр {p}}}
  kind: institution
  status: signatory
  membership: [{{date: {year}, what: agreement, source: [AGREEMENT]}}]
"""
_MISSION = """\
missions:
  FLIGHT-{p}:
    status: planned
    launches:
      - {{date: 2031, as_of: 2026-03, source: [AGREEMENT]}}
      - {{date: 2033, as_of: 2027-11, source: [AGREEMENT]}}
    launcher: ROCKET
    launch_mass: 40 t
    landed_payload: 20 t
"""
_ELEMENT = """\
  {id}:
    name: Element {id}
    facility: F4
    site: RIDGE
    arrives_on: FLIGHT-{ride}
    figures: {{status: assumption, reason: drawn}}
    mass: {mass:.0f} kg
    life: 10 y
    priority: 5
    array: {{area: 8 m2, efficiency: 29 %, mast_height: 10 m}}
    storage: {{kind: battery, capacity: 6 kWh, charge_power: 2 kW, discharge_power: 2 kW}}
    modes:
      keep_alive: {{power: 20 W}}
      work: {{power: 90 W, data: 10 kbit/s}}
    thermal:
      heat_capacity: 60 kJ/K
      heat_loss: 0.5 W/K
      heater_power: 60 W
      survival_minimum: 233 K
      survival_maximum: 333 K
      operating_minimum: 248 K
      operating_maximum: 323 K
    data_store: 20 Gbit
    interfaces:
      - {{kind: power, role: offers, with: {to}, voltage: 120 V, power: 400 W}}
      - {{kind: power, role: needs, with: {of}, voltage: 120 V, power: 300 W}}
"""
_EXPERIMENT = """\
  {id}:
    element: {host}
    fields: [{field}]
    wanted: {hours} h
    power: {{value: 25 W, source: [AGREEMENT]}}
    data: 40 kbit/s
    conditions: [sunlit]
    data_policy: {{access: open, embargo: 180 d}}
"""
_GIVEN = """\
  {id}:
    name: Contribution {id}
    names: {{zh: 贡献{id}}}
    stage: {stage}
    level: {level}
    form: {form}
    area: area {area}
    {gives}
    status: agreed
    history:
      - {{status: offered, date: 2025-03, as_of: 2025-04, source: [AGREEMENT]}}
      - {{status: agreed, date: 2026, as_of: 2026-05, source: [AGREEMENT]}}
    source: [AGREEMENT]
"""
_STAGES = ("planning", "justification", "design", "development", "implementation", "operation")
_LEVELS = ("mission", "system", "subsystem", "equipment")


def write_partners(
    folder: Path, *, partners: int = 50, contributions: int = 500, people: int = 5000, seed: int = 1
) -> Path:
    """The folder, with so many partners' files: half of what they give are things, half services.

    Each thing is an element, of which two in three carry an experiment of another partner; elements
    feed each other in rings over neighbouring partners. `people` are the experts of all services.
    """
    rng = np.random.default_rng(seed)
    things = contributions // 2
    services = contributions - things
    owner = np.arange(things) % partners
    (folder / "partners").mkdir(parents=True, exist_ok=True)
    (folder / "programme.yaml").write_text(_PROGRAMME, encoding="utf-8")
    (folder / "ridge.tif").touch()
    experts = rng.multinomial(people, np.full(services, 1.0 / services))
    for p in range(partners):
        own = np.flatnonzero(owner == p).tolist()
        text = _PARTNER.format(p=p, year=2021 + p % 5) + _MISSION.format(p=p) + "elements:\n"
        for k in own:
            text += _ELEMENT.format(
                id=f"E{k}", ride=int(rng.integers(partners)),
                mass=rng.uniform(20.0, 900.0) / max(things / 250.0, 1.0),  # one flight each
                to=f"E{(k + 1) % things}", of=f"E{(k - 1) % things}",
            )  # fmt: skip
        guests = [k for k in range(things) if k % 3 and (k + 7) % partners == p]
        text += "experiments:\n" + "".join(
            _EXPERIMENT.format(id=f"X{k}", host=f"E{k}", field=f"S{1 + k % 3}", hours=200 + k)
            for k in guests
        )
        text += "contributions:\n" + "".join(
            _given(rng, f"G{k}", "material", f"gives: [E{k}]") for k in own
        )
        for s in range(p, services, partners):
            hours = int(experts[s]) * 400
            gives = (
                f"service: {{kind: expert work, to: [P{(p + 1 + s) % partners}],"
                f" experts: {hours} h, training_seats: {s % 4}}}"
            )
            text += _given(rng, f"S{s}", "non-material", gives)
        home = folder / "partners" / f"P{p}"
        home.mkdir(exist_ok=True)
        (home / "all.yaml").write_text(text, encoding="utf-8")
    return folder


def _given(rng: np.random.Generator, id_: str, form: str, gives: str) -> str:
    return _GIVEN.format(
        id=id_, stage=_STAGES[rng.integers(6)], level=_LEVELS[rng.integers(4)], form=form,
        area=int(rng.integers(12)), gives=gives,
    )  # fmt: skip
