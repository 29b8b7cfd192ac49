"""Rights against a slow oracle that knows no class keys, and what each decision says."""

import itertools
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from ilrs.datacentre.embargo import NEVER_S, Embargo, seconds_of_utc
from ilrs.datacentre.grants import When
from ilrs.datacentre.rights import (
    ANYONE,
    Extension,
    Grant,
    Judge,
    Policy,
    Principal,
    RightsStatement,
    Rule,
    Selector,
    Verb,
    carried,
    decide,
    everything,
    everything_sound,
    release_of,
    rights_key,
    rule_of,
    terms_of,
    view_of,
    with_terms,
)
from ilrs.datacentre.rights_file import read_policy
from tests.datacentre.rights_making import Holding

LIDS = (
    "urn:ilrs:jdc:ce7", "urn:ilrs:jdc:ce7:pan", "urn:ilrs:jdc:ce7:pan:p-1",
    "urn:ilrs:jdc:ce7:pan:p-1::1.0", "urn:ilrs:jdc:ce7:pan:p-10", "urn:ilrs:jdc:ce7:pan:p-10::2.1",
)  # fmt: skip
PARTNERS = ("CNSA", "IKI", "a=b;c:d,e%/f", "anyone", "owner", "")
ROLES = ("curator", "science-team", "x=,y")
SPAN_S = range(0, 40)  # instants of these tests; events and embargoes fall among them
EPOCH_S = seconds_of_utc("2030-01-01")

names = st.sampled_from
selectors = st.builds(
    Selector,
    lids=st.lists(names(LIDS), max_size=2).map(tuple),
    instruments=st.lists(names(("PCAM", "pcam", "LPR")), max_size=1).map(tuple),
    partners=st.lists(names(("CNSA", "cnsa", "IKI")), max_size=1).map(tuple),
    accesses=st.lists(names(("open", "owner")), max_size=1).map(tuple),
)
who = st.one_of(
    names(("anyone", "partners", "owner", "CNSA", "iki")),
    st.tuples(names(("partners", "owner", "Cnsa")), names(ROLES)).map("/".join),
)
grants = st.builds(
    Grant, to=who, verbs=st.frozensets(names(tuple(Verb)), max_size=2),
    when=names(("receipt", "release")),
)  # fmt: skip
embargoes = st.one_of(
    st.none(),
    st.builds(Embargo, seconds=names(SPAN_S).map(float), after=names(("start", "stop", "receipt"))),
    st.builds(Embargo, from_s=names(SPAN_S).map(lambda s: EPOCH_S + s)),
)
rules = st.builds(
    Rule, name=st.just("r"), of=selectors, grants=st.lists(grants, max_size=3).map(tuple),
    embargo=embargoes,
)  # fmt: skip
extensions = st.builds(
    Extension, lid=names(LIDS), until_s=names(SPAN_S).map(lambda s: EPOCH_S + s),
    made_s=names(SPAN_S).map(lambda s: EPOCH_S + s), reason=st.just("more work"),
)  # fmt: skip
policies = st.builds(
    Policy, rules=st.lists(rules, max_size=4).map(tuple),
    extensions=st.lists(extensions, max_size=3).map(tuple),
)  # fmt: skip
utc = names(tuple(f"2030-01-01T00:00:{s:02d}Z" for s in SPAN_S) + ("",))
holdings = st.builds(
    Holding, lidvid=names([lid for lid in LIDS if "::" in lid]), partner=names(PARTNERS),
    instrument=names(("PCAM", "LPR", "")), access=names(("open", "owner", "")),
    embargo=names(("", "none", "PT9S after stop", "2030-01-01T00:00:20Z", "no sense")),
    start_utc=utc, stop_utc=utc, received_utc=st.just("2030-01-01"), quarantined=st.booleans(),
)  # fmt: skip
principals = st.one_of(
    st.just(ANYONE),
    st.builds(Principal, st.just("x"), names(PARTNERS), st.frozensets(names(ROLES), max_size=2)),
)

NEEDS = {  # written out, as docs/rights.md says it
    "know": {"know"},
    "see_label": {"know", "see_label"},
    "preview": {"know", "see_label", "preview"},
    "download": {"know", "see_label", "preview", "download"},
    "redistribute": {"know", "see_label", "preview", "download", "redistribute"},
    "derive": {"know", "see_label", "preview", "download", "derive"},
}


def is_about(lid: str, lidvid: str) -> bool:
    """By parts, not by prefixes of text."""
    if "::" in lid:
        return lid == lidvid
    parts = lidvid.split("::")[0].split(":")
    return parts[: len(lid.split(":"))] == lid.split(":")


