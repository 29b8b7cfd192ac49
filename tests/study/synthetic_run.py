"""A made-up Run, laid out as docs/rooms.md says: hourly, polar Sun, several partners.

The numbers are plausible and nothing more; no test may take them for truth about the Moon.
"""

from typing import Any

import numpy as np
import xarray as xr

from ilrs.foundation.provenance import Provenance
from ilrs.foundation.time import parse_utc, tdb_from_utc, time_grid
from ilrs.moon.grid import Grid
from ilrs.moon.map_layout import map_on
from ilrs.programme.entities import Programme
from ilrs.study.run import Run, Verdict

LATITUDE_DEG, LONGITUDE_DEG = -89.47, -137.3
MASTS_M = (2.0, 10.0)
HOSTILE = '<script>alert("x")</script>&\'"'

PROGRAMME: dict[str, Any] = {
    "name": "International Lunar Research Station",
    "names": {
        "en": "International Lunar Research Station",
        "zh": "国际月球科研站",
        "ru": "Международная научная лунная станция",
    },
    "sources": {
        "SRC-A": {"id": "SRC-A", "title": "Guide for Partnership", "url": "https://example.org/a"},
        "SRC-B": {"id": "SRC-B", "title": "Road map, second edition", "grade": "B"},
        "SRC-C": {"id": "SRC-C", "title": "A doubtful link", "url": "javascript:alert(1)"},
    },
    "partners": {
        key: {"id": key, "name": en, "names": {"zh": zh, "ru": ru}, "kind": kind, "status": status}
        for key, en, zh, ru, kind, status in (
            ("CN", "China", "中国", "Китай", "state", "founder"),
            ("RU", "Russia", "俄罗斯", "Россия", "state", "founder"),
            ("ZA", "South Africa", "南非", "ЮАР", "state", "signatory"),
            ("PK", "Pakistan", "巴基斯坦", "Пакистан", "state", "signatory"),
            ("VE", "Venezuela", "委内瑞拉", "Венесуэла", "state", "signatory"),
            ("TH", "Thailand", "泰国", "Таиланд", "state", "signatory"),
        )
    },
    "sites": {
        "CONNECTING-RIDGE": {
            "id": "CONNECTING-RIDGE",
            "name": "Connecting Ridge",
            "names": {"zh": "连接岭", "ru": "Соединительный хребет"},
            "kind": "candidate",
            "latitude": f"{LATITUDE_DEG} deg",
            "longitude": f"{LONGITUDE_DEG} deg",
            "height": "1830 m",
        }
    },
    "science_fields": {
        f"S{n}": {"id": f"S{n}", "name": en, "names": {"zh": zh, "ru": ru}}
        for n, (en, zh, ru) in enumerate(
            (
                ("Topography and geological structure", "月球地形与地质构造", "Геология"),
                ("Physics and interior", "月球物理与内部结构", "Физика и внутреннее строение"),
                ("Chemistry and age", "月球化学", "Химия и возраст"),
                ("Cislunar environment", "地月空间环境", "Окололунная среда"),
                ("Moon-based astronomy", "月基天文观测", "Астрономия с Луны"),
            ),
            start=1,
        )
    },
    "elements": {
        key: {
            "id": key, "name": name, "facility": facility, "owner": owner, "site": site,
            "arrives_on": ride, "mass": mass,
            "thermal": {
                "heat_capacity": "200 kJ/K", "heat_loss": "2 W/K",
                "survival_minimum": "233 K", "survival_maximum": "343 K",
                "operating_minimum": "253 K", "operating_maximum": "323 K",
            },
        }
        for key, name, facility, owner, site, ride, mass in (
            ("POWER-1", "Solar mast array", "F2", "CN", "CONNECTING-RIDGE", "ILRS-1", "1.8 t"),
            ("STORE-1", "Fuel-cell store", "F2", "CN", "CONNECTING-RIDGE", "ILRS-1", "1.1 t"),
            ("FISSION-1", "Fission unit", "F2", "RU", "CONNECTING-RIDGE", "LES-1", "5 t"),
            ("LAB-1", "Laboratory", "F4", "RU", "CONNECTING-RIDGE", "ILRS-2", "2.2 t"),
            ("RADIO-1", "Radio array", "F4", "ZA", "CONNECTING-RIDGE", "ILRS-5", "310 kg"),
            ("ROVER-1", "Rover", "F3", "PK", "CONNECTING-RIDGE", "ILRS-2", "35 kg"),
            ("GROUND-1", "Ground station", "F5", "VE", None, None, None),
        )
    },
    "missions": {
        "LUNA-25": {
            "id": "LUNA-25", "owner": "RU", "status": "failed", "name": "Luna-25",
            "names": {"zh": "月球25号", "ru": "Луна-25"},
            "launches": [{"date": "2023-08-10", "as_of": "2023-08-11"}],
        },
        "LUNA-26": {
            "id": "LUNA-26", "owner": "RU", "status": "planned", "name": "Luna-26",
            "names": {"zh": "月球26号", "ru": "Луна-26"},
            "launches": [
                {"date": "2022", "as_of": "2018-03", "source": ["SRC-A"]},
                {"date": "2024", "as_of": "2019-09"},
                {"date": "2027", "as_of": "2024-06"},
                {"date": "2028", "as_of": "2025-10"},
            ],
        },
        "CE-6": {
            "id": "CE-6", "owner": "CN", "status": "flown", "name": "Chang'e-6",
            "names": {"zh": "嫦娥六号", "ru": "Чанъэ-6"},
            "launches": [{"date": "2024-05-03T09:27:29Z", "as_of": "2024-05-03"}],
        },
        "CE-7": {
            "id": "CE-7", "owner": "CN", "status": "slipped", "name": "Chang'e-7",
            "names": {"zh": "嫦娥七号", "ru": "Чанъэ-7"},
            "launches": [
                {"date": "2023", "as_of": "2018-03"},
                {"date": "2024", "as_of": "2022"},
                {"date": "2026", "as_of": "2024-02"},
                {"date": "2026-08-24", "as_of": "2026-08-21"},
                {"date": "2027", "as_of": "2026-08-24", "note": "typhoon"},
            ],
        },
        "QUEQIAO-2": {
            "id": "QUEQIAO-2", "owner": "CN", "status": "operating", "name": "Queqiao-2",
            "names": {"zh": "鹊桥二号"},
            "launches": [{"date": "2024-03-20"}],
        },
        **{
            key: {"id": key, "status": "planned", "name": key, "launches": [{"date": date}]}
            for key, date in (("ILRS-1", "2031"), ("ILRS-2", "2032"), ("ILRS-5", "2035"))
        },
        "LES-1": {
            "id": "LES-1", "owner": "RU", "status": "planned", "name": "LES-1",
            "launches": [{"date": "2033", "as_of": "2026-01-27"}],
        },
        "LUNA-30": {"id": "LUNA-30", "owner": "RU", "status": "proposed", "name": "Luna-30"},
    },
    "baselines": {
        "ROADMAP-2021": {"id": "ROADMAP-2021", "name": "Road map 2021"},
        "AGREEMENT-2022": {"id": "AGREEMENT-2022", "name": "Agreement 2022"},
        "PLAN-2024": {"id": "PLAN-2024", "name": "Plan 2024"},
    },
    "phases": {
        key: {"id": key, "baseline": base, "name": name, "begin": begin, "end": end}
        for key, base, name, begin, end in (
            ("RECON", "ROADMAP-2021", "reconnaissance", "2021", "2025"),
            ("CON-1", "ROADMAP-2021", "construction 1", "2026", "2030"),
            ("CON-2", "ROADMAP-2021", "construction 2", "2031", "2035"),
            ("UTIL", "ROADMAP-2021", "utilization", "2036", None),
            ("AGR-1", "AGREEMENT-2022", "study", None, None),
            ("BASIC-2035", "PLAN-2024", "basic model", None, "2035"),
            ("EXT-2050", "PLAN-2024", "extended model", "2036", "2050"),
        )
    },
    "requirements": {
        "REQ-1": {
            "id": "REQ-1", "text": "Keep-alive loads are always served", "metric": "m",
            "limit": "<= 0 h", "names": {"zh": "保活负载始终得到供电"},
        }
    },
    "scenarios": {
        "YEAR": {
            "id": "YEAR", "name": "One year", "site": "CONNECTING-RIDGE",
            "start": "2036-01-01", "end": "2037-01-01", "seed": 7,
        }
    },
    "sha256": "ab" * 32,
    "folders": ["reference"],
}  # fmt: skip

