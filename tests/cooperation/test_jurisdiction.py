"""Launching States, registry and liability, against the conventions applied by hand."""

import pytest

from ilrs.cooperation.jurisdiction import agreements_between, launching_states, standing, state_of
from ilrs.programme.entities import Element, Launcher, Mission, Partner, Programme
from ilrs.programme.entity import DatedClaim
from ilrs.programme.law import Agreement, Stewardship


def partner(key, kind="state", state=""):
    return Partner(id=key, kind=kind, status="signatory", state=state)


@pytest.fixture
def declared():
    """A rover of an Italian institute on a Russian flight with a Chinese rocket from Kazakhstan."""
    partners = [partner("RU"), partner("CN"), partner("INFN", "institution", "IT"), partner("KZ")]
    flight = Mission(
        id="FLIGHT", owner="RU", status="planned", launcher="ROCKET", carries=("ROVER",),
        stewardship=Stewardship(territory="KZ"),
    )  # fmt: skip
    rover = Element(id="ROVER", facility="F3", owner="INFN", site="BASE")
    pact = Agreement(
        id="PACT", parties=("RU", "CN", "INFN", "KZ"), date="2030", in_force="2031",
        ends="2040", covers=("cross_waiver",),
    )  # fmt: skip
    return Programme.model_construct(
        name="test", partners={p.id: p for p in partners}, missions={"FLIGHT": flight},
        elements={"ROVER": rover}, agreements={"PACT": pact},
        launchers={"ROCKET": Launcher(id="ROCKET", operator="CN", status="operational")},
    )  # fmt: skip


def test_every_state_that_launches_procures_or_lends_its_territory_counts(declared):
    # Registration Convention, Art. I: who launches or procures, and from whose territory.
    rows = launching_states(declared, declared.elements["ROVER"])
    assert [(row.state, row.why) for row in rows] == [
        ("RU", "owns the flight FLIGHT"),
        ("CN", "operates ROCKET"),
        ("KZ", "launched from its territory"),
        ("IT", "has its object launched"),
    ]


def test_a_partner_that_is_no_state_has_one_behind_it(declared):
    assert [state_of(declared, key) for key in ("RU", "INFN", "NOBODY")] == ["RU", "IT", None]


def test_an_object_of_four_states_is_answered_for_together(declared):
    found = standing(declared, declared.elements["ROVER"])
    assert (found.owner, found.owner_state, found.registry_state) == ("INFN", "IT", None)
    assert found.liability == "CN and IT and KZ and RU together; cross-waiver PACT"
    assert found.agreements == ("PACT",)
    assert found.open == ("State of registry",)


@pytest.mark.parametrize(
    ("day", "holds"), [(None, True), ("2030-06", False), ("2031-02", True), ("2041", False)]
)
def test_an_agreement_holds_from_its_entry_into_force_to_its_end(declared, day, holds):
    assert bool(agreements_between(declared, {"RU", "CN"}, day=day)) is holds
    assert not agreements_between(declared, {"RU", "FR"}, day=day)


def test_an_agreement_that_has_ended_by_the_launch_settles_nothing(declared):
    flight = declared.missions["FLIGHT"]
    late = flight.model_copy(update={"launches": (DatedClaim(date="2042"),)})
    moved = declared.model_copy(update={"missions": {"FLIGHT": late}})
    found = standing(moved, moved.elements["ROVER"])
    assert found.agreements == ()
    assert found.open == ("State of registry", "agreement of its launching States")


def test_an_agreement_about_something_else_settles_nothing(declared):
    narrow = declared.agreements["PACT"].model_copy(update={"of": ("FLIGHT",)})
    other = declared.model_copy(update={"agreements": {"PACT": narrow}})
    assert agreements_between(other, {"RU", "CN"}, of="FLIGHT")
    assert not agreements_between(other, {"RU", "CN"}, of="ROVER")