def oracle(record: Holding, policy: Policy, who: Principal, second: int, verb: str) -> bool:
    """Whether it may be done, by walking through time second by second."""
    for rule in policy.rules:
        of = rule.of
        if of.lids and not any(is_about(lid, record.lidvid) for lid in of.lids):
            continue
        if of.instruments and record.instrument.lower() not in [i.lower() for i in of.instruments]:
            continue
        if of.partners and record.partner.lower() not in [p.lower() for p in of.partners]:
            continue
        if not of.accesses or record.access in of.accesses:
            break
    else:
        return False
    if record.quarantined:
        own = who.partner != "" and who.partner == record.partner and "curator" in who.roles
        return own and verb in NEEDS["download"]
    is_released = released_by(record, rule, policy, second)
    for grant in rule.grants:
        if grant.when == "release" and not is_released:
            continue
        if any(verb in NEEDS[given] for given in grant.verbs) and is_meant(grant.to, record, who):
            return True
    return False


def is_meant(to: str, record: Holding, who: Principal) -> bool:
    if to == "anyone":
        return True
    name, _, role = to.partition("/")
    if not who.partner or (role and role not in who.roles):
        return False
    wanted = {"partners": who.partner, "owner": record.partner}.get(name, name)
    return who.partner.lower() == wanted.lower()


def released_by(record: Holding, rule: Rule, policy: Policy, second: int) -> bool:
    """Each second: an extension that is decided while it is still held back holds it back on."""
    held_until = first_release(record, rule)
    for now in range(second + 1):
        if held_until is not None and held_until <= now:
            return True
        for extension in policy.extensions:
            if extension.made_s == EPOCH_S + now and is_about(extension.lid, record.lidvid):
                until = int(extension.until_s - EPOCH_S)
                held_until = None if held_until is None else max(held_until, until)
    return False


def first_release(record: Holding, rule: Rule) -> int | None:
    """Second of the release without extensions; None for never."""

    def second_of(text: str) -> int | None:
        return int(text[-3:-1]) if text.endswith("Z") else 0 if text else None

    if rule.embargo is None:
        at = second_of(record.stop_utc)
        said = {"": 0, "none": 0, "2030-01-01T00:00:20Z": 20, "no sense": None}
        said["PT9S after stop"] = None if at is None else at + 9
        return said[record.embargo]
    if not rule.embargo.after:
        return int(rule.embargo.from_s - EPOCH_S)
    times = {"start": record.start_utc, "stop": record.stop_utc, "receipt": record.received_utc}
    at = second_of(times[rule.embargo.after])
    return None if at is None else at + int(rule.embargo.seconds)


@settings(max_examples=400, deadline=None)
@given(holdings, policies, principals, names(tuple(Verb)))
def test_rights_are_those_of_the_slow_oracle(
    record: Holding, policy: Policy, who: Principal, verb: Verb
) -> None:
    key, release_s = rights_key(record, policy)
    for second in SPAN_S:
        instant_s = EPOCH_S + second
        shown = view_of(who, instant_s=instant_s, verb=verb).shows(key, release_s)
        assert shown == oracle(record, policy, who, second, verb), second
        decision = decide(record, policy, principal=who, instant_s=instant_s, verb=verb)
        assert decision.allowed == shown


@given(st.lists(holdings, max_size=8), policies)
def test_records_are_judged_together_as_each_alone(records: list[Holding], policy: Policy) -> None:
    judge = Judge(policy)
    assert [judge(record) for record in records] == [rights_key(r, policy) for r in records]


@settings(max_examples=200, deadline=None)
@given(holdings, policies, principals)
def test_what_was_public_needs_no_replay_of_extensions(
    record: Holding, policy: Policy, who: Principal
) -> None:
    """Today's answer about a past instant is the one that was given then."""
    today = rights_key(record, policy)
    for second in SPAN_S:
        instant_s = EPOCH_S + second
        view = view_of(who, instant_s=instant_s)
        assert view.shows(*today) == view.shows(*rights_key(record, policy.as_of(instant_s)))


@settings(max_examples=400, deadline=None)
@given(holdings, policies, principals, names(tuple(Verb)))
def test_a_copy_grants_what_its_original_does(
    record: Holding, policy: Policy, who: Principal, verb: Verb
) -> None:
    """And so does a copy of the copy; what is quarantined is its curators' alone at every node."""
    assume(rule_of(record, policy) or not record.quarantined)  # else nobody could copy it
    access, embargo = carried(record, policy)
    copy = replace(record, access=access, embargo=embargo, received_utc="2030-06-01T00:00:00Z")
    assert carried(copy, read_policy()) == (access, embargo)
    original, carried_on = rights_key(record, policy), rights_key(copy, read_policy())
    for second in (*SPAN_S, max(SPAN_S) + 1):
        view = view_of(who, instant_s=EPOCH_S + second, verb=verb)
        assert view.shows(*original) == view.shows(*carried_on), (second, access, embargo)


