"""The nouns that partners declare, frozen: what a programme's files may say and no more.

A file says ``mass: 8.2 t``; the code reads ``element.mass_kg``: the attribute carries its unit in
its name, the file's key is the same name without it.
"""

from typing import Annotated, Any, Literal

from pydantic import Field

from ilrs.programme.benefits import Benefit, DataGrant, Service, Status, StatusClaim
from ilrs.programme.crews import CrewVisit, LifeSupport, Processor, Tank
from ilrs.programme.development import (
    Development,
    Gate,
    InterfaceDocument,
    Maturity,
    ModelBuilt,
    Review,
    Verification,
)
from ilrs.programme.entity import DatedClaim, Entity
from ilrs.programme.faults import Fault, Repair, WearOut
from ilrs.programme.keys import DeclaredModel as _Declared
from ilrs.programme.keys import key_of
from ilrs.programme.law import Agreement, Guideline, Stewardship
from ilrs.programme.logistics import Freight, Lander, Pad, Supply
from ilrs.programme.mobility import Mobility, Suit
from ilrs.programme.modes import Mode, Rule
from ilrs.programme.orbit_parts import (
    Camera,
    GroundAntenna,
    LaterOrbit,
    OrbitElements,
    OrbitUncertainty,
)
from ilrs.programme.sessions import Duty, Follows, Sessions
from ilrs.programme.types import (
    Bits,
    BitsPerSecond,
    CubicMetres,
    Decibels,
    DecibelsPerKelvin,
    DecibelWatts,
    Degrees,
    Fraction,
    Hertz,
    JoulesPerKelvin,
    Kelvin,
    Kilograms,
    Metres,
    PartialDate,
    PerHour,
    PerKelvin,
    PerYear,
    Seconds,
    SquareMetres,
    Utc,
    Volts,
    WattHours,
    Watts,
    WattsPerKelvin,
)

__all__ = [
    "Array", "Baseline", "Benefit", "Camera", "Charger", "Claim", "Condition", "Contribution",
    "CrewVisit", "DataGrant", "DataPolicy", "DatedClaim", "Development", "Duty", "Element",
    "Entitlement", "Entity", "Experiment", "Facility", "Fault", "Follows", "Freight", "Gate",
    "Generator", "GroundAntenna", "Interface", "InterfaceDocument", "JointObservation", "Lander",
    "LaterOrbit", "Launcher", "LifeSupport", "Link", "Maturity", "Milestone", "Mission", "Mobility",
    "Mode", "ModelBuilt", "Objective", "OrbitElements", "OrbitUncertainty", "Pad", "Partner",
    "Phase", "Processor", "Programme", "Repair", "Requirement", "Review", "Rule", "Scenario",
    "ScienceField", "Service", "Sessions", "Site", "SizeOption", "Source", "StatusClaim", "Storage",
    "Suit", "Supply", "Survey", "Tank", "Thermal", "Verification", "WearOut", "key_of",
]  # fmt: skip

Stage = Literal["planning", "justification", "design", "development", "implementation", "operation"]
Level = Literal["mission", "system", "subsystem", "equipment"]
Form = Literal["material", "non-material"]
Condition = Literal["sunlit", "dark", "relay_in_view", "earth_in_view", "crew_present"]


class Source(Entity):
    """A document that facts are taken from."""

    url: str | None = None
    title: str = ""
    grade: str = ""


class Partner(Entity):
    """Who takes part: state, agency, institution. Membership is a set of dated claims."""

    kind: Literal["state", "intergovernmental", "agency", "institution", "company", "ngo"]
    status: Literal["founder", "signatory", "applicant", "institution_mou", "mission_participant"]
    body: str = ""
    state: str = ""  # that authorises and supervises it, where it is none itself
    contact: str = ""  # where other operators reach it
    languages: tuple[str, ...] = ()
    membership: tuple[DatedClaim, ...] = ()


