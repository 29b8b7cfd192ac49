"""Loading folders: layers, owners, claims, and what stands around the files."""

from pathlib import Path

import pytest

from ilrs.foundation.errors import IlrsError, ProgrammeError
from ilrs.programme.load import find_file, load, reference_folder
from tests.programme.folders import SOUND, Write, messages_of_load

HOLDS = "a programme folder holds programme.yaml and partners/<id>/*.yaml"


def test_entities_carry_their_id_owner_and_si_values(write: Write) -> None:
    programme = load(write(SOUND)).programme
    assert programme.name == "Test station"
    assert list(programme.elements) == ["GRID", "LAB"]
    assert programme.elements["GRID"].mass_kg == 1000.0
    assert programme.elements["GRID"].owner == "CN"
    assert programme.elements["LAB"].interfaces[0].partner_element == "GRID"
    assert programme.missions["M1"].owner == "CN"
    assert programme.missions["M1"].launches[0].date == "2034"
    assert programme.partners["CN"].kind == "state"
    assert programme.scenarios["year"].start == "2036-01-01"


def test_files_beside_programme_yaml_are_read_in_the_order_of_their_names(write: Write) -> None:
    files = {
        "programme.yaml": "name: T\nsites: {M: {kind: region}}",
        "z.yaml": "sites: {Z: {kind: region}}",
        "a.yaml": "sites: {A: {kind: region}}",
        ".hidden.yaml": "sites: {H: {kind: region}}",
    }
    assert list(load(write(files)).programme.sites) == ["A", "M", "Z"]


def test_a_later_layer_replaces_attributes_and_adds_entities(write: Write) -> None:
    base = write(SOUND, "base")
    over = write(
        {
            "partners/CN/x.yaml": """\
                elements:
                  GRID: {mass: 1.2 t}
                  NEW: {facility: F3, site: RIDGE}
                """,
            "slip.yaml": "missions: {M1: {launches: [{date: 2034}, {date: 2036}]}}",
        },
        "over",
    )
    programme = load([base, over]).programme
    assert list(programme.elements) == ["GRID", "LAB", "NEW"]
    assert programme.elements["GRID"].mass_kg == 1200.0
    assert programme.elements["GRID"].facility == "F2"
    assert programme.missions["M1"].launch is not None
    assert programme.missions["M1"].launch.date == "2036"
    assert programme.missions["M1"].owner == "CN"
    assert programme.folders == (str(base), str(over))


def test_a_blank_key_in_a_later_layer_leaves_a_text_and_makes_a_figure_unknown(
    write: Write,
) -> None:
    base = write(
        {**SOUND, "partners/CN/b.yaml": "elements: {X: {facility: F1, name: x, mass: 1 kg}}"}
    )
    over = write({"partners/CN/b.yaml": "elements:\n  X:\n    name:\n    mass:\n"}, "over")
    element = load([base, over]).programme.elements["X"]
    assert (element.name, element.mass_kg) == ("x", None)


def test_the_replaced_value_takes_its_claim_along(write: Write) -> None:
    base = write(
        {
            "programme.yaml": "name: T",
            "partners/CN/a.yaml": """\
                elements:
                  X:
                    facility: F1
                    mass: {value: 1 t, status: assumption, reason: guess}
                    life: {value: 5 y, status: agreed}
                """,
        }
    )
    over = write({"partners/CN/a.yaml": "elements: {X: {mass: 2 t}}"}, "over")
    claims = load([base, over]).programme.claims
    assert [claim.entity for claim in claims] == ["elements.X.life"]


