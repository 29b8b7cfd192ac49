"""The reference programme: it is valid, covers the facts, and owns up to what it assumes."""

import re
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from ilrs.foundation.yaml_lines import read_yaml
from ilrs.programme.check import check
from ilrs.programme.entities import Element, Entity, Programme
from ilrs.programme.load import Loaded, load, reference_folder

SHARED = Path(__file__).parents[2].parent / "shared"
YEAR_S = 31557600.0
# Facts that stand for no document: nothing can be cited for them.
NO_DOCUMENT = {"BG", "DERIVED"}
# Instruments that fly on their builder's own mission are part of that mission, not contributions
# of their own; CE8-10TH is not identified in any text.
OWN_MISSION = re.compile(r"CE7-(?!LRA|PML|ILOC|HSI|DERS|MATCH)|QQ2-|CE8-OWN-|CE8-10TH|L25-|L27-")

# Documents behind the model of crews: about people and machines, not about the station.
OWN_SOURCES = {
    "CASTET-09", "ECSS-M-10", "BVAD", "ESA-OGS", "LND-2020", "OST-1967", "LIAB-1972", "REG-1975",
    "NPS-1992", "DEBRIS-2007", "LTS-2019", "COSPAR-2021", "LRV",
}  # fmt: skip


@pytest.fixture(scope="module")
def loaded() -> Loaded:
    return load("reference")


@pytest.fixture(scope="module")
def programme(loaded: Loaded) -> Programme:
    return loaded.programme


@cache
def facts(name: str) -> dict[str, Any]:
    path = SHARED / "facts" / f"{name}.yaml"
    if not path.is_file():
        pytest.skip(f"the facts are not here: no shared/facts/{path.name} beside the checkout")
    read = read_yaml(path.read_bytes(), file=path.name)
    assert not read.findings
    return dict(read.data)


def fact_list(name: str, key: str) -> dict[str, dict[str, Any]]:
    return {row["id"]: row for row in facts(name)[key]}


def cited(programme: Programme, kind: str, entity: Entity) -> set[str]:
    """Sources of an entity: its own, those of its dated claims and of its single values."""
    path = f"{kind}.{entity.id}."
    dated = [*getattr(entity, "launches", ()), *getattr(entity, "membership", ())]
    of_values = {s for c in programme.claims if c.entity.startswith(path) for s in c.source}
    return {*entity.source, *(s for claim in dated for s in claim.source)} | of_values


def assert_cites_the_facts(
    programme: Programme, kind: str, declared: dict[str, Any], given: dict[str, dict[str, Any]]
) -> None:
    for id_, row in given.items():
        missing = set(row["source"]) - NO_DOCUMENT - cited(programme, kind, declared[id_])
        assert not missing, f"{kind}.{id_} does not cite {sorted(missing)}"


def at_site(programme: Programme) -> list[Element]:
    return [element for element in programme.elements.values() if element.site is not None]


# ---- it is a valid programme


def test_check_finds_only_what_is_true_of_changs_heavy_flights(loaded: Loaded) -> None:
    # Long March 5 is rated 8 t to the Moon and flew 8.2 t with Chang'e-6: published, both.
    assert [(f.severity, f.entity) for f in check(loaded)] == [
        ("warning", "missions.CE-6"),
        ("warning", "missions.CE-7"),
    ]


def test_first_scenario_is_a_year_without_people(programme: Programme) -> None:
    first = next(iter(programme.scenarios.values()))
    assert (first.id, first.start, first.end) == ("year", "2036-01-01", "2037-01-01")
    assert not first.crew_visits
    assert sum(visit.people for visit in programme.scenarios["crew"].crew_visits) == 3


def test_every_source_listed_is_used(programme: Programme) -> None:
    kinds = [name for name, value in programme if isinstance(value, dict) and name != "sources"]
    used = {
        source
        for kind in kinds
        for entity in getattr(programme, kind).values()
        if isinstance(entity, Entity)
        for source in cited(programme, kind, entity)
    }
    assert set(programme.sources) == used


# ---- what is known stands in it as the facts say