class Contribution(Entity):
    """What one partner brings, at which stage, level and in which form."""

    partner: str = ""  # the folder's partner when left out
    stage: Stage
    level: Level
    form: Form
    area: str = ""
    gives: tuple[str, ...] = ()  # ids of elements, missions or experiments (material)
    service: Service | None = None  # non-material
    status: Status
    history: tuple[StatusClaim, ...] = ()  # oldest first; the last one is `status`
    needs: tuple[str, ...] = ()  # ids of contributions that it waits for
    terms: str = ""


class Array(_Declared):
    """A solar array: on a mast and turned after the Sun's azimuth, or fixed."""

    area_m2: SquareMetres
    efficiency: Fraction  # at 28 degC
    mast_height_m: Metres
    tracking: Literal["azimuth", "fixed"] = "azimuth"
    azimuth_deg: Degrees | None = None  # of the panel's normal, when fixed
    tilt_deg: Degrees = 90.0  # 90 deg stands upright, 0 deg lies flat
    degradation_per_year: PerYear = 0.0  # all losses that the next two do not name
    dust_loss_per_year: PerYear = 0.0
    radiation_loss_per_year: PerYear = 0.0
    temperature_coefficient_per_k: PerKelvin = 0.0  # of the efficiency, relative to it
    absorptance: Fraction = 0.91  # for the cells' temperature
    front_emissivity: Fraction = 0.85
    back_emissivity: Fraction = 0.85  # 0 where the back is insulated


class Generator(_Declared):
    """A source of power that needs no Sun: fission unit or radioisotope generator."""

    kind: Literal["fission", "radioisotope"]
    power_w: Watts
    heat_w: Watts = 0.0  # waste heat given to the element's own thermal node
    decay_per_year: PerYear = 0.0
    heat_decay_per_year: PerYear | None = None  # that of the power when left out
    start_up_s: Seconds = 0.0  # of a fission unit, as the next three: from off to its first power
    ramp_per_h: PerHour | None = None  # most change, in parts of full power; at once when left out
    least_fraction: Fraction = 1.0  # of full power, down to which it follows what is asked for
    starts_cold: bool = False  # it is off as a run begins

    @property
    def is_steered(self) -> bool:
        """Whether its power depends on what was before, and on what is asked for."""
        waits = self.start_up_s > 0.0 or self.starts_cold or self.ramp_per_h is not None
        return waits or self.least_fraction < 1.0


class Charger(_Declared):
    """What charges a battery from its bus: its power, its own loss, and its taper near full."""

    power_w: Watts | None = None  # most that it takes; `charge_power` of the store when left out
    efficiency: Fraction = 1.0  # times the store's own
    taper_above: Fraction = 1.0  # state of charge from which its power falls to none when full


class Storage(_Declared):
    """A store of electric energy: battery, or electrolyser, tanks and fuel cell."""

    kind: Literal["battery", "fuel_cell"]
    capacity_wh: WattHours  # of the cells, or of the reactants in full tanks
    charge_power_w: Watts  # of the charger, or of the electrolyser
    discharge_power_w: Watts
    charge_efficiency: Fraction = 1.0
    discharge_efficiency: Fraction = 1.0
    minimum_state_of_charge: Fraction = 0.0
    initial_state_of_charge: Fraction = 1.0
    self_discharge_per_year: PerYear = 0.0
    fade_per_year: PerYear = 0.0  # of capacity, by age
    fade_per_cycle: Fraction = 0.0  # of capacity, by each full equivalent cycle
    charger: Charger | None = None  # of a battery