def test_values_with_origin_become_claims_at_their_line(write: Write) -> None:
    folder = write(
        {
            "programme.yaml": "name: T",
            "partners/CN/a.yaml": """\
                elements:
                  POWER-1:
                    facility: F2
                    mass: {value: 600 kg ± 20 %, source: [A], as_of: 2026-11-20, status: estimate}
                    life: 10 y +/- 1 y
                    array:
                      area: {value: 20 m2, status: assumption, reason: no budget published}
                      efficiency: 29 %
                      mast_height:
                        value: 10 m
                        status: agreed
                """,
        }
    )
    programme = load(folder).programme
    file = "partners/CN/a.yaml"
    assert [claim.model_dump(exclude_defaults=True) for claim in programme.claims] == [
        {
            "entity": "elements.POWER-1.mass",
            "value": "600 kg",
            "source": ("A",),
            "as_of": "2026-11-20",
            "status": "estimate",
            "tolerance": "20 %",
            "file": file,
            "line": 4,
        },
        {
            "entity": "elements.POWER-1.life",
            "value": "10 y",
            "status": "estimate",
            "tolerance": "1 y",
            "file": file,
            "line": 5,
        },
        {
            "entity": "elements.POWER-1.array.area",
            "value": "20 m2",
            "status": "assumption",
            "reason": "no budget published",
            "file": file,
            "line": 7,
        },
        {
            "entity": "elements.POWER-1.array.mast_height",
            "value": "10 m",
            "status": "agreed",
            "file": file,
            "line": 9,
        },
    ]
    assert programme.elements["POWER-1"].mass_kg == 600.0
    assert programme.elements["POWER-1"].array is not None
    assert programme.elements["POWER-1"].array.mast_height_m == 10.0


def test_figures_speak_for_every_quantity_without_a_claim_of_its_own(write: Write) -> None:
    folder = write(
        {
            "programme.yaml": "name: T",
            "partners/CN/a.yaml": """\
                elements:
                  X:
                    facility: F2
                    figures: {status: assumption, reason: scaled, source: [B]}
                    mass: {value: 1 t, status: fact}
                    priority: 3
                    modes:
                      work: {power: 2 kW}
                    links:
                      - {via: earth, rate: 1 Mbit/s ± 10 %}
                    array: {value: {area: 1 m2, efficiency: 0.3, mast_height: 2 m}, status: agreed}
                  Y: {facility: F2, mass: 3 kg}
                """,
        }
    )
    claims = load(folder).programme.claims
    assert [(claim.entity, claim.status, claim.line) for claim in claims] == [
        ("elements.X.mass", "fact", 5),
        ("elements.X.modes.work.power", "assumption", 8),
        ("elements.X.links[0].rate", "assumption", 10),
        ("elements.X.array", "agreed", 11),
    ]
    assert {claim.reason for claim in claims if claim.status == "assumption"} == {"scaled"}
    assert claims[2].tolerance == "10 %"
    assert claims[2].source == ("B",)


def test_the_hash_follows_the_files_and_not_where_they_lie(write: Write) -> None:
    first = load(write(SOUND, "here")).programme.sha256
    assert load(write(SOUND, "there/deeper")).programme.sha256 == first
    changed = {**SOUND, "programme.yaml": SOUND["programme.yaml"] + "# a remark\n"}
    assert load(write(changed, "other")).programme.sha256 != first
    assert load([write({"programme.yaml": "name: T"}, "p"), write(SOUND)]).programme.sha256 != first


def test_every_finding_of_every_file_is_reported_at_once(write: Write) -> None:
    folder = write(
        {
            "programme.yaml": "name: [T\n",
            "sites.yaml": "sites: {A: {kind: regon}}",
            "latin.yaml": b"name: \xe9",
            "partners/CN/a.yaml": "elements: {X: {facility: F2, mass: 3}}",
        }
    )
    assert messages_of_load(folder) == [
        "latin.yaml:1: the byte 0xe9 is not UTF-8; programme files are texts in UTF-8."
        " Save the file in that encoding.",
        "partners/CN/a.yaml:1: elements.X.mass: found 3, a number without a unit; a mass is written"
        " with kg, t, g. Write for instance '3 kg'.",
        "programme.yaml:2: YAML syntax, column 1: expected ',' or ']', but got '<stream end>'; a"
        " file is YAML: `key: value`, indented by spaces. Mend the syntax at that place.",
        "sites.yaml:1: sites.A.kind: found 'regon'; 'kind' is one of nominal, candidate, feature,"
        " illumination_point, flown, region. Did you mean 'region'?",
    ]


def test_an_error_counts_its_findings(write: Write) -> None:
    with pytest.raises(ProgrammeError) as caught:
        load(write({"programme.yaml": "name: 5"}))
    assert str(caught.value) == (
        "programme.yaml:1: name: found 5; 'name' is a text. Put it in quotes: '5'.\n"
        "the programme is not valid: 1 finding; each names its file, its line and what is possible"
        " there. Mend them and run `ilrs check` again."
    )