CONTRIBUTIONS = (
    ("CN", "planning", "mission", "non-material", "agreed"),
    ("RU", "planning", "mission", "non-material", "agreed"),
    ("TH", "planning", "system", "non-material", "proposed"),
    ("CN", "implementation", "mission", "material", "committed"),
    ("RU", "implementation", "mission", "material", "committed"),
    ("RU", "development", "system", "material", "proposed"),
    ("PK", "development", "system", "material", "agreed"),
    ("ZA", "development", "equipment", "material", "offered"),
    ("TH", "development", "equipment", "material", "agreed"),
    ("TH", "development", "equipment", "material", "proposed"),
    ("VE", "operation", "subsystem", "material", "agreed"),
    ("VE", "operation", "system", "non-material", "withdrawn"),
)

EXPERIMENTS = (
    ("SEISMO", "Seismometer", "CN", "LAB-1", ["S2"], [], 8000.0, 0.96, "nothing"),
    ("DRILL", "Deep drill", "RU", "LAB-1", ["S1", "S3"], ["sunlit"], 400.0, 0.61, "power"),
    ("RADIO", "Low-frequency radio", "ZA", "RADIO-1", ["S5"], ["dark", "relay_in_view"], 600.0,
     0.31, "no window: needs dark and relay_in_view"),
    ("DUST", "Dust and plasma", "TH", "LAB-1", ["S4"], [], 3000.0, 0.88, "power"),
    ("MAPPER", "Traverse mapping", "PK", "ROVER-1", ["S1"], ["sunlit"], 900.0, 1.0, "nothing"),
)  # fmt: skip


