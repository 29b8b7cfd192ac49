"""Who depends on whom."""

from collections.abc import Callable

from ilrs.cooperation.dependencies import JOINT, Dependency, chart, dependencies
from ilrs.programme.entities import Programme
from tests.cooperation.conftest import contributions, elements, missions


def edges(programme: Programme) -> set[tuple[str, str, str, str, str]]:
    return {(d.giver, d.taker, d.kind, d.gives, d.needs) for d in dependencies(programme)}


def test_what_a_partner_needs_of_its_own_is_no_dependency(programme: Programme) -> None:
    assert dependencies(programme) == []


def test_every_kind_is_found(declare: Callable[..., Programme]) -> None:
    built = elements()
    built["HUB"] |= {
        "arrives_on": "LES-3", "links": [{"via": "LUNA-26", "rate": "1 Mbit/s"}],
        "interfaces": [{"kind": "power", "role": "needs", "with": "REACTOR", "power": "1 kW"},
                       {"kind": "data", "role": "offers", "with": "REACTOR"}],
        "faults": [{"name": "stuck", "repair": {"by": "robot", "time": "1 d", "robot": "PROBE",
                                                "spares_of": "CABLE"}}],
    }  # fmt: skip
    flights = missions()
    flights["CE-7"] |= {"relay": "LUNA-26", "coordinated_with": ["LUNA-26"]}
    flights["JOINT-1"] = {"status": "planned", "carries": ["CABLE"]}
    built["CABLE"].pop("arrives_on")
    promised = contributions()
    promised["CN-TRACKING"] |= {
        "needs": ["RU-POWER", "RU-STUDY"],
        "service": {"kind": "ground station", "to": ["RU", "APSCO", "CN"]},
    }
    seen = {"element": "REACTOR", "fields": [], "wanted": "10 h", "power": "1 W"}
    programme = declare(
        elements=built, missions=flights, contributions=promised,
        experiments={
            "DUST": seen | {"owner": "CN", "sessions": {
                "holds": ["PROBE"], "together_with": "HEAT", "overpass_of": "LUNA-26",
                "follows": [{"experiment": "HEAT"}]}},
            "HEAT": seen | {"owner": "APSCO", "element": "HUB"},
        },
        surveys={"SITE": {"owner": "APSCO", "orbiter": "LUNA-26", "site": "RIDGE", "radius": "1 km",
                          "ground_sample": "1 m", "together_with": "CE-7"}},
        joint_observations={"LOOK": {"first": "LUNA-26", "second": "CE-7", "site": "RIDGE"}},
    )  # fmt: skip
    assert edges(programme) == {
        ("RU", "CN", "host", "REACTOR", "DUST"), ("CN", "APSCO", "host", "HUB", "HEAT"),
        ("RU", "CN", "ride", "LES-3", "HUB"), (JOINT, "RU", "ride", "JOINT-1", "CABLE"),
        ("RU", "CN", "power", "REACTOR", "HUB"),
        ("RU", "CN", "relay", "LUNA-26", "HUB"), ("RU", "CN", "relay", "LUNA-26", "CE-7"),
        ("RU", "CN", "repair", "PROBE", "HUB"), ("RU", "CN", "repair", "CABLE", "HUB"),
        ("RU", "CN", "instrument", "PROBE", "DUST"), ("APSCO", "CN", "session", "HEAT", "DUST"),
        ("RU", "CN", "session", "LUNA-26", "DUST"), ("CN", "RU", "survey", "CE-7", "LUNA-26"),
        ("RU", "APSCO", "survey", "LUNA-26", "SITE"),
        ("CN", "RU", "joint observation", "CE-7", "LUNA-26"),
        ("RU", "CN", "joint observation", "LUNA-26", "CE-7"),
        ("RU", "CN", "coordination", "LUNA-26", "CE-7"),
        ("CN", "RU", "service", "CN-TRACKING", ""), ("CN", "APSCO", "service", "CN-TRACKING", ""),
        ("RU", "CN", "agreement", "RU-POWER", "CN-TRACKING"),
    }  # fmt: skip


def test_a_chart_has_rows_that_give_and_columns_that_take() -> None:
    found = [
        Dependency(giver="B", taker="A", kind="ride", needs="X", gives="M"),
        Dependency(giver="B", taker="A", kind="power", needs="X", gives="P"),
        Dependency(giver=JOINT, taker="B", kind="ride", needs="P", gives="J"),
    ]
    counts = chart(found, ["B", "C", "A"])
    assert counts["giver"].values.tolist() == ["B", "A", JOINT]  # C has no part in any
    assert int(counts.sel(giver="B", taker="A").sum()) == 2
    assert int(counts.sel(giver=JOINT, taker="B", kind="ride")) == 1
    assert int(counts.sum()) == 3


def test_a_chart_of_nothing_is_empty(programme: Programme) -> None:
    assert chart([], programme.partners).shape == (0, 0, 15)