def test_a_programme_without_a_name_is_refused(write: Write) -> None:
    assert messages_of_load(write({"sites.yaml": "sites: {}"}, "base"), write({"x.yaml": ""})) == [
        "base/programme.yaml: name: the attribute 'name' is missing; it is a text. Add `name: …`."
    ]


def test_an_element_owned_by_a_stranger_is_refused(write: Write) -> None:
    files = {
        "programme.yaml": "name: T",
        "partners/CN/a.yaml": "elements:\n  X:\n    facility: F2\n    owner: RU\n",
        "partners/RU/a.yaml": "contributions: {C: {partner: CN, stage: design, level: system,"
        " form: material, status: offered}}",
    }
    assert messages_of_load(write(files)) == [
        "partners/CN/a.yaml:4: elements.X.owner: an element owned by a stranger, 'RU'; what stands"
        " in partners/CN/ belongs to 'CN'. Leave 'owner' out, or move this to partners/RU/.",
        "partners/RU/a.yaml:1: contributions.C.partner: a contribution owned by a stranger, 'CN';"
        " what stands in partners/RU/ belongs to 'RU'. Leave 'partner' out, or move this to"
        " partners/CN/.",
    ]


def test_another_partner_may_not_change_an_element_in_a_later_layer(write: Write) -> None:
    over = write({"partners/RU/a.yaml": "elements: {GRID: {mass: 1 kg}}"}, "over")
    assert messages_of_load(write(SOUND), over) == [
        "over/partners/RU/a.yaml:1: elements.GRID: an element of partner 'CN', changed in"
        " partners/RU/; a partner's folder changes what is its own. Change it where it belongs, or"
        " declare another id."
    ]


def test_an_id_declared_twice_in_one_layer_is_refused(write: Write) -> None:
    files = {
        "programme.yaml": "name: T\nsites: {A: {kind: region}}",
        "sites.yaml": "name: U\nsites:\n  A: {kind: region}",
    }
    mend = "Keep one of the two, or give one another id."
    assert messages_of_load(write(files)) == [
        f"sites.yaml:1: name: 'name' declared again; it stands in programme.yaml:1 already. {mend}",
        f"sites.yaml:3: sites.A: 'sites.A' declared again; it stands in programme.yaml:2 already."
        f" {mend}",
    ]


def test_layers_of_one_folder_name_are_told_apart_by_their_paths(write: Write) -> None:
    first, second = write(SOUND, "a/my"), write({"x.yaml": "nmae: T"}, "b/my")
    assert messages_of_load(first, second) == [
        f"{second.as_posix()}/x.yaml:1: nmae: unknown key 'nmae'; a file here has name, names,"
        " description, lid_prefix, sources, missions, milestones, launchers, landers, pads,"
        " supplies, gates, developments, interface_documents, size_options, surveys,"
        " joint_observations, sites,"
        " facilities, science_fields, objectives, baselines, phases, requirements, entitlements,"
        " benefits, agreements, guidelines, scenarios."
        " Did you mean 'name'?"
    ]


def test_a_key_in_the_wrong_sort_of_file_is_told_where_it_belongs(write: Write) -> None:
    files = {
        "programme.yaml": "name: T\nelements: {}\npartners: {}\n",
        "partners/CN/a.yaml": "sites: {}\n",
    }
    own = (
        "there stand name, names, description, lid_prefix, sources, missions, milestones,"
        " launchers, landers, pads, supplies, gates, developments, interface_documents,"
        " size_options, surveys, joint_observations, sites, facilities, science_fields,"
        " objectives, baselines, phases, requirements, entitlements, benefits,"
        " agreements, guidelines, scenarios"
    )
    assert messages_of_load(write(files)) == [
        "partners/CN/a.yaml:1: sites: 'sites' in a partner's files; there stand partner,"
        " contributions, elements, experiments, missions, milestones, launchers, landers,"
        " pads, supplies, developments, interface_documents, size_options, surveys,"
        " joint_observations."
        " Move it to the programme's own files, such as programme.yaml.",
        f"programme.yaml:2: elements: 'elements' in the programme's own files; {own}."
        " Move it to a file of the folder partners/<id>/.",
        f"programme.yaml:3: partners: 'partners' in the programme's own files; {own}."
        " Write each one as `partner:` in a file of the folder partners/<id>/.",
    ]


