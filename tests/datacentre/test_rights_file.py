"""The policy's file: what it declares, every fault at file and line, nothing granted by half."""

from pathlib import Path

import pytest

from ilrs.datacentre.embargo import Embargo
from ilrs.datacentre.rights import (
    ANYONE,
    Grant,
    Policy,
    Principal,
    RightsStatement,
    Rule,
    Selector,
    Verb,
    rights_key,
    view_of,
)
from ilrs.datacentre.rights_file import check_policy, read_policy
from ilrs.foundation.errors import IlrsError, PolicyError
from tests.datacentre.rights_making import Holding

GOOD = """\
rules:
  - name: penetrometer
    of: {lid: 'urn:ilrs:jdc:ce7', instrument: [PCAM, LPR], partner: CNSA}
    embargo: P6M after stop
    grants:
      - to: owner/science-team
        may: [derive]
        from: receipt
      - {to: anyone, may: download}
    statements:
      - {issuer: CNSA, language: zh, text: 版权所有}
    attribution: CNSA/GRAS
  - name: the rest
    embargo: as declared
    grants: []
"""


def test_a_file_declares_rules() -> None:
    policy, findings = check_policy(GOOD.encode(), file="rights.yaml")
    assert findings == []
    assert policy == Policy(
        rules=(
            Rule(
                name="penetrometer",
                of=Selector(
                    lids=("urn:ilrs:jdc:ce7",), instruments=("PCAM", "LPR"), partners=("CNSA",)
                ),
                grants=(
                    Grant("owner/science-team", frozenset({Verb.DERIVE}), "receipt"),
                    Grant("anyone", frozenset({Verb.DOWNLOAD}), "release"),
                ),
                embargo=Embargo(months=6, after="stop"),
                statements=(RightsStatement("CNSA", "zh", "版权所有"),),
                attribution="CNSA/GRAS",
                place="rights.yaml:2",
            ),
            Rule(name="the rest", embargo=None, place="rights.yaml:13"),
        )
    )


@pytest.mark.parametrize(
    ("access", "partner", "shown"),
    [("open", "", "download"), ("partners", "IKI", "download"), ("partners", "", ""),
     ("owner", "CNSA", "download"), ("owner", "IKI", ""), ("", "CNSA", ""), ("secret", "CNSA", "")],
)  # fmt: skip
def test_a_node_that_declares_nothing_goes_by_the_labels(
    access: str, partner: str, shown: str
) -> None:
    who = Principal("u", partner) if partner else ANYONE
    key, release_s = rights_key(Holding(access=access), read_policy())
    view = view_of(who, instant_s=4e9, verb=Verb.DOWNLOAD)
    assert view.shows(key, release_s) == bool(shown)


BAD = """\
rules:
  - name: a
    of: {lid: ce7, instrumnet: PCAM, partner: []}
    embargo: P6M after landing
    grants:
      - {to: CNSA/, may: [downlaod]}
      - {to: anyone/curator, may: [know], from: launch}
      - {may: 3}
      - anyone
    statements: {issuer: CNSA}
  - name: a
    grants: []
  - of: {partner: CNSA}
  - name: below a
    of: {partner: IKI}
    grants: []
"""


def test_every_fault_is_found_at_its_line() -> None:
    _, findings = check_policy(BAD.encode(), file="rights.yaml")
    assert [str(finding) for finding in findings] == [
        "rights.yaml:3: rules[0].of.instrumnet: unknown key 'instrumnet'; 'of' has lid, "
        "instrument, partner, access. Did you mean 'instrument'?",
        "rights.yaml:3: rules[0].of.partner: found an empty list; it would fit nothing. Remove it.",
        "rights.yaml:3: rules[0].of.lid: found 'ce7'; a LID begins with 'urn:'; it stands for "
        "itself and all below it. Write the whole LID.",
        "rights.yaml:4: rules[0].embargo: 'P6M after landing' is not an embargo; an embargo is "
        "'none', an instant such as 2030-01-01, or a duration after start, stop or receipt, such "
        "as 'P6M after stop'. Write it so.",
        "rights.yaml:6: rules[0].grants[0].to: found 'CNSA/'; it is anyone, partners, owner or a "
        "partner's id, or PARTNER/role. Write one of these.",
        "rights.yaml:6: rules[0].grants[0].may: found 'downlaod'; 'may' is of know, see_label, "
        "preview, download, redistribute, derive. Did you mean 'download'?",
        "rights.yaml:7: rules[0].grants[1].to: found 'anyone/curator'; it is anyone, partners, "
        "owner or a partner's id, or PARTNER/role. Write one of these.",
        "rights.yaml:7: rules[0].grants[1].from: found 'launch'; 'from' is of receipt, release. "
        "Write one of these.",
        "rights.yaml:8: rules[0].grants[2]: the key 'to' is missing; it is a text. Add `to: …`.",
        "rights.yaml:8: rules[0].grants[2].may: found 3; 'may' is a text. Write it in quotes.",
        "rights.yaml:9: rules[0].grants[3]: found 'anyone'; a grant has to, may, from. "
        "Write it as lines of `key: value`.",
        "rights.yaml:10: rules[0].statements: found a mapping; 'statements' is a list. "
        "Begin items with `- `.",
        "rights.yaml:11: rules[1].name: the name 'a' again; the one in line 2 is called so. "
        "Rename one.",
        "rights.yaml:13: rules[2]: the key 'name' is missing; it is a text. Add `name: …`.",
        "rights.yaml:13: rules[2]: the key 'grants' is missing; a rule says what it grants; [] "
        "refuses everything to everyone. Add `grants:`.",
        "rights.yaml:14: rules.below a: this rule never decides: 'a' above it fits all it fits; "
        "the first rule that fits a product decides about it. Move it up, or remove it.",
    ]


def test_a_policy_with_a_fault_grants_nothing(tmp_path: Path) -> None:
    path = tmp_path / "rights.yaml"
    path.write_text("rules:\n  - {name: a, grants: [{to: anyone, may: [see]}]}\n")
    with pytest.raises(PolicyError) as caught:
        read_policy(path)
    assert str(caught.value) == (
        "rights.yaml:2: rules[0].grants[0].may: found 'see'; 'may' is of know, see_label, "
        "preview, download, redistribute, derive. Write one of these.\n"
        "the policy of rights is not valid: 1 finding; each names its file, its line and what is "
        "possible there. Mend them and run `ilrs data rights` again."
    )


@pytest.mark.parametrize(
    "content", [b"", b"\xff", b"[", b"rules: 3", b"- a", b"rules: [[[]]]", b"a: &a [*a]"]
)
def test_what_is_no_policy_is_a_finding(content: bytes) -> None:
    policy, findings = check_policy(content, file="rights.yaml")
    assert policy.rules == ()
    assert findings


def test_a_missing_file_is_said(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        read_policy(tmp_path / "none.yaml")
    assert str(caught.value) == (
        f"the policy of rights {tmp_path / 'none.yaml'} cannot be read: No such file or directory; "
        "it is a YAML file with a list of rules. Name another file, or leave it out for what the "
        "labels say."
    )