class Thermal(_Declared):
    """One lumped node: capacity, heat lost to its surroundings, heater, temperatures it bears."""

    heat_capacity_j_k: JoulesPerKelvin
    heat_loss_w_k: WattsPerKelvin  # through insulation and supports
    sky_view: Fraction = 0.0  # part of what it sees that is sky; the rest is ground
    shadow_view: Fraction = 0.0  # part of what it sees that is ground in lasting shadow
    shadow_k: Kelvin = 50.0  # temperature of that ground
    sunlit_area_m2: SquareMetres = 0.0  # that it turns to the Sun
    absorptance: Fraction = 0.0  # of that area for sunlight
    radiator_area_m2: SquareMetres = 0.0
    radiator_emissivity: Fraction = 0.85
    louver_closed_k: Kelvin | None = None  # at and below it the louver is closed
    louver_open_k: Kelvin | None = None  # at and above it the louver is open
    louver_closed_fraction: Fraction = 0.17  # of the emissivity, that a closed louver leaves
    heater_power_w: Watts = 0.0
    heater_when_off: bool = True  # its heater works while it has failed
    radioisotope_heat_w: Watts = 0.0
    radioisotope_decay_per_year: PerYear = 0.0
    survival_minimum_k: Kelvin
    survival_maximum_k: Kelvin
    operating_minimum_k: Kelvin
    operating_maximum_k: Kelvin


class Link(_Declared):
    """A radio link that empties the data store of an element or a mission."""

    via: str  # "earth", or the id of a relay mission
    rate_bps: BitsPerSecond
    rates_bps: tuple[BitsPerSecond, ...] = ()  # that the radio can be set to
    power_w: Watts = 0.0  # drawn while sending
    frame_loss: Fraction = 0.0  # of what is sent; lost frames are sent again
    mask_deg: Degrees = 0.0  # lowest elevation the antenna uses
    frequency_hz: Hertz | None = None  # of what it sends
    return_frequency_hz: Hertz | None = None  # of what it receives
    bandwidth_hz: Hertz | None = None  # of each of the two
    eirp_dbw: DecibelWatts | None = None  # of the sender
    g_t_db_k: DecibelsPerKelvin | None = None  # of the receiver at the other end
    required_eb_n0_db: Decibels | None = None  # energy per bit over noise that its code needs


class Interface(_Declared):
    """One side of a joint between two elements; the other side declares its own."""

    kind: Literal["power", "data", "thermal", "mechanical"]
    role: Literal["offers", "needs"]
    partner_element: str = Field(alias="with")
    voltage_v: Volts | None = None
    power_w: Watts | None = None  # most that passes
    length_m: Metres | None = None  # of a cable between two buses; a plug has none
    section_m2: SquareMetres | None = None  # of each of its two copper conductors
    loss: Fraction | None = None  # of a cable at its most power, where it is known
    rate_bps: BitsPerSecond | None = None


class Element(Entity):
    """A delivered piece of the station, on the surface at a site or in orbit."""

    facility: Literal["F1", "F2", "F3", "F4", "F5"]
    owner: str = ""  # the folder's partner when left out
    registry_state: str | None = None
    site: str | None = None
    orbit: OrbitElements | None = None
    ground_antennas: tuple[GroundAntenna, ...] = ()  # of an element on Earth
    arrives_on: str | None = None  # the mission that carries it
    mass_kg: Kilograms | None = None
    freight: Freight | None = None
    life_s: Seconds | None = None
    priority: int = Field(default=5, ge=0, le=9)  # 0 is shed last
    essential: bool = False  # the station lives while no essential element is lost
    faults: tuple[Fault, ...] = ()
    spares: int = Field(default=0, ge=0)  # whole units in reserve, for the repairs that take one
    modes: dict[str, Mode] = Field(default_factory=dict)  # "keep_alive", "work", those of rules
    rules: tuple[Rule, ...] = ()  # the first that holds is followed
    array: Array | None = None
    generator: Generator | None = None
    storage: Storage | None = None
    thermal: Thermal | None = None
    life_support: LifeSupport | None = None
    mobility: Mobility | None = None
    suit: Suit | None = None
    stewardship: Stewardship | None = None
    data_store_bit: Bits = 0.0
    links: tuple[Link, ...] = ()
    interfaces: tuple[Interface, ...] = ()

    @property
    def mode_names(self) -> tuple[str, ...]:
        """The modes that rules lead to; "work" stands for keep-alive and, where served, work."""
        return "work", *(name for name in self.modes if name not in ("keep_alive", "work"))


