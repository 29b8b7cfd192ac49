"""A programme's contact plan: judged by conservation, by the rules of contacts, and by hand."""

import csv
import io
import json
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.foundation.time import DAY_S
from ilrs.orbits.contacts import AccessWindow, ContactPlan, Node, Transfer
from ilrs.programme.entities import Programme
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import craft_ways
from ilrs.study.link_network import EARTH, Network, link_network
from ilrs.study.link_streams import Stream, half_latency_s, lots_of, requests_of, served
from ilrs.study.links import SETUP_S, Links, links_span_s, plan_links
from ilrs.study.links_files import links_json, links_provenance, links_svg, write_links
from tests.orbits.contact_checker import check

RELAY, TERMINAL = "QUEQIAO-CONST", "MOON-EARTH-TERMINAL"
ZONES = zones_of("UTC,Beijing,Moscow")
HOUR_S = 3600.0


@pytest.fixture(scope="module")
def span_s(programme: Programme) -> tuple[float, float]:
    return links_span_s(programme.scenarios["year"], start=None, days=3.0)


@pytest.fixture(scope="module")
def found(programme: Programme, sky: Sky, span_s: tuple[float, float]) -> Links:
    return plan_links(programme, programme.scenarios["year"], span_s=span_s, sky=sky)


@pytest.fixture(scope="module")
def crowded(programme: Programme, sky: Sky, span_s: tuple[float, float]) -> Links:
    """The radio sky makes 60 Mbit/s, more than both links carry; the laboratory's cable is thin."""
    return plan_links(busy(programme), programme.scenarios["year"], span_s=span_s, sky=sky)


def busy(programme: Programme) -> Programme:
    sky_array = programme.experiments["RADIO-SKY"]
    wanted = {"data_bps": 60e6, "wanted_s": 400 * DAY_S}
    experiments = programme.experiments | {"RADIO-SKY": sky_array.model_copy(update=wanted)}
    array = programme.elements["RADIO-ARRAY"]
    wide = tuple(side.model_copy(update={"rate_bps": 50e6}) for side in array.interfaces)
    elements = programme.elements | {"RADIO-ARRAY": array.model_copy(update={"interfaces": wide})}
    return programme.model_copy(update={"experiments": experiments, "elements": elements})


@pytest.mark.parametrize("which", ["found", "crowded"])
def test_bits_are_made_delivered_held_or_dropped(which: str, request: Any) -> None:
    plan: Links = request.getfixturevalue(which)
    length_s = plan.span_s[1] - plan.span_s[0]
    for row in plan.streams:
        assert row.made_bit == pytest.approx(row.stream.data_bps * length_s, rel=1e-12)
        kept = row.delivered_bit + row.buffered_bit + row.dropped_bit
        assert kept == pytest.approx(row.made_bit, rel=1e-9)
    assert plan.totals.made_bit == pytest.approx(sum(r.made_bit for r in plan.streams), rel=1e-12)
    # the judge counts transfers, which know nothing of streams
    arrived = sum(
        t.volume_bit for t in plan.plan.transfers if t.destination in plan.network.stations
    )
    assert plan.totals.delivered_bit == pytest.approx(arrived, rel=1e-9)
    use = {one.id: one for one in plan.uses}
    received = sum(one.received_bit for one in plan.uses if one.kind == "on Earth")
    assert received == pytest.approx(arrived, rel=1e-9)
    held = use[RELAY].received_bit - use[RELAY].sent_bit
    assert -1e-6 * arrived <= held <= plan.network.store_bit[RELAY]
    assert use[TERMINAL].sent_bit == pytest.approx(arrived + held, rel=1e-6)


@pytest.mark.parametrize("which", ["found", "crowded"])
def test_the_plan_can_be_kept_and_is_no_worse_than_the_quick_one(which: str, request: Any) -> None:
    plan: Links = request.getfixturevalue(which)
    streams = [row.stream for row in plan.streams]
    requests = requests_of(lots_of(streams, plan.network, span_s=plan.span_s), plan.network)
    for one in (plan.plan, plan.quick):
        check(one, nodes=plan.network.nodes, windows=plan.network.windows, requests=requests,
              setup_s=SETUP_S)  # fmt: skip
    assert plan.plan.worth >= plan.quick.worth * (1.0 - 1e-9)
    assert plan.plan.worth <= plan.plan.bound * (1.0 + 1e-9)