def test_partners_are_those_of_the_facts(programme: Programme) -> None:
    given = fact_list("partners", "partners")
    assert set(programme.partners) == set(given)
    assert_cites_the_facts(programme, "partners", programme.partners, given)
    for id_, row in given.items():
        partner = programme.partners[id_]
        assert (partner.kind, partner.status) == (row["kind"], row["status"])
        dates = {claim.date for claim in partner.membership}
        assert row.get("date") is None or str(row["date"]) in dates, id_


def test_members_that_lists_disagree_on_keep_each_list_as_a_claim(programme: Programme) -> None:
    # facts/partners.yaml, modelling_notes: the published lists disagree on these six.
    for id_ in ("KZ", "TR", "DJ", "ET", "BO", "AE"):
        sources = {s for claim in programme.partners[id_].membership for s in claim.source}
        assert "ROSC-250429" in sources, id_


def test_missions_are_those_of_the_facts(programme: Programme) -> None:
    given = fact_list("missions", "missions")
    constellation = set(fact_list("missions", "constellation"))
    assert set(programme.missions) == set(given) | constellation
    assert_cites_the_facts(programme, "missions", programme.missions, given)
    for id_, row in given.items():
        mission = programme.missions[id_]
        assert mission.agency == row["agency"], id_
        assert (mission.kind, mission.status) == (row["kind"], row["status"]), id_
        for attribute in ("site", "relay"):
            if attribute in row:
                assert getattr(mission, attribute) == row[attribute], id_
        assert set(mission.coordinated_with) == set(row.get("coordination_with", [])), id_
        if "launcher" in row:
            assert mission.launcher == row["launcher"], id_
        mass_kg = row.get("launch_mass_kg", row.get("mass_kg"))
        assert mission.launch_mass_kg == mass_kg, id_
        assert set(row.get("aka", [])) <= {*mission.aka, "Luna-Resurs-2 orbiter (same craft: BG)"}


def announced(row: dict[str, Any]) -> list[tuple[str, str | None]]:
    """Launch dates of a fact, oldest first, each with its as-of date where it has one."""
    history: list[tuple[str, str | None]] = [
        (str(h["date"]), str(h["asof"])) for h in row.get("launch_planned_history", [])
    ]
    single = row.get("launch") or row.get("launch_planned") or row.get("window")
    return history or [(str(single), None)]


def test_missions_keep_every_date_announced_in_order(programme: Programme) -> None:
    for id_, row in fact_list("missions", "missions").items():
        claims = programme.missions[id_].launches
        for claim, (date, as_of) in zip(claims, announced(row), strict=False):
            is_date = re.fullmatch(r"\d{4}(-\d\d){0,2}(T.*Z)?", date)
            assert claim.date == date if is_date else date in claim.what, id_
            assert as_of is None or claim.as_of == as_of, id_
        # The construction missions add one claim of their own: the order assumed here.
        assert len(claims) == len(announced(row)) + id_.startswith("ILRS-"), id_
        if "window" in row:
            assert row["window"] in " ".join(claim.what for claim in claims), id_


def test_orbits_and_lifetimes_are_those_of_the_facts(programme: Programme) -> None:
    given, missions = fact_list("missions", "missions"), programme.missions
    for id_, orbit in (
        ("CE-7", given["CE-7"]["orbit"]),
        ("QUEQIAO-2", given["QUEQIAO-2"]["orbits"][0]),
        ("LUNA-26", given["LUNA-26"]["orbits"][0]),
    ):
        declared = missions[id_].orbit
        assert declared is not None
        altitudes_m = [declared.periapsis_altitude_m, declared.apoapsis_altitude_m]
        assert altitudes_m == [1000.0 * km for km in orbit["alt_km"]]
        assert declared.inclination_deg == orbit.get("incl_deg", 90)
    assert missions["CE-7"].life_s == given["CE-7"]["lifetime"]["orbiter_y"] * YEAR_S
    luna_26_y = sum(orbit.get("duration_y", 0) for orbit in given["LUNA-26"]["orbits"])
    assert missions["LUNA-26"].life_s == luna_26_y * YEAR_S
    allotment = given["CE-7"]["international_allotment_kg"]
    assert missions["CE-7"].guest_allotment_kg == {k: allotment[k] for k in ("orbiter", "lander")}