class DataPolicy(_Declared):
    """Who may see an experiment's data, and from when on."""

    access: Literal["open", "partners", "owner"] = "open"
    embargo_s: Seconds = 0.0
    licence: str = ""


class Experiment(Entity):
    """Research wanted on an element: when it can run, for how long, and what it makes."""

    owner: str = ""
    element: str
    fields: tuple[str, ...]  # science fields
    objectives: tuple[str, ...] = ()
    conditions: tuple[Condition, ...] = ()
    wanted_s: Seconds
    minimum_run_s: Seconds = 3600.0
    power_w: Watts
    data_bps: BitsPerSecond = 0.0
    priority: int = Field(default=5, ge=0, le=9)
    sessions: Sessions = Field(default_factory=Sessions)
    products: tuple[str, ...] = ()
    data_policy: DataPolicy = Field(default_factory=DataPolicy)


class Entitlement(Entity):
    """What part of the station's research a partner may claim; its id is the partner's."""

    share: float = Field(ge=0)  # any number: only ratios count


class Launcher(Entity):
    """A launch vehicle and what it can send to the Moon."""

    operator: str = ""
    status: Literal["operational", "in_development", "plan", "retired"]
    available_from: PartialDate | None = None
    leo_kg: Kilograms | None = None
    tli_kg: Kilograms | None = None  # to trans-lunar injection
    llo_kg: Kilograms | None = None  # to low lunar orbit


class SizeOption(Entity):
    """Sizes of an element that `ilrs size` may choose: a number of units of so much each.

    What options of an element give takes the place of what the element declares of it; what it
    draws itself, and its heat, go with its mass.
    """

    element: str
    mass_kg: Kilograms  # of a unit, landed
    area_m2: SquareMetres | None = None  # of the array
    power_w: Watts | None = None  # of the generator
    capacity_wh: WattHours | None = None  # of the storage; so the next two
    charge_power_w: Watts | None = None
    discharge_power_w: Watts | None = None
    radiator_area_m2: SquareMetres | None = None  # of the thermal node
    least: float = 0.0  # units
    most: float | None = None  # any number when left out
    whole: bool = False  # in whole units only


class Mission(Entity):
    """A flight: its announced launch dates, its launcher, what it carries and where to."""

    owner: str = ""
    agency: str = ""
    kind: str = ""
    status: Literal[
        "flown", "failed", "operating", "planned", "slipped", "reworked", "proposed", "withdrawn"
    ]
    launches: tuple[DatedClaim, ...] = ()  # oldest claim first; the last one holds
    arrival: PartialDate | None = None
    end: PartialDate | None = None
    launcher: str | None = None
    lander: str | None = None  # its kind: gives payload and hold where the mission does not
    launch_mass_kg: Kilograms | None = None
    landed_payload_kg: Kilograms | None = None  # what it can put on the surface
    volume_m3: CubicMetres | None = None  # of its hold
    guest_allotment_kg: dict[str, Kilograms] = Field(default_factory=dict)
    registry_state: str | None = None
    stewardship: Stewardship | None = None
    carries: tuple[str, ...] = ()  # ids of elements; elements may also name the mission
    site: str | None = None
    orbit: OrbitElements | None = None
    later_orbits: tuple[LaterOrbit, ...] = ()
    radius_m: Metres | None = None  # of the sphere around the craft, for collisions
    camera: Camera | None = None
    life_s: Seconds | None = None
    relay: str | None = None
    data_bps: BitsPerSecond = 0.0  # that the craft itself makes, on the mean
    data_store_bit: Bits = 0.0  # a relay without one passes on at once what it receives
    links: tuple[Link, ...] = ()
    coordinated_with: tuple[str, ...] = ()

    @property
    def lost(self) -> str:
        """Why nothing more comes of it, as a predicate: it has failed, or is withdrawn; or ''."""
        return {"failed": "failed", "withdrawn": "is withdrawn"}.get(self.status, "")

    @property
    def launch(self) -> DatedClaim | None:
        """The launch date that holds now: the newest claim, or None where none is known."""
        return self.launches[-1] if self.launches else None