def test_a_full_store_drops_what_counts_least(crowded: Links) -> None:
    rows = {row.stream.id: row for row in crowded.streams}
    assert crowded.totals.dropped_bit > 0.1 * crowded.totals.made_bit
    # RADIO-SKY has priority 3, and 0 to 2 come first of every lot
    for row in rows.values():
        if row.stream.priority < 3:
            assert row.dropped_bit == 0.0, row.stream.id
    assert rows["RADIO-SKY"].dropped_bit > 0.0
    # what the cable does not carry: 60 Mbit/s and 2 kbit/s of the array over 50 Mbit/s
    share = 1.0 - 50e6 / (60e6 + 2e3)
    assert rows["RADIO-SKY"].dropped_bit >= share * rows["RADIO-SKY"].made_bit * (1.0 - 1e-12)
    assert rows["RADIO-SKY"].why == (
        "the cable from RADIO-ARRAY to MOON-EARTH-TERMINAL carries 50 Mbit/s"
    )


# Counted anew at every end of a lot: what is there, made less sent less given up, fits the store.
def test_the_store_of_the_sender_never_overflows(crowded: Links) -> None:
    lots = lots_of([row.stream for row in crowded.streams], crowded.network, span_s=crowded.span_s)
    own = {n.id for n in crowded.network.nodes if n.group == TERMINAL}
    out = [t for t in crowded.plan.transfers if t.source in own]
    for edge_s in [lot.end_s for lot in lots]:
        there = 0.0
        for lot in lots:
            if lot.end_s <= edge_s and lot.deadline_s > edge_s:  # else gone or given up
                sent = [t for t in out if t.request == lot.id and t.end_tdb_s <= edge_s]
                there += lot.volume_bit - sum(t.volume_bit for t in sent)
        assert there <= crowded.network.store_bit[TERMINAL] * (1.0 + 1e-9)


def test_losing_the_relay_is_the_plan_without_it(
    programme: Programme, sky: Sky, found: Links, span_s: tuple[float, float]
) -> None:
    scenario = programme.scenarios["year"]
    lost = plan_links(programme, scenario, span_s=span_s, sky=sky, without=[RELAY])
    (loss,) = found.losses
    assert loss.relay == RELAY
    assert loss.left == lost.totals
    fewer_bit = found.totals.delivered_bit - lost.totals.delivered_bit
    assert loss.lost_bit_d == pytest.approx(fewer_bit / 3.0, abs=1.0)
    assert not lost.losses
    assert RELAY not in {use.id for use in lost.uses}
    assert all(RELAY not in c.source + c.destination for c in lost.plan.contacts)


def test_a_relay_that_serves_more_than_it_loses_is_worth_bits(crowded: Links) -> None:
    (loss,) = crowded.losses
    assert loss.lost_bit_d > 0.0
    # the terminal's own link to Earth carries 10 Mbit/s at most
    assert loss.left.delivered_bit <= 10e6 * 3 * DAY_S


def lone(stations: tuple[str, ...] = ("DISH",), *, store_bit: float = 1e12) -> Network:
    """A lander A and dishes on Earth, which it sees all the time."""
    return Network(
        nodes=(Node(id="A"), *(Node(id=s, group=EARTH) for s in stations)),
        windows=tuple(
            AccessWindow(
                source="A", destination=s, aos_tdb_s=0.0, los_tdb_s=DAY_S, rate_bps=1e6
            )
            for s in stations
        ),
        relays=(), stations=stations, store_bit={"A": store_bit}, owner_of={"A": "CN"},
        inputs_sha256={}, notes=(),
    )  # fmt: skip


def stream(id_: str, bps: float, *, priority: int) -> Stream:
    return Stream(
        id=id_, element="A", owner="CN", priority=priority, data_bps=bps, sender="A", handed_bps=bps
    )