def programme() -> Programme:
    """The made-up programme."""
    data = dict(PROGRAMME)
    data["contributions"] = {
        f"{partner}-{n}": {
            "id": f"{partner}-{n}", "partner": partner, "stage": stage, "level": level,
            "form": form, "status": status, "name": f"{stage} by {partner}",
        }
        for n, (partner, stage, level, form, status) in enumerate(CONTRIBUTIONS)
    }  # fmt: skip
    data["experiments"] = {
        key: {
            "id": key, "name": name, "owner": owner, "element": element, "fields": fields,
            "conditions": conditions, "wanted": f"{wanted} h", "power": "100 W",
        }
        for key, name, owner, element, fields, conditions, wanted, _, _ in EXPERIMENTS
    }  # fmt: skip
    data["claims"] = [
        {
            "entity": f"elements.{key}.mass", "value": PROGRAMME["elements"][key]["mass"],
            "status": status, "reason": reason, "source": source,
        }
        for key, status, reason, source in (
            ("POWER-1", "assumption", "no public budget exists", []),
            ("LAB-1", "estimate", "scaled from a landed payload", ["SRC-A"]),
            ("ROVER-1", "fact", "", ["SRC-B"]),
        )
    ]  # fmt: skip
    return Programme.model_validate(data)


def _turned(sub_latitude_deg: Any, sub_longitude_deg: Any) -> tuple[Any, Any]:
    """Azimuth and elevation at the site of a far body that stands over a point of the Moon."""
    lat, dlat = np.radians(LATITUDE_DEG), np.radians(sub_latitude_deg)
    hour = np.radians(sub_longitude_deg - LONGITUDE_DEG)
    up = np.sin(lat) * np.sin(dlat) + np.cos(lat) * np.cos(dlat) * np.cos(hour)
    north = np.cos(lat) * np.sin(dlat) - np.sin(lat) * np.cos(dlat) * np.cos(hour)
    east = np.cos(dlat) * np.sin(hour)
    return np.degrees(np.arctan2(east, north)) % 360.0, np.degrees(np.arcsin(up))