BOTH = "redistribute derive"


@pytest.mark.parametrize(
    ("grants", "embargo", "access", "until"),
    [
        ((("anyone", BOTH, "release"), ("owner", BOTH, "receipt")),
         "2031-01-01", "open", "2031-01-01T00:00:00Z"),
        ((("partners", "derive", "release"), ("owner", BOTH, "receipt")),
         "none", "partners", ""),
        ((("CNSA", BOTH, "receipt"), ("IKI", "", "receipt")), "none", "owner", ""),
        ((), "none", "nobody", ""),
        ((("anyone", "redistribute", "release"),), "none", "anyone: redistribute from release", ""),
        ((("anyone", "redistribute", "release"),), "P1Y after start", "nobody", ""),
        ((("CNSA/Science-Team", "derive", "receipt"), ("a=b;c", "preview know", "release")),
         "2031-01-01T00:00:00.5Z",
         "owner/science-team: derive from receipt; a%3db%3bc: preview from release",
         "2031-01-01T00:00:01Z"),
    ],
)  # fmt: skip
def test_the_access_that_carries_rights_to_another_node(
    grants: tuple[tuple[str, str, When], ...], embargo: str, access: str, until: str
) -> None:
    made = tuple(Grant(to, frozenset(map(Verb, may.split())), when) for to, may, when in grants)
    rule = Rule(name="r", grants=made, embargo=Embargo.parse(embargo))
    assert carried(Holding(start_utc=""), Policy(rules=(rule,))) == (access, until)
    assert carried(Holding(), Policy()) == ("nobody", "")


def test_nothing_is_granted_where_no_rule_fits() -> None:
    policy = Policy(rules=(Rule(name="pan", of=Selector(instruments=("LPR",))),))
    assert rights_key(Holding(), policy) == ("", NEVER_S)
    decision = decide(
        Holding(), policy, principal=Principal("u", "CNSA"), instant_s=EPOCH_S, verb=Verb.KNOW
    )
    assert (decision.allowed, decision.rule, decision.why) == (
        False, "", "no rule fits it, and what no rule grants is refused",
    )  # fmt: skip


def test_class_keys_spell_out_the_grants() -> None:
    rule = Rule(
        name="r",
        grants=(
            Grant("owner", frozenset({Verb.SEE_LABEL}), "receipt"),
            Grant("partners/science-team", frozenset({Verb.KNOW}), "receipt"),
            Grant("anyone", frozenset({Verb.KNOW})),
        ),
    )
    key, _ = rights_key(Holding(), Policy(rules=(rule,)))
    assert key == (
        "know:receipt==cnsa,partners/science-team;know:release=anyone;see_label:receipt==cnsa"
    )


def test_class_key_tells_what_is_quarantined() -> None:
    rule = Rule(name="r", grants=(Grant("anyone", frozenset({Verb.KNOW})),))
    sound, held_back = everything_sound(EPOCH_S), everything(EPOCH_S)
    for policy in (Policy(rules=(rule,)), Policy(rules=())):
        for is_quarantined in (False, True):
            key, _ = rights_key(Holding(quarantined=is_quarantined), policy)
            assert (key in sound.always) is not is_quarantined
            assert key in held_back.always


def test_what_was_quarantined_was_its_curators_alone_until_it_was_released() -> None:
    rule = Rule(name="r", grants=(Grant("anyone", frozenset({Verb.KNOW}), "receipt"),))
    record = Holding(released_utc="2027-01-01T00:00:00Z")
    curator = Principal("c", "CNSA", frozenset({"curator"}))
    for principal, before in ((ANYONE, False), (curator, True)):
        for day, is_released in (("2026-12-31", False), ("2027-01-01", True)):
            decision = decide(record, Policy(rules=(rule,)), principal=principal, verb=Verb.KNOW,
                              instant_s=seconds_of_utc(day))  # fmt: skip
            assert decision.allowed is (is_released or before), (principal, day)
            held_back = "it is quarantined: its owner's curators alone see it"
            assert (decision.why == held_back) is not is_released


def held(**fields: object) -> tuple[Holding, Policy]:
    rule = Rule(
        name="results",
        place="rights.yaml:3",
        embargo=Embargo.parse("P6M after stop"),
        grants=(
            Grant("owner/science-team", frozenset({Verb.DERIVE}), "receipt"),
            Grant("anyone", frozenset({Verb.DOWNLOAD})),
        ),
        statements=(RightsStatement("CNSA", "zh", "版权所有"),),
        attribution="CNSA/GRAS",
    )
    extension = Extension(
        lid="urn:ilrs:jdc:ce7:pan",
        until_s=seconds_of_utc("2028-01-01"),
        made_s=seconds_of_utc("2027-01-01"),
        reason="calibration repeated",
    )
    return replace(Holding(), **fields), Policy(rules=(rule,), extensions=(extension,))  # type: ignore[arg-type]