class Survey(Entity):
    """A landing area that is to be imaged from orbit: by whom, in which light, how finely, by when.

    With `together_with` the looks of a second craft are wanted near in time to the orbiter's own.
    """

    owner: str = ""
    orbiter: str
    site: str
    radius_m: Metres
    sun_elevation_minimum_deg: Degrees = 0.0
    sun_elevation_maximum_deg: Degrees = 90.0
    ground_sample_m: Metres
    looks: int = Field(default=1, ge=1, le=100)  # images of each point, from different passes
    by: PartialDate | None = None
    together_with: str | None = None
    most_offset_s: Seconds = 3600.0


class JointObservation(Entity):
    """A place that two craft are to look at together: in what light, from where, how near in time.

    Light is that of level ground. Emission is the angle between the place's vertical and the craft.
    """

    owner: str = ""
    first: str
    second: str
    site: str
    sun_elevation_minimum_deg: Degrees = -90.0
    sun_elevation_maximum_deg: Degrees = 90.0
    most_emission_deg: Degrees = 60.0
    most_range_m: Metres | None = None
    most_offset_s: Seconds = 0.0  # between the two looks; 0 is at once


class Milestone(Entity):
    """A dated step of the road map and what it needs first."""

    owner: str = ""
    stage: Stage
    needs: tuple[str, ...] = ()  # ids of milestones or missions
    takes_s: Seconds = 0.0  # from the last of them on
    by: PartialDate


class Site(Entity):
    """A place on the Moon, with the horizon seen from it where one is known."""

    kind: Literal["nominal", "candidate", "feature", "illumination_point", "flown", "region"]
    latitude_deg: Annotated[Degrees, Field(ge=-90, le=90)] | None = None
    longitude_deg: Annotated[Degrees, Field(ge=-360, le=360)] | None = None
    height_m: Metres | None = None
    frame: Literal["MOON_ME"] = "MOON_ME"
    horizon: str | None = None  # a profile file, relative to the programme's folder
    maps: tuple[
        str, ...
    ] = ()  # GeoTIFF files of the ground around it, a layer each, as the horizon
    terrain: tuple[str, ...] = ()  # DEM files, finest first


class Facility(Entity):
    """One of the station's five facilities, and what it is there for."""

    functions: tuple[str, ...] = ()


class ScienceField(Entity):
    """One of the station's fields of research."""


class Objective(Entity):
    """What the programme wants to achieve, in one or more science fields."""

    fields: tuple[str, ...] = ()


class Baseline(Entity):
    """One published version of the plan; several stand side by side."""

    document: str = ""


class Phase(Entity):
    """A phase of one baseline."""

    baseline: str
    begin: PartialDate | None = None
    end: PartialDate | None = None
    tasks: tuple[str, ...] = ()
    missions: tuple[str, ...] = ()
    milestone: str | None = None  # that its end was to be, in this version of the plan
    partner_slots: bool = False


class Requirement(Entity):
    """A statement to be judged: a metric of the run against a limit."""

    text: str
    metric: str
    of: str = ""  # what the metric is asked for: a field, an element, a mission
    objectives: tuple[str, ...] = ()  # that it follows from
    limit: str  # ">= 200 h", "<= 8.2 t", ">= 1"
    scenario: str | None = None  # judged in this scenario only; in every one when left out
    owner: str = ""
    level: Literal["must", "should"] = "must"