def test_luna_25_is_told_with_its_loss(programme: Programme) -> None:
    luna_25, given = programme.missions["LUNA-25"], fact_list("missions", "missions")["LUNA-25"]
    assert (luna_25.status, luna_25.end) == ("failed", str(given["end"]))
    assert given["crash_site"] in luna_25.note


def test_sites_are_those_of_the_facts(programme: Programme) -> None:
    given = fact_list("sites", "sites")
    assert set(programme.sites) == {*given, "CONNECTING-RIDGE"}
    assert_cites_the_facts(programme, "sites", programme.sites, given)
    for id_, row in given.items():
        site = programme.sites[id_]
        assert site.kind == row["kind"], id_
        # A region's single bound (lat without lon) is no place and stays in the note.
        if "lon" in row:
            assert (site.latitude_deg, site.longitude_deg) == (row["lat"], row["lon"]), id_
        else:
            assert (site.latitude_deg, site.longitude_deg) == (None, None), id_
        assert site.height_m == row.get("elev_m"), id_


def test_launchers_are_those_of_the_facts(programme: Programme) -> None:
    given = fact_list("launchers", "launchers")
    assert set(programme.launchers) == set(given)
    assert_cites_the_facts(programme, "launchers", programme.launchers, given)
    for id_, row in given.items():
        launcher = programme.launchers[id_]
        assert (launcher.operator, launcher.status.replace("_", " ")) == (
            row["operator"],
            row["status"].partition(";")[0],
        )
        for attribute in ("leo_kg", "tli_kg", "llo_kg"):
            assert getattr(launcher, attribute) == row.get(attribute), id_


def test_phases_and_baselines_are_those_of_the_facts(programme: Programme) -> None:
    baselines, phases = fact_list("phases", "baselines"), fact_list("phases", "phases")
    assert set(programme.baselines) == set(baselines)
    assert set(programme.phases) == set(phases)
    assert_cites_the_facts(programme, "baselines", programme.baselines, baselines)
    assert_cites_the_facts(programme, "phases", programme.phases, phases)
    for id_, row in phases.items():
        phase = programme.phases[id_]
        assert phase.baseline == row["baseline"]
        for attribute in ("begin", "end"):
            date = row.get(attribute)
            assert getattr(phase, attribute) == (None if date is None else str(date)), id_
        # The road map's one Luna-27 has become two.
        missions = ["LUNA-27A" if name == "LUNA-27" else name for name in row.get("missions", [])]
        assert list(phase.missions) == missions


def test_objectives_and_facilities_are_those_of_the_facts(programme: Programme) -> None:
    fields = fact_list("objectives", "science_fields_2021")
    goals = fact_list("objectives", "science_objectives_2025")
    targets = fact_list("objectives", "programme_targets")
    assert set(programme.science_fields) == set(fields)
    assert set(programme.objectives) == {*goals, *targets}
    assert set(programme.facilities) == set(fact_list("facilities", "facilities_2021"))
    assert_cites_the_facts(programme, "science_fields", programme.science_fields, fields)
    assert_cites_the_facts(programme, "objectives", programme.objectives, goals | targets)
    for row in facts("objectives")["field_mapping_2021_to_2025"]:
        assert list(programme.objectives[row["to"]].fields) == row["from"]


def test_guest_instruments_and_those_of_luna_26_are_contributions(programme: Programme) -> None:
    instruments = fact_list("instruments", "instruments")
    wanted = {
        id_: row
        for id_, row in instruments.items()
        if not OWN_MISSION.match(id_) and row["mission"] in {"CE-6", "CE-7", "CE-8", "LUNA-26"}
    }
    assert len(wanted) == 25
    for id_, row in wanted.items():
        contribution = programme.contributions[id_]
        assert contribution.partner in {
            *row["origin"],
            *(["ESA-SE"] if "SE" in row["origin"] else []),
        }
        assert contribution.form == "material"
        for field in row["fields"]:
            assert re.search(rf"\b{field}\b", contribution.note), id_


def test_ground_stations_are_those_of_the_facts(programme: Programme) -> None:
    ground = {id_ for id_, element in programme.elements.items() if element.facility == "F5"}
    assert ground == set(fact_list("facilities", "ground_segment"))