SCIENTIST = Principal("u", "cnsa", frozenset({"science-team"}))


@pytest.mark.parametrize(
    ("fields", "who", "at", "verb", "allowed", "why"),
    [
        ({}, ANYONE, "2027-06-01", "download", False,
         "anyone may from release on; its release is 2028-01-01T00:00:00Z"),
        ({}, ANYONE, "2028-01-01", "download", True,
         "anyone may from release on; its release is 2028-01-01T00:00:00Z"),
        ({}, ANYONE, "2028-01-01", "derive", False,
         "the rule grants it to cnsa/science-team alone"),
        ({}, ANYONE, "2028-01-01", "redistribute", False, "the rule grants it to nobody"),
        ({}, SCIENTIST, "2026-10-01", "derive", True, "cnsa/science-team may from receipt on"),
        ({}, SCIENTIST, "2026-08-31", "derive", False, "it was received on 2026-09-01T00:00:00Z"),
        ({"stop_utc": ""}, ANYONE, "2099-01-01", "know", False,
         "anyone may from release on; its release is not known"),
        ({"withdrawn_utc": "2029-01-01T00:00:00Z"}, ANYONE, "2029-01-01", "know", False,
         "it was withdrawn on 2029-01-01T00:00:00Z"),
        ({"withdrawn_utc": "2029-01-01T00:00:00Z"}, ANYONE, "2028-12-31", "know", True,
         "anyone may from release on; its release is 2028-01-01T00:00:00Z"),
        ({"quarantined": True}, SCIENTIST, "2029-01-01", "know", False,
         "it is quarantined: its owner's curators alone see it"),
    ],
)  # fmt: skip
def test_a_decision_says_why(
    fields: dict[str, object], who: Principal, at: str, verb: str, allowed: bool, why: str
) -> None:
    record, policy = held(**fields)
    decision = decide(record, policy, principal=who, instant_s=seconds_of_utc(at), verb=Verb(verb))
    assert (decision.allowed, decision.why) == (allowed, why)
    assert (decision.rule, decision.place) == ("results", "rights.yaml:3")


def test_an_extension_after_the_release_changes_nothing() -> None:
    record, policy = held()
    late = replace(policy.extensions[0], made_s=seconds_of_utc("2027-03-01"))
    policy = replace(policy, extensions=(late,))
    assert release_of(record, policy) == (seconds_of_utc("2027-02-28"), None)


def test_terms_come_from_the_rule_that_decides() -> None:
    record, policy = held()
    terms = terms_of(record, policy)
    assert [s.text for s in terms.statements] == ["版权所有"]
    assert terms.attribution == "CNSA/GRAS"
    assert terms_of(record, Policy()).statements == ()


def test_terms_are_those_of_the_product_and_of_the_rule() -> None:
    free = RightsStatement("IKI", "ru", "Свободно")
    record, policy = held(statements=(free,), attribution="IKI")
    terms = terms_of(record, policy)
    assert [s.text for s in terms.statements] == ["Свободно", "版权所有"]
    assert terms.attribution == "CNSA/GRAS"
    told = with_terms(record, policy)
    assert terms_of(told, policy) == terms  # said once, though product and rule both say it
    assert terms_of(told, Policy()) == terms  # at a node whose rules say nothing
    assert terms_of(record, Policy()).attribution == "IKI"


def test_whoever_holds_the_disk_sees_everything() -> None:
    view = everything(EPOCH_S)
    assert view.shows("", NEVER_S) and view.shows(*rights_key(*held()))


def test_a_selector_covers_what_it_certainly_fits() -> None:
    pairs = list(itertools.product((*LIDS, ""), repeat=2))
    for mine, theirs in pairs:
        one = Selector(lids=(mine,) if mine else ())
        other = Selector(lids=(theirs,) if theirs else ())
        fitted = [lid for lid in LIDS if "::" in lid and (not theirs or is_about(theirs, lid))]
        if one.covers(other):
            assert all(not mine or is_about(mine, lidvid) for lidvid in fitted)
    assert Selector().covers(Selector(partners=("CNSA",)))
    assert Selector(partners=("CNSA", "IKI")).covers(
        Selector(partners=("iki",), accesses=("open",))
    )
    assert not Selector(partners=("CNSA",)).covers(Selector())