class Scenario(Entity):
    """One run's inputs: span, step, seed, the site that is simulated, and people's presence."""

    site: str
    start: Utc
    end: Utc
    step_s: Seconds = 3600.0
    seed: int = 0
    crew_visits: tuple[CrewVisit, ...] = ()
    without: tuple[str, ...] = ()  # partners and contributions that have been withdrawn


class Claim(_Declared):
    """Where one declared value comes from and how firm it is; kept beside the entities."""

    entity: str  # dotted path: "elements.POWER-1.mass"
    value: Any
    source: tuple[str, ...] = ()
    as_of: PartialDate | None = None
    status: Literal["fact", "agreed", "estimate", "assumption"] = "fact"
    reason: str = ""
    tolerance: str = ""  # the part after ±, as written
    file: str = ""
    line: int = 0


class Programme(_Declared):
    """All that was declared, checked for shape: the input of every other room."""

    name: str
    names: dict[str, str] = Field(default_factory=dict)
    description: str = ""
    lid_prefix: str = "urn:ilrs:jdc"  # what the identifiers of the archive's products begin with
    sources: dict[str, Source] = Field(default_factory=dict)
    partners: dict[str, Partner] = Field(default_factory=dict)
    contributions: dict[str, Contribution] = Field(default_factory=dict)
    elements: dict[str, Element] = Field(default_factory=dict)
    experiments: dict[str, Experiment] = Field(default_factory=dict)
    missions: dict[str, Mission] = Field(default_factory=dict)
    milestones: dict[str, Milestone] = Field(default_factory=dict)
    launchers: dict[str, Launcher] = Field(default_factory=dict)
    landers: dict[str, Lander] = Field(default_factory=dict)
    pads: dict[str, Pad] = Field(default_factory=dict)
    supplies: dict[str, Supply] = Field(default_factory=dict)
    gates: dict[str, Gate] = Field(default_factory=dict)  # in their order
    developments: dict[str, Development] = Field(default_factory=dict)
    interface_documents: dict[str, InterfaceDocument] = Field(default_factory=dict)
    size_options: dict[str, SizeOption] = Field(default_factory=dict)
    surveys: dict[str, Survey] = Field(default_factory=dict)
    joint_observations: dict[str, JointObservation] = Field(default_factory=dict)
    sites: dict[str, Site] = Field(default_factory=dict)
    facilities: dict[str, Facility] = Field(default_factory=dict)
    science_fields: dict[str, ScienceField] = Field(default_factory=dict)
    objectives: dict[str, Objective] = Field(default_factory=dict)
    baselines: dict[str, Baseline] = Field(default_factory=dict)
    phases: dict[str, Phase] = Field(default_factory=dict)
    requirements: dict[str, Requirement] = Field(default_factory=dict)
    entitlements: dict[str, Entitlement] = Field(default_factory=dict)
    benefits: dict[str, Benefit] = Field(default_factory=dict)
    agreements: dict[str, Agreement] = Field(default_factory=dict)
    guidelines: dict[str, Guideline] = Field(default_factory=dict)
    scenarios: dict[str, Scenario] = Field(default_factory=dict)  # the first one is the default
    claims: tuple[Claim, ...] = ()
    sha256: str = ""  # of all files read, in a fixed order
    folders: tuple[str, ...] = ()

    def carried_by(self, mission_id: str) -> dict[str, Element]:
        """The elements that a mission carries, named by either side."""
        named = set(self.missions[mission_id].carries)
        return {
            key: element
            for key, element in self.elements.items()
            if key in named or element.arrives_on == mission_id
        }

    def ride_of(self, element: Element) -> Mission | None:
        """The mission that brings an element, named by either side; None where there is none."""
        if element.arrives_on in self.missions:
            return self.missions[element.arrives_on]
        carriers = (mission for mission in self.missions.values() if element.id in mission.carries)
        return next(carriers, None)
