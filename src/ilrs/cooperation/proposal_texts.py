"""The texts that a proposal's file is put together from, with comments on what to edit next."""

__all__ = [
    "CONTRIBUTION", "ELEMENT", "EXPERIMENT", "HEAD", "HOSTED", "LINK", "MISSION", "ORBIT",
    "REQUIREMENT", "SERVICE",
]  # fmt: skip

HEAD = """\
# What {partner} proposes. It takes up {key}
# ({of}).
# Edit the figures, then see what changes with `ilrs propose` and this folder's name.
# `owner` is this folder's partner and need not be written. A quantity is a number with its unit.
contributions:
"""

CONTRIBUTION = """\
  {id}:
    name: {name}
    # What you bring, in a few words; `names: {{zh: …, ru: …}}` gives it in other languages.
    stage: {stage:<17} # planning, justification, design, development, implementation, operation
    level: {level:<17} # mission, system, subsystem, equipment
    form: material           # material gives elements and the like; non-material a service
    gives: [{gives}]
    status: proposed         # offered, proposed, agreed, committed, delivered, withdrawn
"""

SERVICE = """\
  {id}:
    name: {name}
    # What you do, in a few words; `names: {{zh: …, ru: …}}` gives it in other languages.
    stage: {stage:<17} # planning, justification, design, development, implementation, operation
    level: {level:<17} # mission, system, subsystem, equipment
    form: non-material       # experts, data, ground stations, training, software, tests …
    service:
      kind: expert teams     # the service in a few words
      amount: 3 people       # so much of it
      begin: 2028            # a year, a month or a day
    status: offered          # offered, proposed, agreed, committed, delivered, withdrawn
    terms: ""                # under which conditions; money is never asked
"""

ELEMENT = """\

elements:
  {id}:
    name: {name}
    facility: {facility}             # F1 transport, F2 support, F3 operation, F4 science, F5 ground
{place}    arrives_on: {mission}
    # `figures` speaks for every quantity below that says nothing of its own.
    figures: {{status: assumption, reason: "first guess of the proposal, to be replaced"}}
    mass: {mass} kg
    life: 8 y                # how long it works
    priority: 6              # 0 is shed last, 9 first
    modes:
      keep_alive: {{power: {keep_alive} W}}
      work: {{power: {work} W, data: 100 bit/s}}    # the experiment's own draw comes on top
    # Does it live through the night? The heater gives loss × (minimum − ground at night).
    thermal:
      heat_capacity: {capacity} kJ/K
      heat_loss: {loss} mW/K
      heater_power: {heater} W
      survival_minimum: -50 degC
      survival_maximum: 70 degC
      operating_minimum: -30 degC
      operating_maximum: 50 degC
    data_store: 2 Gbit
{link}"""

LINK = """\
    # Its own small radio, until a data joint with a terminal is agreed: then take the link out, and
    # write {kind: data, role: needs, with: TERMINAL, rate: …} under `interfaces:` here, and its
    # owner the other side there. A power joint goes likewise; without one it hangs on the largest
    # bus.
    links:
      - {via: earth, rate: 50 kbit/s, power: 8 W}
"""

ORBIT = """\
    orbit:                   # that of {mission}
      periapsis_altitude: {low} km
      apoapsis_altitude: {high} km
      inclination: {inclination} deg
      frame: {frame}
"""

HOSTED = """\

# It runs on {host} of {owner}, which has to agree: `--host` or `element:` names another one.
experiments:
"""

EXPERIMENT = """\
  {id}:
    name: {name}
    # What is to be found out.
    element: {element}
    fields: [{fields}]
{objectives}    conditions: []           # sunlit, dark, relay_in_view, earth_in_view, crew_present
    figures: {{status: assumption, reason: "first guess of the proposal, to be replaced"}}
    wanted: {wanted} h
    minimum_run: 2 h         # a shorter run is worth nothing
    power: {power} W
    data: {data} kbit/s
    products: [measurements]
    data_policy: {{access: partners, embargo: 180 d, licence: CC-BY-4.0}}
"""

REQUIREMENT = """\
# What the proposal itself asks of a run; the rest is in partners/{partner}/.
requirements:
  {id}:
    text: The research proposed by {partner} gets at least half of the time it wants
    metric: research_fraction
    of: {experiment}
    limit: ">= 50 %"
    owner: "{partner}"
    level: should            # must or should
"""

MISSION = """\

missions:
  {id}:
    name: {name}
    kind: lander
    status: proposed
    launches:
      - {{date: 2033, what: wish of the proposal}}    # every date announced, the newest last
    figures: {{status: assumption, reason: "first guess of the proposal, to be replaced"}}
    landed_payload: {mass}
    site: {site}
    carries: [{carries}]
"""
