"""`ilrs plan` on the reference: what it may use, who gets what, its files, how it is stopped."""

import csv
import io
import json
import os
import signal
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import xarray as xr
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.calendar import zones_of
from ilrs.foundation.errors import IlrsError
from ilrs.operations.checker import violations
from ilrs.operations.planning import better_plan
from ilrs.operations.problem import Capacity, Store
from ilrs.operations.usage import plan_usage
from ilrs.orbits.relay import craft_view
from ilrs.programme.entities import Benefit, Entitlement, Programme, Sessions
from ilrs.sky.sky import Sky
from ilrs.study.craft_ways import craft_ways, scenario_span_s
from ilrs.study.planning_case import PlanCase, plan_case, plan_scenario, planned
from ilrs.study.planning_files import (
    open_mct_json,
    plan_csv,
    plan_ics,
    read_credits,
    write_plan,
)
from ilrs.study.planning_observations import observations_json
from ilrs.study.planning_record import plan_json, plan_record
from ilrs.study.planning_rows import partner_rows, request_rows, short_reason
from ilrs.study.planning_setting import Planned
from ilrs.study.progress import shown_search
from ilrs.study.standing import standing_relays

DAYS = 5.0
DARK = "2036-01-09"  # when the Sun sets on the ground at the reference site
ZONES = zones_of("UTC,Beijing")


@pytest.fixture(scope="module")
def case(programme: Programme, sky: Sky) -> PlanCase:
    return plan_case(programme, programme.scenarios["year"], start=DARK, days=DAYS, sky=sky)


@pytest.fixture(scope="module")
def plan(case: PlanCase) -> xr.Dataset:
    return better_plan(case.problem, rounds=500, seed=1)


@pytest.fixture(scope="module")
def made(case: PlanCase, plan: xr.Dataset) -> Planned:
    return planned(case, plan, command="ilrs plan")


def test_slots_begin_where_asked(programme: Programme) -> None:
    then = plan_scenario(programme.scenarios["year"], start="2036-01-09T06:00:00Z", days=1.0)
    assert (then.start, then.end, then.step_s) == (
        "2036-01-09T06:00:00Z", "2036-01-10T06:00:00Z", 900.0,
    )  # fmt: skip
    with pytest.raises(IlrsError) as caught:
        plan_scenario(programme.scenarios["year"], start=None, days=100.0)
    assert str(caught.value) == (
        "a plan of 100 days; plans are made for more than 0 and up to 92 days. Correct --days."
    )


def test_the_plan_keeps_to_all_rules(case: PlanCase, plan: xr.Dataset) -> None:
    assert violations(case.problem, plan) == []


def test_usage_is_within_what_there_is(case: PlanCase, plan: xr.Dataset) -> None:
    usage = plan_usage(case.problem, plan)
    for resource in case.problem.resources:
        if isinstance(resource, Capacity):
            used = usage["used"].sel(resource=resource.name).values
            assert (used <= resource.available + 1e-9).all(), resource.name
        else:
            level = usage["level_fraction"].sel(store=resource.name).values
            assert (level >= resource.least / resource.capacity - 1e-9).all(), resource.name


def test_energy_is_what_the_idle_station_leaves(case: PlanCase) -> None:
    store = next(r for r in case.problem.resources if r.name == "ENERGY")
    assert isinstance(store, Store)
    # A battery of 60 kWh and a fuel cell of 420 kWh; half is kept for what keeps alive.
    assert store.capacity == pytest.approx(480e3 * 3600.0)
    assert store.least == pytest.approx(0.5 * store.capacity)
    free_w = (case.idle["power_made_w"] - case.idle["power_used_w"]).sum("element").values
    np.testing.assert_allclose(store.inflow, free_w)


def test_what_is_asked_is_the_plans_part_of_what_is_wanted(
    case: PlanCase, programme: Programme
) -> None:
    wanted_s = programme.experiments["VOLATILES"].wanted_s
    assert case.asked_s["VOLATILES"] == pytest.approx(wanted_s * DAYS / 366.0)
    assert case.asked_s["CREW-MEDICINE"] == 0.0  # nobody is there