def test_files_that_are_not_read_are_named(write: Write) -> None:
    files = {
        "programme.yml": "",
        "partners/stray.yaml": "",
        "partners/CN/a.yml": "",
        "partners/CN/sub/a.yaml": "",
        "partners/CN/data/a.csv": "",
        "x.yaml/a.csv": "",
    }
    folder = write({"programme.yaml": "name: T", **files})
    assert messages_of_load(folder) == [
        f"partners/CN/a.yml: a file that ends in .yml is not read; {HOLDS}. Rename it to a.yaml.",
        f"partners/CN/sub: a folder inside a partner's folder is not read; {HOLDS}."
        " Move its *.yaml files up into partners/CN/.",
        f"partners/stray.yaml: a file directly in partners/; {HOLDS}. Move it into the folder of"
        " its partner, partners/<id>/.",
        f"programme.yml: a file that ends in .yml is not read; {HOLDS}. Rename it to"
        " programme.yaml.",
        f"x.yaml: the name of a file, but no file; {HOLDS}. Rename or remove it.",
    ]


def test_a_file_that_the_system_refuses_is_named(
    write: Write, monkeypatch: pytest.MonkeyPatch
) -> None:
    def read_bytes(path: Path) -> bytes:
        raise PermissionError(13, "Permission denied")

    folder = write({"programme.yaml": "name: T"})
    monkeypatch.setattr(Path, "read_bytes", read_bytes)
    assert messages_of_load(folder) == [
        f"programme.yaml: a file that cannot be read: Permission denied; {HOLDS}."
        " Make it readable, or remove it.",
    ]


def test_a_file_named_partners_is_named(write: Write) -> None:
    assert messages_of_load(write({"programme.yaml": "name: T", "partners": "x"})) == [
        f"partners: a file named partners; {HOLDS}. Make it a folder with one sub-folder per"
        " partner."
    ]


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        load(tmp_path / "nowhere")
    assert str(caught.value) == (
        f"the programme folder {str(tmp_path / 'nowhere')!r} does not exist; {HOLDS}."
        " Name an existing folder, or write a new one with `ilrs init DIR`."
    )


def test_a_file_in_place_of_a_folder_is_named(write: Write) -> None:
    path = write(SOUND) / "programme.yaml"
    with pytest.raises(IlrsError) as caught:
        load(path)
    assert str(caught.value) == (
        f"the programme folder {str(path)!r} is a file; {HOLDS}."
        " Name an existing folder, or write a new one with `ilrs init DIR`."
    )


def test_an_empty_folder_is_told_what_a_programme_is(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        load(tmp_path)
    assert str(caught.value) == (
        f"the programme folder {str(tmp_path)!r} holds no *.yaml file; {HOLDS}."
        " Write a small one to start from with `ilrs init DIR`."
    )


def test_no_folder_at_all_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        load([])
    assert str(caught.value) == (
        f"no folder to load; {HOLDS}. Name one, or 'reference' for the reference programme."
    )


def test_the_word_reference_stands_for_the_folder_in_the_package() -> None:
    assert reference_folder().parts[-3:] == ("ilrs", "programme", "reference")


def test_a_file_that_an_entity_names_is_found_in_the_last_layer_that_has_it(write: Write) -> None:
    base = write({**SOUND, "horizons/a.csv": "1", "horizons/b.csv": "2"}, "base")
    over = write({"x.yaml": "", "horizons/b.csv": "3"}, "over")
    (over.parent / "secret.csv").write_text("4", encoding="utf-8")
    programme = load([base, over]).programme
    assert find_file(programme, "horizons/a.csv") == base / "horizons/a.csv"
    assert find_file(programme, "horizons/b.csv") == over / "horizons/b.csv"
    assert find_file(programme, "horizons/c.csv") is None
    assert find_file(programme, "../secret.csv") is None
    assert find_file(programme, str(over.parent / "secret.csv")) is None


def test_lines_are_kept_for_entities_and_their_attributes(write: Write) -> None:
    places = load(write(SOUND)).places
    assert places.of("elements.LAB.interfaces[0].power") == ("partners/CN/all.yaml", 23)
    assert places.of("elements.LAB.thermal.heat_loss") == ("partners/CN/all.yaml", 17)
    assert places.of("partners.CN.kind") == ("partners/CN/all.yaml", 1)
    assert places.of("elements.UNKNOWN.mass") == ("partners/CN/all.yaml", 9)
    assert places.of("nothing") == ("", 0)