def horizon() -> xr.Dataset:
    """A made-up skyline with two massifs."""
    azimuth = np.arange(720) * 0.5
    wave = sum(
        a * np.sin(np.radians(k * azimuth + p))
        for k, a, p in ((1, 0.5, 40), (2, 0.4, 200), (5, 0.25, 80), (13, 0.12, 10), (37, 0.06, 50))
    )
    peaks = 2.4 * np.exp(-(((azimuth - 205) / 9) ** 2)) + 1.5 * np.exp(-(((azimuth - 75) / 6) ** 2))
    low = wave + peaks - 0.9
    distance = 10 ** (1.1 + 0.6 * np.sin(np.radians(3 * azimuth))) * 1e3 / (1 + 2 * peaks)
    degrees = np.stack([low, low - 8.0 / distance * 57.3])
    return xr.Dataset(
        {
            "horizon_deg": (("mast_height_m", "azimuth_deg"), degrees),
            "horizon_distance_m": (("mast_height_m", "azimuth_deg"), np.stack([distance] * 2)),
        },
        coords={"mast_height_m": list(MASTS_M), "azimuth_deg": azimuth},
        attrs={
            "latitude_deg": LATITUDE_DEG, "longitude_deg": LONGITUDE_DEG, "ground_height_m": 1830.0,
            "frame": "MOON_ME", "terrain": "made-up", "terrain_sha256": "cd" * 32, "note": "",
        },
    )  # fmt: skip


def ground() -> xr.Dataset:
    """A made-up map of 60 x 50 pixels around the site, without light in its western third."""
    grid = Grid(
        rows=50, columns=60, pixel_m=1000.0, west_m=-35_000.0, north_m=20_000.0,
        projection="south polar stereographic",
    )  # fmt: skip
    y, x = np.mgrid[:50, :60]
    light = np.where(x < 20, np.nan, (x + y) / 110.0)
    return map_on(
        grid,
        {
            "hillshade": (0.7 + 0.2 * np.sin(x / 3.0) * np.cos(y / 5.0), "1", "relief"),
            "illumination_fraction": (light, "1", "mean light"),
            "longest_darkness_s": (np.where(x == 59, 3.2e7, 864_000.0 * light), "s", "dark"),
        },
        terrain="made-up", start_utc="2036-01-01T00:30:00Z", end_utc="2036-12-31T23:30:00Z",
        observer_height_m="2", note="light from 1 km cells",
    )  # fmt: skip


def environment(profile: xr.Dataset, *, hours: int, step_s: float = 3600.0) -> xr.Dataset:
    """Sun, Earth and one relay over the made-up skyline."""
    start = parse_utc("2036-01-01")
    time = time_grid(start, start + np.timedelta64(hours, "h"), step_s)
    tdb_s = tdb_from_utc(time)
    t_s = tdb_s - tdb_s[0]
    day = t_s / 86400.0
    sun_az, sun_el = _turned(1.54 * np.sin(2 * np.pi * day / 346.6), 60.0 - 360.0 * day / 29.530589)
    earth_az, earth_el = _turned(
        6.7 * np.sin(2 * np.pi * day / 27.2122), 7.6 * np.sin(2 * np.pi * day / 27.5545)
    )
    relay_el = 35.0 + 45.0 * np.sin(2 * np.pi * day * 24.0 / 24.3)

    def part(azimuth: Any, elevation: Any, radius: float) -> Any:
        skyline = [
            np.interp(azimuth, profile["azimuth_deg"], row) for row in profile["horizon_deg"].values
        ]
        return np.clip((elevation - np.array(skyline) + radius) / (2 * radius), 0.0, 1.0)

    def line(values: Any) -> Any:
        return ("time", np.broadcast_to(values, t_s.shape).astype(float))

    sun = part(sun_az, sun_el, 0.267)
    return xr.Dataset(
        {
            "sun_azimuth_deg": line(sun_az), "sun_elevation_deg": line(sun_el),
            "sun_angular_radius_deg": line(0.267), "sun_distance_m": line(1.496e11),
            "sun_visible_fraction": (("mast_height_m", "time"), sun),
            "solar_irradiance_w_m2": line(1361.0),
            "earth_azimuth_deg": line(earth_az), "earth_elevation_deg": line(earth_el),
            "earth_angular_radius_deg": line(0.95), "earth_distance_m": line(3.844e8),
            "earth_visible_fraction": (
                ("mast_height_m", "time"), part(earth_az, earth_el, 0.95)
            ),
            "relay_elevation_deg": (("relay", "time"), relay_el[None]),
            "relay_azimuth_deg": (("relay", "time"), np.full((1, t_s.size), 120.0)),
            "relay_clearance_deg": (("relay", "time"), relay_el[None] - 1.0),
            "relay_range_m": (("relay", "time"), np.full((1, t_s.size), 1.2e7)),
            "relay_open_fraction": (
                ("relay", "mask_deg", "time"),
                (relay_el > np.array([[[1.0], [5.0]]])).astype(float),
            ),
            "surface_temperature_k": line(110.0 + 90.0 * sun[0]),
        },
        coords={
            "time": time, "t_s": ("time", t_s), "mast_height_m": list(MASTS_M),
            "relay": ["QUEQIAO-2"], "mask_deg": [0.0, 5.0],
        },
        attrs={"site": "CONNECTING-RIDGE", "step_s": step_s, "epoch_utc": "2036-01-01T00:00:00Z"},
    )  # fmt: skip