def test_partners_may_claim_by_landed_mass_or_what_is_declared(
    programme: Programme, sky: Sky
) -> None:
    def parts(changed: Programme, **options: Any) -> dict[str, float]:
        made = plan_case(changed, changed.scenarios["year"], days=0.25, sky=sky, **options)
        return dict(made.problem.entitlements)

    landed = parts(programme, entitled="landed")
    assert landed["CN"] > landed["RU"] > landed["TH"] > 0.0
    own = {
        "entitlements": {
            key: Entitlement(id=key, share=share) for key, share in (("CN", 3.0), ("RU", 1.0))
        }
    }
    declared = parts(programme.model_copy(update=own))
    assert (declared["CN"], declared["RU"], declared["TH"]) == (0.75, 0.25, 0.0)
    with pytest.raises(IlrsError) as caught:
        parts(programme.model_copy(update={"benefits": {}}), entitled="declared")
    assert str(caught.value) == (
        "a plan by declared entitlements; International Lunar Research Station declares none. Add"
        " `entitlements:`, or a benefit of observation_time, to programme.yaml, or take"
        " --entitlements landed or equal."
    )
    rule = {"id": "TIME", "gives": "observation_time", "by": "fixed",
            "shares": {"CN": "60 %", "RU": "20 %"}}  # fmt: skip
    ruled = parts(programme.model_copy(update={"benefits": {"TIME": Benefit.model_validate(rule)}}))
    assert (ruled["CN"], ruled["RU"], ruled["TH"]) == pytest.approx((0.75, 0.25, 0.0))


def test_conditions_of_ground_sun_and_overpass_cut_the_windows(
    case: PlanCase, programme: Programme, sky: Sky
) -> None:
    volatiles = programme.experiments["VOLATILES"]

    def windows(**sessions: Any) -> Any:
        changed = volatiles.model_copy(update={"sessions": Sessions.model_construct(**sessions)})
        others = programme.model_copy(update={"experiments": {"VOLATILES": changed}})
        made = plan_case(others, others.scenarios["year"], start=DARK, days=2.0, sky=sky)
        return made, made.problem.activities[0].windows

    half_k = float(case.environment["surface_temperature_k"][:192].median())
    made, cold = windows(surface_temperature_below_k=half_k)
    t_s, ground_k = made.environment["t_s"].values, made.environment["surface_temperature_k"].values
    np.testing.assert_array_equal(cold.mask(t_s + 450.0), ground_k < half_k)
    assert 0.0 < cold.total_s < 2 * 86400.0
    made, high = windows(sun_elevation_above_deg=0.2)
    np.testing.assert_array_equal(
        high.mask(t_s + 450.0), made.environment["sun_elevation_deg"].values > 0.2
    )
    _, over = windows(overpass_of="LUNA-26", overpass_mask_deg=20.0)
    # A low polar orbiter comes over a pole once each revolution of about two hours.
    assert 20 <= len(over) <= 26
    assert over.longest_s < 900.0


def test_relays_fly_as_in_the_scenarios_run(programme: Programme, sky: Sky) -> None:
    # Flown from October on, the same elements meet the Moon in days.
    year = programme.scenarios["year"]
    made = plan_case(programme, year, start="2036-10-04", days=1.0, sky=sky)
    there = made.environment.isel(time=0)
    relays = standing_relays(programme, year)
    ways = craft_ways(programme, relays, scenario_span_s(year), sky=sky)
    place = {key: float(there.attrs[key]) for key in ("latitude_deg", "longitude_deg", "height_m")}
    t_s = np.array([made.begin_tdb_s + 450.0])
    seen = craft_view(ways["QUEQIAO-CONST"], tdb_s=t_s, orientation=sky.orientation, **place)
    assert float(there["relay_range_m"].item()) == pytest.approx(
        float(seen["range_m"].item()), rel=1e-3
    )


def test_a_partner_of_whom_nothing_can_be_placed_is_told(programme: Programme, sky: Sky) -> None:
    # Earth is below the horizon on these days, and laser ranging wants it in view.
    made = plan_case(programme, programme.scenarios["year"], start="2036-01-05", days=4.0, sky=sky)
    found = better_plan(made.problem, rounds=0)
    told = planned(made, found.assign_attrs(seed=1), command="ilrs plan")
    row = next(row for row in partner_rows(told) if row.partner == "IT")
    assert (row.requests, row.placed, row.got_h, row.share) == (2, 0, 0.0, 0.0)
    why = {r.id: short_reason(r.blocked_by) for r in request_rows(told)}
    assert why["LASER-RANGING.01"] == "there is no window for it in the plan's span"


