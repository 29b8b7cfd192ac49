"""A programme's rules on data, as a node of the data centre reads and follows them."""

from pathlib import Path

from ilrs.datacentre.embargo import seconds_of_utc
from ilrs.datacentre.rights import ANYONE, Principal, Verb, decide
from ilrs.datacentre.rights_file import read_policy
from ilrs.programme.entities import Programme
from ilrs.study.data_rights import DataRight, data_rights, rights_text
from tests.datacentre.rights_making import Holding

GRANTS = [
    {"to": "partners", "may": ["preview"], "from": "receipt"},
    {"to": "anyone", "may": ["redistribute"]},
]
PROGRAMME = Programme.model_validate(
    {
        "name": "Small Station",
        "benefits": {
            "TIME": {"id": "TIME", "gives": "observation_time"},
            "CN-DATA": {
                "id": "CN-DATA", "gives": "data", "of": ["CN"], "embargo": "180 d",
                "grants": GRANTS,
            },
        },
    }
)  # fmt: skip


def held(lid: str, partner: str, **told: str) -> Holding:
    return Holding(lidvid=f"urn:ilrs:jdc:{lid}::1.0", partner=partner, access="owner", **told)


def test_grants_are_listed_with_their_embargo() -> None:
    assert data_rights(PROGRAMME) == [
        DataRight(benefit="CN-DATA", of=("CN",), to="partners", may=("preview",), when="receipt",
                  embargo="P180D after stop"),
        DataRight(benefit="CN-DATA", of=("CN",), to="anyone", may=("redistribute",),
                  when="release", embargo="P180D after stop"),
    ]  # fmt: skip


def test_a_node_goes_by_the_rules_that_are_written(tmp_path: Path) -> None:
    path = tmp_path / "rights.yaml"
    path.write_text(rights_text(PROGRAMME), encoding="utf-8")
    policy = read_policy(path)
    dust = held("small-station:research:dust-year", "CN", stop_utc="2036-01-01T00:00:00Z")

    def allowed(holding: Holding, verb: Verb, principal: Principal, utc: str) -> tuple[bool, str]:
        instant_s = seconds_of_utc(utc)
        made = decide(holding, policy, principal=principal, instant_s=instant_s, verb=verb)
        return made.allowed, made.rule

    partner = Principal("p", partner="TH")
    rule = "benefit CN-DATA"
    assert allowed(dust, Verb.PREVIEW, partner, "2036-02-01") == (True, rule)
    assert allowed(dust, Verb.DOWNLOAD, partner, "2036-02-01") == (False, rule)
    # 2036 is a leap year: 180 days after its first day is 29 June
    assert allowed(dust, Verb.DOWNLOAD, ANYONE, "2036-06-28") == (False, rule)
    assert allowed(dust, Verb.DOWNLOAD, ANYONE, "2036-06-29") == (True, rule)
    # other partners' data, and what is no research, go by their labels
    other = held("small-station:research:dust-year", "RU")
    assert allowed(other, Verb.KNOW, ANYONE, "2050-01-01") == (False, "as declared")
    station = held("small-station:station:station-year", "CN")
    assert allowed(station, Verb.KNOW, ANYONE, "2050-01-01") == (False, "as declared")