def plan(env: xr.Dataset) -> xr.Dataset:
    """What a scheduler might have answered."""
    ids = [row[0] for row in EXPERIMENTS]
    span_h = env.sizes["time"] * env.attrs["step_s"] / 3600.0
    wanted = np.array([row[6] for row in EXPERIMENTS]) * 3600.0
    planned = np.minimum(wanted * [row[7] for row in EXPERIMENTS], span_h * 3600.0)
    fraction = np.repeat((planned / 3600.0 / span_h)[:, None], env.sizes["time"], axis=1)
    return xr.Dataset(
        {
            "planned_fraction": (("experiment", "time"), fraction),
            "wanted_s": ("experiment", wanted), "planned_s": ("experiment", planned),
            "priority": ("experiment", np.arange(len(ids))),
            "blocked_by": ("experiment", [row[8] for row in EXPERIMENTS]),
        },
        coords={"experiment": ids, "time": env["time"]},
    )  # fmt: skip


def station(env: xr.Dataset, planned: xr.Dataset) -> xr.Dataset:
    """A toy power and data year: one array, one store, constant loads."""
    ids = [key for key in PROGRAMME["elements"] if key != "GROUND-1"]
    n, step_h = env.sizes["time"], env.attrs["step_s"] / 3600.0
    lit = env["sun_visible_fraction"].values[-1]
    made, used = 22e3 * lit, np.where(lit > 0.3, 9e3, 4.2e3)
    energy, spilled, unserved = np.zeros(n), np.zeros(n), np.zeros(n)
    full = level = 420e3
    for k in range(n):
        level += (made[k] - used[k]) * step_h
        spilled[k] = max(level - full, 0.0) / step_h
        unserved[k] = max(-level, 0.0) / step_h
        level = energy[k] = min(max(level, 0.0), full)
    shape = (len(ids), n)
    cold = np.linspace(251.0, 268.0, len(ids))[:, None] + 12.0 * lit
    seen = (env["relay_clearance_deg"].values[0] > 0) | (env["earth_visible_fraction"][-1] > 0.5)
    sent = np.where(seen, 2.4e6, 0.0)
    stored = np.zeros(n)
    for k in range(n):
        before = stored[k - 1] if k else 0.0
        stored[k] = max(before + (1.2e6 - sent[k]) * 3600.0 * step_h, 0.0)

    def first(values: Any) -> Any:
        table = np.zeros(shape)
        table[0] = values
        return (("element", "time"), table)

    total_made, total_used = made.sum() * step_h, (used - unserved).sum() * step_h
    data_made = 1.2e6 * 3600.0 * step_h * n
    return xr.Dataset(
        {
            "power_made_w": first(made), "power_used_w": first(used - unserved),
            "power_requested_w": first(used), "heater_power_w": first(0.0 * made),
            "battery_energy_wh": first(energy),
            "power_spilled_w": ("time", spilled), "power_lost_w": ("time", 0.0 * made),
            "power_unserved_w": ("time", unserved),
            "keep_alive_unserved_w": ("time", np.minimum(unserved, 800.0)),
            "state_of_charge": ("time", energy / full),
            "temperature_k": (("element", "time"), np.broadcast_to(cold, shape).copy()),
            "is_alive": (("element", "time"), np.ones(shape)),
            "is_working": (("element", "time"), np.ones(shape)),
            "mode": (("element", "time"), np.zeros(shape)),
            "data_made_bps": first(np.full(n, 1.2e6)), "data_sent_bps": first(sent),
            "data_stored_bit": first(stored), "data_dropped_bit": first(0.0 * made),
            "experiment_fraction": planned["planned_fraction"] * 0.97,
        },
        coords={
            "time": env["time"], "t_s": env["t_s"], "element": ids,
            "experiment": planned["experiment"],
        },
        attrs={
            "step_s": env.attrs["step_s"],
            "energy_made_wh": total_made, "energy_used_wh": total_used, "energy_stored_wh": 0.0,
            "energy_lost_wh": 0.0, "energy_spilled_wh": spilled.sum() * step_h,
            "energy_residual": 3e-13, "elements_lost": 0, "data_made_bit": data_made,
            "data_sent_bit": data_made * 0.98, "data_held_bit": data_made * 0.02,
            "data_lost_bit": 0.0, "data_residual": 0.0,
        },
    )  # fmt: skip


