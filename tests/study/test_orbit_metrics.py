"""Metrics of two missions together, each against a count made here."""

from dataclasses import replace

import numpy as np
import pytest

from ilrs.foundation.time import DAY_S
from ilrs.moon.horizon import horizon_at
from ilrs.orbits.relay import craft_view
from ilrs.programme.entities import Mission, Programme
from ilrs.sky.sky import Sky
from ilrs.study.coordination import mission_ways, sample_span_s, survey_answer
from ilrs.study.joint import joint_answer
from ilrs.study.metrics import Measurement, measure
from ilrs.study.run import Run
from ilrs.study.site_horizon import site_horizon
from tests.study.synthetic_run import synthetic_run

PAIR = ("LUNA-26", "CE-7")
OF = " ".join(PAIR)


@pytest.fixture(scope="module")
def span_s(programme: Programme) -> tuple[float, float]:
    return sample_span_s(programme, *PAIR, start=None, days=28.0)


@pytest.fixture(scope="module")
def run(programme: Programme) -> Run:
    made = synthetic_run(hours=24)
    provenance = replace(made.provenance, orientation="MOON_ME_DE421")
    return replace(made, programme=programme, provenance=provenance)


def with_missions(run: Run, **changes: Mission) -> Run:
    missions = run.programme.missions | changes
    return replace(run, programme=run.programme.model_copy(update={"missions": missions}))


# The judge: positions every 2 s over the four weeks; at the 26 m/s of that pass the nearest sample
# is no more than 5 mm farther.
def test_closest_pass_is_the_least_distance_of_every_other_second(
    run: Run, programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    missions = [programme.missions[key] for key in PAIR]
    one, other = mission_ways(programme, missions, span_s, sky=sky).values()
    least_m = np.inf
    for start_s in np.arange(span_s[0], span_s[1], DAY_S):
        t = np.arange(start_s, min(start_s + DAY_S, span_s[1]), 2.0)
        apart_m = np.linalg.norm(one.position_m(t) - other.position_m(t), axis=1)
        least_m = min(least_m, float(apart_m.min()))
    found = measure(run, "closest_pass_km", of=OF)
    assert found.value == pytest.approx(least_m / 1e3, abs=1e-4)


def test_passes_far_beyond_the_uncertainty_add_nothing(run: Run) -> None:
    found = measure(run, "collision_probability", of=OF)
    assert found.value == 0.0  # 70 km away, known to some kilometres
    assert found.why.endswith("passes below 100 km")


def test_without_uncertainty_the_chance_is_not_measured(run: Run) -> None:
    luna = run.programme.missions["LUNA-26"]
    assert luna.orbit is not None
    bare = luna.model_copy(update={"orbit": luna.orbit.model_copy(update={"uncertainty": None})})
    found = measure(with_missions(run, **{"LUNA-26": bare}), "collision_probability", of=OF)
    assert found == Measurement(None, "their orbits declare no uncertainty, or both no radius")


# The judge: elevation over the horizon file and 5 deg every 15 s; each of 700 edges is seen within
# half a step, and they fall on either side alike: four standard deviations of 15 / sqrt(12) s each.
def test_landed_sight_is_that_of_samples_over_the_horizon(
    run: Run, programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    way = mission_ways(programme, [programme.missions["LUNA-26"]], span_s, sky=sky)["LUNA-26"]
    site = programme.sites["CE7-NOMINAL"]
    profile, _ = site_horizon(programme, site, terrain=(), mast_heights_m=[2.0])
    t = np.arange(*span_s, 15.0)
    view = craft_view(
        way, tdb_s=t, orientation=sky.orientation, latitude_deg=profile.attrs["latitude_deg"],
        longitude_deg=profile.attrs["longitude_deg"],
        height_m=profile.attrs["ground_height_m"] + 2.0,
    )  # fmt: skip
    azimuth, elevation = view["azimuth_deg"].values, view["elevation_deg"].values
    seen = elevation > np.maximum(horizon_at(profile, azimuth, mast_height_m=2.0), 5.0)
    edges = int(np.abs(np.diff(seen.astype(int))).sum())
    found = measure(run, "landed_sight_h_d", of=OF)
    error_h = 4.0 * np.sqrt(edges) * 15.0 / np.sqrt(12.0) / 3600.0
    assert found.value is not None
    assert found.value * 28.0 == pytest.approx(seen.sum() * 15.0 / 3600.0, abs=error_h)


def test_relay_tests_are_the_contacts_of_ten_minutes(run: Run) -> None:
    sight = measure(run, "mutual_sight_h_d", of=OF)
    found = measure(run, "relay_test_contacts", of=OF)
    assert sight.value is not None and found.value is not None
    assert 0.0 < found.value * 600.0 <= sight.value * 28.0 * 3600.0
    assert found.why == "of 23 contacts, those of 10 min and more"


def test_a_survey_wanted_before_its_orbiter_works_is_not_begun(run: Run) -> None:
    found = measure(run, "survey_done_by_fraction", of="CE7-AREA")
    assert found.value == 0.0
    assert found.why.startswith("wanted by 2027; LUNA-26 works from 2028-01-01")


def test_a_survey_is_done_on_the_day_that_is_told(run: Run, programme: Programme, sky: Sky) -> None:
    found = measure(run, "survey_done_by_fraction", of="RIDGE-AREA")
    assert found == Measurement(1.0, "all of it on 2028-08-08, wanted by 2030")
    alone = programme.surveys["RIDGE-AREA"].model_copy(update={"together_with": None})
    luna = programme.missions["LUNA-26"]
    parts = []
    for days in (37.0, 38.0):  # to the beginning and the end of that day
        span_s = sample_span_s(programme, "LUNA-26", "LUNA-26", start="2028-07-02", days=days)
        ways = mission_ways(programme, [luna], span_s, sky=sky)
        answer = survey_answer(programme, alone, ways, span_s=span_s, sky=sky)
        assert answer is not None
        parts.append(answer.covered)
    assert parts[0] < 1.0
    assert parts[1] == 1.0


def test_landings_count_what_others_have_nearby(run: Run) -> None:
    assert measure(run, "landings_near_others", of="CE-7").value == 0.0
    ce8 = run.programme.missions["CE-7"].model_copy(
        update={"id": "GUEST", "owner": "PK", "status": "planned"}
    )
    found = measure(with_missions(run, GUEST=ce8), "landings_near_others", of="CE-7")
    assert found.value == 1.0
    assert found.why == "GUEST of PK"


def test_joint_pairs_are_those_of_the_coordination(
    run: Run, programme: Programme, sky: Sky, span_s: tuple[float, float]
) -> None:
    joint = programme.joint_observations["CE7-TOGETHER"]
    missions = [programme.missions[key] for key in PAIR]
    ways = mission_ways(programme, missions, span_s, sky=sky)
    answer = joint_answer(programme, joint, ways, span_s=span_s, sky=sky)
    assert answer is not None
    found = measure(run, "joint_observation_pairs", of="CE7-TOGETHER")
    assert found == Measurement(float(len(answer.pairs)), answer.text)
    assert measure(run, "joint_looks", of="RIDGE-AREA").value == 128.0  # as coordinate prints


@pytest.mark.parametrize(
    "name", ["mutual_sight_h_d", "relay_test_contacts", "closest_pass_km", "collision_probability"]
)
def test_a_mission_without_orbit_is_not_measured(run: Run, name: str) -> None:
    found = measure(run, name, of="LUNA-28 CE-7")
    assert found == Measurement(None, "LUNA-28: no orbit is declared")