# By hand: the first lot holds 6 h x (100 + 300) bit/s = 2.16 and 6.48 Mbit. 1.08 Mbit arrive at 7 h
# and 3.24 Mbit at 9 h: the first stream has all by 9 h, the second a third of its bits.
def test_priority_comes_first_within_a_lot() -> None:
    network, span = lone(), (0.0, 12 * HOUR_S)
    streams = [stream("LATE", 300.0, priority=5), stream("FIRST", 100.0, priority=1)]
    lots = lots_of(streams, network, span_s=span)
    assert [(lot.start_s, lot.end_s, lot.volume_bit) for lot in lots] == [
        (0.0, 6 * HOUR_S, pytest.approx(8.64e6)),
        (6 * HOUR_S, 12 * HOUR_S, pytest.approx(8.64e6)),
    ]
    transfers = [
        Transfer(request="A 001", source="A", destination="DISH", start_tdb_s=6 * HOUR_S,
                 end_tdb_s=end * HOUR_S, volume_bit=bits)
        for end, bits in ((7.0, 1.08e6), (9.0, 3.24e6))
    ]  # fmt: skip
    plan = ContactPlan(contacts=(), transfers=tuple(transfers))
    late, first = served(streams, lots, plan=plan, network=network, span_s=span)
    assert first.delivered_bit == pytest.approx(2.16e6)
    assert (first.latency_p50_s, first.latency_worst_s) == (4 * HOUR_S, 9 * HOUR_S)
    assert late.delivered_bit == pytest.approx(2.16e6)
    assert (late.latency_p50_s, late.latency_worst_s) == (6 * HOUR_S, 9 * HOUR_S)
    # the rest of the first lot and the second lot wait: 6.48 - 2.16 + 6.48 Mbit
    assert late.buffered_bit == pytest.approx(10.8e6)
    assert late.why == "made too late in the span, or waiting for a contact"


def test_lots_shrink_with_the_store_and_are_given_up_before_it_overflows() -> None:
    streams = [stream("X", 1e6, priority=5)]
    # 14.4 Gbit hold four hours: lots of two, each to be gone in two more
    lots = lots_of(streams, lone(store_bit=14.4e9), span_s=(0.0, 12 * HOUR_S))
    assert [lot.end_s for lot in lots] == [h * HOUR_S for h in (2, 4, 6, 8, 10, 12)]
    assert [lot.deadline_s - lot.end_s for lot in lots[:4]] == [2 * HOUR_S] * 4


def test_half_of_the_bits_are_younger_than_the_median() -> None:
    assert half_latency_s([(10.0, 1.0), (30.0, 5.0), (20.0, 1.0)]) == 30.0
    assert half_latency_s([(10.0, 4.0), (30.0, 3.0)]) == 10.0
    assert half_latency_s([]) is None