def verdicts() -> tuple[Verdict, ...]:
    """Twelve that hold, one `must` and one `should` that fail, one not judged."""
    rows = (
        ("REQ-1", "Keep-alive loads are always served", "keep_alive_unserved_h", 0.0, "<=", 0.0,
         "h", "must", True, "always served"),
        ("REQ-2", "No element gets colder than it survives", "lowest_temperature_margin_k", 18.2,
         ">=", 0.0, "K", "must", True, "POWER-1"),
        ("REQ-3", "Darkness at the mast top is bridged", "longest_darkness_h", 141.0, "<=", 120.0,
         "h", "must", False, "from 2036-06-18 03:00 UTC"),
        ("REQ-4", "Most data come home", "data_returned_fraction", 0.981, ">=", 0.95, "1", "must",
         True, "37 200 of 37 950 Gbit"),
        ("REQ-5", "A fair share of astronomy", "research_h", 180.4, ">=", 200.0, "h", "should",
         False, "1 experiment"),
        ("REQ-6", "The survey comes before the landing", "survey_lead_d", -365.0, ">=", 0.0, "d",
         "should", None, ""),
        ("REQ-16", "Every element has a ride", "elements_without_ride", 0.0, "==", 0.0, "count",
         "must", True, ""),
        *(
            (f"REQ-{n}", f"Requirement number {n}", "energy_residual", 3e-13, "<=", 1e-9, "1",
             "must", True, "")
            for n in range(7, 16)
        ),
    )  # fmt: skip
    return tuple(
        Verdict(
            requirement=key, text=text, metric=metric, of="", measured=measured, limit=limit,
            comparison=comparison, unit=unit, level=level, owner="CN", holds=holds, why=why,
        )
        for key, text, metric, measured, comparison, limit, unit, level, holds, why in rows
    )  # fmt: skip


def synthetic_run(*, hours: int = 8784, step_s: float = 3600.0, names: str = "") -> Run:
    """The made-up Run; `names`, where given, replaces every entity's name (for hostile ones)."""
    declared = programme()
    if names:
        declared = _renamed(declared, names)
    profile = horizon()
    env = environment(profile, hours=hours, step_s=step_s)
    planned = plan(env)
    return Run(
        programme=declared,
        scenario=declared.scenarios["YEAR"],
        site=declared.sites["CONNECTING-RIDGE"],
        horizon=profile,
        environment=env,
        plan=planned,
        station=station(env, planned),
        verdicts=verdicts(),
        ground=ground(),
        provenance=Provenance(
            programme=declared.name, programme_sha256=declared.sha256, command="ilrs run", seed=7,
            ephemeris="DE440", orientation="MOON_ME_DE421", inputs_sha256={"horizon": "cd" * 32},
            versions={"ilrs": "0.1.0", "python": "3.11.0"},
        ),
    )  # fmt: skip


def _renamed(declared: Programme, name: str) -> Programme:
    kinds = (
        "partners", "sites", "elements", "experiments", "missions", "contributions", "baselines",
        "phases", "science_fields", "sources", "scenarios", "requirements",
    )  # fmt: skip
    update: dict[str, Any] = {"name": name, "names": {"zh": name}}
    for kind in kinds:
        update[kind] = {
            key: entity.model_copy(update={"name": name, "names": {"ru": name}, "note": name})
            for key, entity in getattr(declared, kind).items()
        }
    update["claims"] = tuple(
        claim.model_copy(update={"reason": name, "value": name}) for claim in declared.claims
    )
    return declared.model_copy(update=update)
