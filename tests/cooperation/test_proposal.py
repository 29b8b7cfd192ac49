"""What `ilrs propose` writes: for every kind of opportunity a folder that checks clean."""

import pytest

from ilrs.cooperation.opportunities import opportunities
from ilrs.cooperation.proposal import Offer, proposal_texts
from ilrs.foundation.errors import IlrsError
from ilrs.programme.check import check
from ilrs.programme.load import load
from ilrs.programme.scaffold import write_folder


@pytest.fixture(scope="module")
def reference():
    return load(["reference"]).programme


def proposed(reference, folder, **offered):
    """The reference with the proposal over it, and what the check finds in the proposal's files."""
    write_folder(folder, proposal_texts(reference, Offer(**offered)))
    loaded = load(["reference", folder])
    own = [f for f in check(loaded) if f.file.startswith(f"{folder.name}/")]
    return loaded.programme, own


@pytest.mark.parametrize(
    "key",
    ["guest:CE-7:orbiter", "guest:CE-7:lander", "cargo:ILRS-2", "second-source:F1",
     "ledger:design:system"],
)  # fmt: skip
def test_a_proposal_for_each_kind_of_opportunity_adds_no_error(reference, tmp_path, key):
    programme, found = proposed(reference, tmp_path / "mine", partner="XX", opportunity=key)
    assert [f for f in found if f.severity == "error"] == []
    new = programme.contributions.keys() - reference.contributions.keys()
    (contribution,) = (programme.contributions[k] for k in new)
    opening = next(one for one in opportunities(reference) if one.key == key)
    assert contribution.partner == "XX"
    assert contribution.stage == opening.stage
    assert contribution.level == (opening.level or "equipment")
    assert contribution.form == ("non-material" if opening.kind == "ledger" else "material")


def test_nothing_said_makes_an_instrument_on_the_first_mission_with_room(reference, tmp_path):
    programme, found = proposed(reference, tmp_path / "mine")
    element = programme.elements["MY-INSTITUTE-INSTRUMENT"]
    assert (element.arrives_on, element.site, element.mass_kg) == (
        "ILRS-1", "CONNECTING-RIDGE", 12.0,
    )  # fmt: skip
    assert programme.requirements["MY-INSTITUTE-RESEARCH-RUNS"].of == "MY-INSTITUTE-RESEARCH"
    # A joint has two sides: the other one is for the owner of the grid to declare.
    assert [f.found for f in found] == ["it draws up to 14 W and declares no power joint"]


def test_what_is_said_stands_in_the_files(reference, tmp_path):
    programme, _ = proposed(
        reference, tmp_path / "mine", partner="XX", name='Институт "Заря"', field="S5",
        opportunity="GUEST:ce-8", mass_kg=96.0, power_w=5.0, data_bps=4000.0, wanted_h=300.0,
    )  # fmt: skip
    assert programme.partners["XX"].name == 'Институт "Заря"'
    element, experiment = programme.elements["XX-INSTRUMENT"], programme.experiments["XX-RESEARCH"]
    assert (element.mass_kg, element.arrives_on) == (96.0, "CE-8")
    # Eight times the mass: eight times the heat capacity, four times the skin.
    assert element.thermal.heat_capacity_j_k == pytest.approx(8.0 * 8400.0, rel=1e-2)
    assert element.thermal.heat_loss_w_k == pytest.approx(4.0 * 0.05, rel=1e-2)
    assert (experiment.fields, experiment.objectives) == (("S5",), ("G2",))
    assert (experiment.power_w, experiment.data_bps, experiment.wanted_s) == (5.0, 4e3, 1.08e6)
    # Chang'e-8 has no site yet: the station's is an assumption, and says so.
    assert element.site == "CONNECTING-RIDGE"
    site = next(c for c in programme.claims if c.entity == "elements.XX-INSTRUMENT.site")
    assert (site.status, site.reason) == ("assumption", "CE-8 has no site yet")


def test_a_guest_on_an_orbiter_flies_in_its_orbit(reference, tmp_path):
    programme, _ = proposed(reference, tmp_path / "mine", opportunity="guest:CE-7:orbiter")
    element = programme.elements["MY-INSTITUTE-INSTRUMENT"]
    assert element.site is None
    assert (
        element.orbit.periapsis_altitude_m == reference.missions["CE-7"].orbit.periapsis_altitude_m
    )
    assert "MY-INSTITUTE-RESEARCH-RUNS" not in programme.requirements