# The judge: Friis' formula in plain numbers every 10 s over each window, the highest of the radio's
# rates that keeps 3 dB.
def test_rates_follow_the_distance_where_a_budget_is_declared(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    terminal = programme.elements[TERMINAL]
    rates = (1e6, 5e6, 10e6, 20e6)
    weak = terminal.links[0].model_copy(update={"eirp_dbw": 37.0, "rates_bps": rates})
    elements = programme.elements | {
        TERMINAL: terminal.model_copy(update={"links": (weak, terminal.links[1])})
    }
    weaker = programme.model_copy(update={"elements": elements})
    network = link_network(weaker, weaker.scenarios["year"], span_s=span_s, sky=sky)
    windows = [w for w in network.windows if w.destination == f"{RELAY} (receiver)"]
    assert windows
    way = craft_ways(weaker, {RELAY: weaker.missions[RELAY]}, span_s, sky=sky)[RELAY]
    site = weaker.sites["CONNECTING-RIDGE"]
    at = np.radians([site.latitude_deg, site.longitude_deg])
    ground_m = (1737.4e3 + 1.9e3) * np.array(
        [np.cos(at[0]) * np.cos(at[1]), np.cos(at[0]) * np.sin(at[1]), np.sin(at[0])]
    )
    for window in windows:
        t = np.arange(window.aos_tdb_s, window.los_tdb_s, 10.0)
        here_m = np.einsum("nij,i->nj", sky.orientation.matrices(t), ground_m)
        away_m = np.linalg.norm(way.position_m(t) - here_m, axis=1)
        spread = (4 * np.pi * away_m * weak.frequency_hz / 299_792_458.0) ** 2
        spare_db = 37.0 + weak.g_t_db_k + 228.599 - 10 * np.log10(spread) - 4.5 - 3.0
        best = np.array(
            [max((r for r in rates if r <= x), default=0.0) for x in 10 ** (spare_db / 10)]
        )
        # a minute's sampling puts each step of the rate within half a minute
        steps_s = 60.0 * np.count_nonzero(np.diff(best))
        slack = 20e6 * (steps_s + 60.0) / (window.los_tdb_s - window.aos_tdb_s)
        assert window.rate_bps == pytest.approx(best.mean(), abs=slack)
        assert window.rate_bps < 20e6


def test_files_hold_every_contact_and_are_the_same_each_time(
    programme: Programme, sky: Sky, found: Links, tmp_path: Any
) -> None:
    record = links_provenance(programme, found, sky=sky)
    for path in write_links(found, tmp_path, zones=ZONES, provenance=record):
        first = path.read_bytes()
        write_links(found, tmp_path, zones=ZONES, provenance=record)
        assert path.read_bytes() == first
    text = (tmp_path / "contacts.csv").read_text(encoding="utf-8")
    assert f"# command: {record.command}" in text
    rows = list(csv.DictReader(line for line in io.StringIO(text) if not line.startswith("#")))
    assert len(rows) == len(found.plan.contacts) > 0
    calendar = (tmp_path / "contacts.ics").read_text(encoding="utf-8")
    assert calendar.count("BEGIN:VEVENT") == len(rows)
    facts = json.loads((tmp_path / "links.json").read_text(encoding="utf-8"))
    assert len(facts["contacts"]) == len(rows)
    assert facts["totals"]["delivered_bit"] == round(found.totals.delivered_bit)
    assert facts["provenance"]["inputs_sha256"] == dict(found.network.inputs_sha256) != {}
    assert {row["id"] for row in facts["data"]} == {r.stream.id for r in found.streams}
    svg = links_svg(found)
    assert all(f">{use.id}<" in svg for use in found.uses)
    assert (
        links_json(found, zones=ZONES, provenance=record)
        == json.dumps(facts, ensure_ascii=False, indent=1) + "\n"
    )


def test_conflicts_of_bands_name_both_parties(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    terminal = programme.elements[TERMINAL]
    other = terminal.model_copy(
        update={"id": "OTHER", "owner": "RU", "links": terminal.links[:1], "interfaces": ()}
    )
    both = programme.model_copy(update={"elements": programme.elements | {"OTHER": other}})
    found = plan_links(both, both.scenarios["year"], span_s=span_s, sky=sky)
    parties = {(c.first, c.first_partner, c.second, c.second_partner) for c in found.band_conflicts}
    path = "elements.{}.links[0]"
    assert (path.format(TERMINAL), "CN", path.format("OTHER"), "RU") in parties
    # two senders share the relay's one receiver
    assert {use.id for use in found.uses if use.kind == "sender"} == {TERMINAL, "OTHER"}


def test_command_prints_and_writes(tmp_path: Any) -> None:
    result = CliRunner().invoke(main, ["links", "--days", "1", "--out", str(tmp_path)])
    assert result.exit_code == 0, result.stderr
    assert result.stdout.startswith(
        "Contact plan of scenario year, 2036-01-01 00:00 to 2036-01-02 00:00 UTC\nOf "
    )
    assert "What becomes of the data, all sent by MOON-EARTH-TERMINAL:" in result.stdout
    assert "Without QUEQIAO-CONST, planned anew, " in result.stdout
    assert "No band conflicts" in result.stdout
    assert sorted(p.name for p in tmp_path.iterdir()) == [
        "contacts.csv", "contacts.ics", "contacts.svg", "links.json",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (
            ["--days", "0"],
            "a contact plan of 0 days; plans are made for more than 0 and up to 92 days."
            " Correct --days.",
        ),
        (
            ["--days", "1", "--without", "QUEQIAO-CONTS"],
            "the plan without the relay 'QUEQIAO-CONTS'; the relays in use then are QUEQIAO-CONST."
            " Did you mean 'QUEQIAO-CONST'?",
        ),
        (
            ["--from", "2020-01-01"],
            "nothing that stands on 2020-01-01 declares a link; a contact plan joins elements and"
            " missions by their `links:`. Declare `links:` with `via` and `rate`, or name a later"
            " day with --from.",
        ),
        (
            ["--scenario", "decade"],
            "there is no scenario 'decade'; International Lunar Research Station declares year,"
            " crew. Name one of them with --scenario.",
        ),
    ],
)
def test_command_refuses_what_cannot_be_planned(words: list[str], message: str) -> None:
    result = CliRunner().invoke(main, ["links", *words])
    assert result.exit_code == 2
    assert result.stderr.splitlines()[-1] == message


def test_days_beyond_the_ephemeris_are_refused(programme: Programme, sky: Sky) -> None:
    terminal = programme.elements[TERMINAL].model_copy(update={"life_s": None})
    ageless = programme.model_copy(update={"elements": programme.elements | {TERMINAL: terminal}})
    scenario = programme.scenarios["year"]
    span = links_span_s(scenario, start="2051-01-01", days=1.0)
    with pytest.raises(IlrsError) as caught:
        plan_links(ageless, scenario, span_s=span, sky=sky)
    assert str(caught.value) == (
        "no orientation MOON_ME_DE421 at 2051-01-01T00:00:00Z (1 of 1 epochs);"
        " moon_pa_de421_1900-2050.bpc covers 1899-12-31T23:59:18Z to 2050-12-31T23:58:51Z."
        " Shorten the span, or choose IAU_2015, which has no end."
    )


def test_a_programme_that_makes_no_data_or_has_no_antenna_says_so(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    scenario = programme.scenarios["year"]
    silent = programme.model_copy(
        update={
            "experiments": {},
            "elements": {
                k: e.model_copy(update={"modes": {}}) for k, e in programme.elements.items()
            },
        }
    )
    with pytest.raises(IlrsError) as caught:
        plan_links(silent, scenario, span_s=span_s, sky=sky)
    assert str(caught.value) == (
        "nothing that stands on 2036-01-01 makes data; elements make data in their `modes:`,"
        " experiments by `data:`, missions by `data:`. Declare what is made, or name a later day"
        " with --from."
    )
    deaf = programme.model_copy(
        update={
            "elements": {
                k: e.model_copy(update={"ground_antennas": ()})
                for k, e in programme.elements.items()
            }
        }
    )
    with pytest.raises(IlrsError) as caught:
        plan_links(deaf, scenario, span_s=span_s, sky=sky)
    assert str(caught.value) == (
        "no element on Earth declares an antenna; data go to the `ground_antennas:` of elements."
        " Declare one with its latitude and longitude, or lay the programme over one: --over"
        " reference."
    )


def test_an_orbiter_that_makes_data_sends_them_itself(programme: Programme, sky: Sky) -> None:
    orbiter = programme.missions["LUNA-26"]
    link = programme.missions[RELAY].links[0].model_copy(update={"rate_bps": 10e6})
    sending = {"data_bps": 1e5, "data_store_bit": 1e11, "links": (link,)}
    flying = programme.model_copy(
        update={"missions": programme.missions | {"LUNA-26": orbiter.model_copy(update=sending)}}
    )
    scenario = programme.scenarios["year"]
    span = links_span_s(scenario, start="2030-01-01", days=1.0)
    found = plan_links(flying, scenario, span_s=span, sky=sky)
    row = next(r for r in found.streams if r.stream.id == "LUNA-26")
    assert row.made_bit == pytest.approx(1e5 * DAY_S)
    # three of four lots are made before the day is over, and Earth is in view each orbit
    assert row.delivered_bit == pytest.approx(0.75 * row.made_bit, rel=1e-9)


def test_what_nobody_sends_is_dropped_with_the_reason(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    rover = programme.elements["PAK-ROVER"].model_copy(update={"interfaces": ()})
    mute = programme.model_copy(update={"elements": programme.elements | {"PAK-ROVER": rover}})
    short = span_s[0], span_s[0] + 0.5 * DAY_S
    found = plan_links(mute, mute.scenarios["year"], span_s=short, sky=sky)
    row = next(r for r in found.streams if r.stream.id == "PAK-ROVER")
    assert row.stream.sender == ""
    assert row.dropped_bit == row.made_bit > 0.0
    assert row.why == "PAK-ROVER has no link, and no data cable to an element that has one"


def test_unheld_relays_and_missing_stores_are_told(
    programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    bent = programme.missions[RELAY].model_copy(update={"data_store_bit": 0.0})
    piped = programme.model_copy(update={"missions": programme.missions | {RELAY: bent}})
    short = span_s[0], span_s[0] + 0.5 * DAY_S
    network = link_network(piped, piped.scenarios["year"], span_s=short, sky=sky)
    assert network.notes[-1] == (
        "QUEQIAO-CONST declares no store: it passes on at once what it receives."
    )
    assert replace(network, notes=()).relays == (RELAY,)