def test_sources_are_those_of_the_facts(programme: Programme) -> None:
    given = fact_list("sources", "sources")
    assert set(programme.sources) - OWN_SOURCES <= set(given)
    for id_, source in programme.sources.items():
        if id_ in OWN_SOURCES:
            assert source.url is not None
            continue
        url = given[id_]["url"]
        # Some entries keep a working note where no address was known.
        assert source.url == (url if url and url.startswith("http") else None), id_
        assert source.grade == given[id_]["grade"], id_


# ---- the station model


def test_all_eight_fields_have_an_experiment(programme: Programme) -> None:
    experiments = programme.experiments.values()
    assert {field for e in experiments for field in e.fields} == set(programme.science_fields)
    assert 8 <= len(programme.experiments) <= 15


def test_every_goal_with_a_field_is_served_by_an_experiment_in_it(programme: Programme) -> None:
    for objective in programme.objectives.values():
        serving = [e for e in programme.experiments.values() if objective.id in e.objectives]
        assert bool(serving) == bool(objective.fields), objective.id
        for experiment in serving:
            assert set(experiment.fields) & set(objective.fields), experiment.id


def test_every_assumption_and_estimate_has_a_reason(programme: Programme) -> None:
    claims = [c for c in programme.claims if c.status in {"assumption", "estimate"}]
    assert len(claims) > 300
    assert [c.entity for c in claims if not c.reason] == []


def test_every_figure_of_the_station_says_where_it_comes_from(programme: Programme) -> None:
    claimed = {claim.entity for claim in programme.claims}
    figures = re.compile(r"_(kg|kg_d|w|wh|m[23]?|pa|k|j_k|w_k|s|bit|bps|per_year)$")
    bare = []
    for element in at_site(programme):
        parts = [("", element), *(
            (f"{name}.", part)
            for name in ("array", "generator", "storage", "thermal", "life_support", "mobility",
                         "suit")
            if (part := getattr(element, name)) is not None
        )]  # fmt: skip
        for prefix, part in parts:
            for name in part.model_fields_set:
                if figures.search(name):
                    key = type(part).model_fields[name].alias
                    path = f"elements.{element.id}.{prefix}{key}"
                    bare += [] if path in claimed else [path]
    assert bare == []


def test_several_partners_own_pieces_of_the_station(programme: Programme) -> None:
    elements = at_site(programme)
    assert {element.owner for element in elements} >= {"CN", "RU", "PK", "ZA", "HK", "IT"}
    assert len({experiment.owner for experiment in programme.experiments.values()}) >= 8
    assert 12 <= len(elements) <= 24


def test_station_elements_and_experiments_are_named_in_three_languages(
    programme: Programme,
) -> None:
    named = [*at_site(programme), *programme.experiments.values()]
    assert [e.id for e in named if not (e.name and {"zh", "ru"} <= set(e.names))] == []


def test_masts_stand_between_the_heights_of_the_horizon_profiles(programme: Programme) -> None:
    heights_m = [e.array.mast_height_m for e in at_site(programme) if e.array is not None]
    assert heights_m
    assert all(2.0 <= height_m <= 10.0 for height_m in heights_m)


def test_sites_with_a_horizon_have_the_coordinates_it_was_made_for(programme: Programme) -> None:
    sites = [site for site in programme.sites.values() if site.horizon is not None]
    assert {"CONNECTING-RIDGE", "CE7-NOMINAL"} <= {site.id for site in sites}
    for site in sites:
        head = (reference_folder() / str(site.horizon)).read_text(encoding="utf-8")[:2000]
        found = dict(re.findall(r"^# (\w+): (\S+)$", head, flags=re.MULTILINE))
        # Headers carry six decimals; a metre at the pole is 3e-5 deg of latitude.
        assert float(found["latitude_deg"]) == pytest.approx(site.latitude_deg, abs=1e-6)
        assert float(found["longitude_deg"]) == pytest.approx(site.longitude_deg, abs=1e-6)


def test_each_contribution_of_the_model_says_that_it_is_an_example(programme: Programme) -> None:
    modelled = {e.id for e in at_site(programme)} | set(programme.experiments)
    for contribution in programme.contributions.values():
        if modelled & set(contribution.gives):
            text = f"{contribution.terms} {contribution.note}"
            assert "part of this example" in text.lower(), contribution.id