def test_rows_and_files_tell_the_same(case: PlanCase, made: Planned) -> None:
    rows, record = request_rows(made), plan_record(made)
    told = json.loads(plan_json(record))
    assert len(told["requests"]) == len(case.problem.activities)
    placed = [row for row in rows if row.start_s is not None]
    table = list(csv.DictReader(io.StringIO(plan_csv(made, zones=ZONES))))
    assert [line["request"] for line in table[: len(placed)]] == [
        row.id for row in sorted(placed, key=lambda row: row.start_s or 0.0)
    ]
    assert table[0]["start_utc"].endswith("Z")
    assert table[0]["start_beijing"].endswith("+08:00")
    groups = json.loads(open_mct_json(made))
    assert sum(map(len, groups.values())) == len(placed)
    one = groups["RU"][0]
    assert set(one) == {"name", "start", "end", "type", "color", "textColor"}
    row = next(row for row in placed if row.id == one["name"])
    epoch_ms = int(np.datetime64(case.problem.epoch_utc.removesuffix("Z"), "ms").astype(int))
    assert one["start"] == epoch_ms + 1000 * round(row.start_s or 0.0)
    assert one["end"] - one["start"] == 1000 * round(row.duration_s)
    features = json.loads(observations_json(record))["features"]
    assert len(features) == len(placed)
    assert len({feature["id"] for feature in features}) == len(features)
    assert features[0]["id"].startswith("urn:ilrs:jdc:international-lunar-research-station:")
    calendar = plan_ics(made, partner="RU", zones=ZONES)
    assert calendar.count("BEGIN:VEVENT") == len(groups["RU"])


def test_partners_rows_add_up(plan: xr.Dataset, made: Planned) -> None:
    rows = {row.partner: row for row in partner_rows(made)}
    assert "joint" not in rows
    assert sum(row.placed for row in rows.values()) == int(np.isfinite(plan["start_s"]).sum())
    own = plan["duration_s"].where(plan["of_partner"] == "RU", 0.0).sum()
    assert rows["RU"].got_h == pytest.approx(float(own) / 3600.0)


def test_credits_come_from_an_earlier_plan(made: Planned, tmp_path: Path) -> None:
    paths = write_plan(made, tmp_path / "plan", zones=ZONES)
    assert all(path.is_file() for path in paths)
    credits = read_credits(tmp_path / "plan" / "plan.json")
    assert credits == {row.partner: pytest.approx(row.credit) for row in partner_rows(made)}
    with pytest.raises(IlrsError) as caught:
        read_credits(tmp_path / "plan" / "plan.csv")
    assert str(caught.value) == (
        f"{tmp_path / 'plan' / 'plan.csv'} is no plan; `ilrs plan --output FOLDER` writes"
        " FOLDER/plan.json. Name that file with --credits."
    )


def test_a_reason_is_short() -> None:
    assert short_reason("no room") == "no room"
    refusal = "X.01 lasts 2 h at least; its longest window is 1 h. Shorten it."
    assert short_reason(refusal) == "its longest window is 1 h"


def test_ctrl_c_ends_the_search_and_keeps_the_best(case: PlanCase) -> None:
    with shown_search(io.StringIO(), seconds=60.0) as said:

        def stopped(rounds: int, gone_s: float, worth: float) -> bool:
            os.kill(os.getpid(), signal.SIGINT)
            return said(rounds, gone_s, worth)

        found = better_plan(case.problem, rounds=50_000, progress=stopped)
    assert found.attrs["rounds"] == 500
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler


def test_the_command_plans_and_says_who_got_what(tmp_path: Path) -> None:
    words = ["plan", "--days", "1", "--rounds", "500", "--output", str(tmp_path / "out")]
    first = CliRunner().invoke(main, words)
    assert first.exit_code == 0, first.output
    assert (
        "Plan of scenario year at CONNECTING-RIDGE, 2036-01-01 00:00 to 2036-01-02 00:00 UTC"
        in (first.stdout)
    )
    kept = (tmp_path / "out" / "plan.json").read_bytes()
    again = CliRunner().invoke(main, [*words[:-1], str(tmp_path / "again")])
    assert again.exit_code == 0
    assert (tmp_path / "again" / "plan.json").read_bytes() == kept