def test_a_field_without_experiment_is_served_on_the_host_of_most_experiments(reference, tmp_path):
    bare = reference.model_copy(
        update={"experiments": {k: e for k, e in reference.experiments.items()
                                if "S7" not in e.fields}}
    )  # fmt: skip
    assert "field:S7" in [one.key for one in opportunities(bare)]
    texts = proposal_texts(bare, Offer(partner="XX", opportunity="field:S7"))
    write_folder(tmp_path / "mine", texts)
    programme = load(["reference", tmp_path / "mine"]).programme
    assert programme.experiments["XX-RESEARCH"].element == "OBSERVATORY"
    assert programme.experiments["XX-RESEARCH"].fields == ("S7",)
    with pytest.raises(IlrsError) as caught:
        proposal_texts(bare, Offer(opportunity="field:S7", field="S5"))
    assert str(caught.value) == (
        "the science field 'S5' for field:S7; it is about S7. Leave --field out, or take up"
        " another opportunity."
    )
    hosted = proposal_texts(bare, Offer(opportunity="field:S7", host="HABITAT"))
    assert "element: HABITAT" in hosted["partners/MY-INSTITUTE/station.yaml"]


def test_who_takes_up_a_ride_brings_a_mission_that_carries_it(reference, tmp_path):
    lost = reference.missions["ILRS-5"].model_copy(update={"status": "withdrawn"})
    stranded = reference.model_copy(update={"missions": {**reference.missions, "ILRS-5": lost}})
    keys = [one.key for one in opportunities(stranded)]
    assert "ride:OBSERVATORY" in keys
    texts = proposal_texts(stranded, Offer(partner="XX", opportunity="ride:OBSERVATORY"))
    body = texts["partners/XX/station.yaml"]
    assert "landed_payload: 500 kg" in body
    assert "carries: [OBSERVATORY]" in body
    write_folder(tmp_path / "mine", texts)
    assert load(["reference", tmp_path / "mine"]).programme.missions["XX-LANDER"].owner == "XX"


def test_a_partner_there_is_keeps_its_record_and_its_ids(reference, tmp_path):
    texts = proposal_texts(reference, Offer(partner="CH"))
    assert sorted(texts) == ["partners/CH/station.yaml", "programme.yaml"]
    write_folder(tmp_path / "first", texts)
    grown = load(["reference", tmp_path / "first"]).programme
    again = proposal_texts(grown, Offer(partner="CH"))
    assert "CH-INSTRUMENT-2:" in again["partners/CH/station.yaml"]


@pytest.mark.parametrize(
    ("offered", "message"),
    [
        (
            {"opportunity": "guest:CE-7:lander", "mass_kg": 12.0},
            "12 kg for guest:CE-7:lander; there is room for 10 kg: 10 kg of 10 kg for guests on"
            " the lander are free. Bring at most 10 kg; `ilrs gaps --mass 12` lists where there"
            " is room for more.",
        ),
        (
            {"partner": "CN", "name": "Institute"},
            "the partner id 'CN' for 'Institute'; it is taken: CN is China. Choose another id"
            " with --partner, or leave --name out to propose something as CN.",
        ),
        (
            {"partner": "a b"},
            "the partner id 'a b'; an id has up to 40 letters (A-Z), digits and hyphens, and"
            " names a folder. Write for instance MY-INSTITUTE.",
        ),
        (
            {"field": "S55"},
            "there is no science field 'S55'; there are S1, S2, S3, S4, S5, S6, S7, S8. Did you"
            " mean 'S5'?",
        ),
        (
            {"opportunity": "guest:CE-8", "host": "HABITAT"},
            "HABITAT as the host for guest:CE-8; another's element is a host for objectives and"
            " fields; else you bring your own. Leave --host out, or take up an objective or a"
            " field.",
        ),
        (
            {"opportunity": "ledger:design:system", "mass_kg": 5.0},
            "5 kg for ledger:design:system; an experiment on another's element and a service have"
            " no mass. Leave --mass out; `ilrs gaps` lists where there is room for it.",
        ),
        (
            {"opportunity": "second-source:F1", "mass_kg": 9000.0},
            "no mission has room for 9000 kg to the station's site; an element needs a ride."
            " Bring less with --mass, or propose a mission: `ilrs gaps` lists what has no ride.",
        ),
    ],
)
def test_what_cannot_be_proposed_is_refused(reference, offered, message):
    with pytest.raises(IlrsError) as caught:
        proposal_texts(reference, Offer(**offered))
    assert str(caught.value) == message


def test_an_unknown_opportunity_is_named_beside_those_there_are(reference):
    with pytest.raises(IlrsError) as caught:
        proposal_texts(reference, Offer(opportunity="guest:CHANG-E-8"))
    keys = [one.key for one in opportunities(reference)]
    assert str(caught.value) == (
        f"there is no opportunity 'guest:CHANG-E-8'; there are {', '.join(keys)}."
        " Did you mean 'guest:CE-8'?"
    )
