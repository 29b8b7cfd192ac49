"""An experiment's declared data policy becomes the rights of what it makes."""

import pytest

from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Principal, Verb, rights_key, view_of
from ilrs.datacentre.rights_file import read_policy
from ilrs.programme.entities import DataPolicy
from ilrs.study.label_parts import embargo_rule


@pytest.mark.parametrize(
    ("embargo", "rule"),
    [("0 s", ""), ("180 d", "P180D after stop"), ("36 h", "P1DT43200S after stop"),
     ("1.5 s", "P0DT2S after stop")],
)  # fmt: skip
def test_an_embargo_runs_from_the_end_of_the_data(embargo: str, rule: str) -> None:
    assert embargo_rule(DataPolicy.model_validate({"embargo": embargo})) == rule
    assert embargo_rule(None) == ""


@pytest.mark.parametrize(
    ("access", "who", "before", "after"),
    [("open", ANYONE, False, True), ("open", Principal("u", "CN"), True, True),
     ("partners", ANYONE, False, False), ("partners", Principal("u", "RU"), False, True),
     ("owner", Principal("u", "RU"), False, False), ("owner", Principal("u", "CN"), True, True)],
)  # fmt: skip
def test_before_and_after_the_release(
    access: str, who: Principal, before: bool, after: bool
) -> None:
    policy = DataPolicy.model_validate({"access": access, "embargo": "180 d"})
    record = Record(
        lidvid="urn:ilrs:jdc:b:c:p::1.0", partner="CN", access=policy.access,
        embargo=embargo_rule(policy), stop_utc="2036-01-01",
    )  # fmt: skip
    key = rights_key(record, read_policy())
    last, first = seconds_of_utc("2036-06-28T23:59:59Z"), seconds_of_utc("2036-06-29")
    seen = [view_of(who, instant_s=at, verb=Verb.DOWNLOAD).shows(*key) for at in (last, first)]
    assert seen == [before, after]
