"""Close passes of declared craft: how probable a collision is, and the messages that say so."""

import io
from pathlib import Path

import numpy as np
import pytest

from ilrs.cli_programme import load_and_check
from ilrs.foundation.errors import ProgrammeError
from ilrs.foundation.time import DAY_S, parse_utc, tdb_from_utc
from ilrs.orbits.covariance import Covariances
from ilrs.orbits.oem_write import write_oem
from ilrs.programme.entities import Mission, Programme
from ilrs.programme.load import load
from ilrs.sky.sky import open_sky
from ilrs.study.coordination import close_passes, coordinate, mission_ways
from ilrs.study.coordination_files import print_coordination, write_coordination
from ilrs.study.craft_spreads import craft_spreads

BEGIN_S = float(tdb_from_utc(parse_utc("2030-03-01")))
SPAN_S = BEGIN_S, BEGIN_S + 0.3 * DAY_S
TWO = """
missions:
  POLE:
    status: operating
    launches: [{date: 2029-01-01}]
    arrival: 2029-01-10
    life: 5 y
    radius: 400 m
    orbit:
      {periapsis_altitude: 100 km, apoapsis_altitude: 100 km, inclination: 90 deg,
       frame: MOON_EQUATOR, is_held: true, argument_of_periapsis: 0 deg,
       uncertainty: {radial: 300 m, along: 500 m, cross: 200 m, along_growth: 2 km/d}}
  SLANT:
    status: operating
    launches: [{date: 2029-01-01}]
    arrival: 2029-01-10
    life: 5 y
    radius: 300 m
    orbit:
      {periapsis_altitude: 100.05 km, apoapsis_altitude: 100.05 km, inclination: 60 deg,
       frame: MOON_EQUATOR, is_held: true, argument_of_periapsis: 0 deg, mean_anomaly: 0.01 deg,
       uncertainty: {radial: 100 m, along: 400 m, cross: 300 m, along_growth: 1 km/d}}
"""


def written(folder: Path, text: str) -> Programme:
    owned = folder / "two" / "partners" / "AA"
    owned.mkdir(parents=True)
    (folder / "two" / "programme.yaml").write_text("name: Two craft\n", encoding="utf-8")
    (owned / "a.yaml").write_text(
        "partner: {kind: state, status: founder}\n" + text, encoding="utf-8"
    )
    return load([folder / "two"]).programme


def missions_of(programme: Programme) -> list[Mission]:
    return list(programme.missions.values())


# The judge: a million draws of both places on axes made here of each craft's state, shifted along
# the straight relative way to where they are nearest; four standard errors of the share are
# allowed, and 1 % for ways that are not quite straight over half a kilometre.
def test_probability_of_declared_uncertainty_is_that_of_drawn_places(tmp_path: Path) -> None:
    programme = written(tmp_path, TWO)
    ways = mission_ways(programme, missions_of(programme), SPAN_S, sky=open_sky())
    found = close_passes(programme, missions_of(programme), ways, span_s=SPAN_S)
    assert len(found) >= 4
    draws = np.random.default_rng(11)
    for near in (found[0], found[-1]):
        days = (near.tca_tdb_s - BEGIN_S) / DAY_S
        apart = near.second.position_m - near.first.position_m
        for one, sign, (radial, along, cross, growth) in (
            (near.first, -1.0, (300.0, 500.0, 200.0, 2000.0)),
            (near.second, 1.0, (100.0, 400.0, 300.0, 1000.0)),
        ):
            up = one.position_m / np.linalg.norm(one.position_m)
            normal = np.cross(one.position_m, one.velocity_m_s)
            normal = normal / np.linalg.norm(normal)
            axes = np.stack([up, np.cross(normal, up), normal])
            size = [radial, np.hypot(along, growth * days), cross]
            apart = apart + sign * (draws.standard_normal((1_000_000, 3)) * size) @ axes
        passing = near.second.velocity_m_s - near.first.velocity_m_s
        passing = passing / np.linalg.norm(passing)
        miss_m = np.linalg.norm(apart - (apart @ passing)[:, None] * passing, axis=1)
        share = float(np.mean(miss_m < 700.0))
        assert share > 0.01
        error = 4.0 * np.sqrt(share * (1.0 - share) / 1e6)
        assert near.probability == pytest.approx(share, abs=error + 0.01 * share)


def test_a_later_pass_of_a_growing_uncertainty_is_less_certain(tmp_path: Path) -> None:
    programme = written(tmp_path, TWO)
    missions = missions_of(programme)
    ways = mission_ways(programme, missions, SPAN_S, sky=open_sky())
    spread, way = craft_spreads(programme, missions, SPAN_S)["POLE"], ways["POLE"]
    sizes = [np.sqrt(np.trace(spread.at(t, way)[:3, :3])) for t in SPAN_S]
    assert sizes[0] == pytest.approx(np.sqrt(300**2 + 500**2 + 200**2))
    assert sizes[1] == pytest.approx(np.sqrt(300**2 + 500**2 + (0.3 * 2000) ** 2 + 200**2))


def told(programme: Programme, folder: Path | None = None) -> str:
    found = coordinate(programme, "POLE", "SLANT", span_s=SPAN_S, sky=open_sky())
    if folder is not None:
        write_coordination(found, folder, zones=(), provenance={})
    out = io.StringIO()
    print_coordination(found, out)
    return out.getvalue()


def test_coordination_prints_the_probability_and_writes_messages(tmp_path: Path) -> None:
    text = told(written(tmp_path, TWO), tmp_path / "out")
    lines = [line for line in text.splitlines() if "POLE and SLANT pass at" in line]
    assert lines and all("they collide with a probability of " in line for line in lines)
    messages = sorted(path.name for path in (tmp_path / "out").glob("*.cdm"))
    assert messages == [f"close-pass-{k:02d}.cdm" for k in range(1, len(lines) + 1)]
    first = (tmp_path / "out" / messages[0]).read_text(encoding="utf-8")
    assert "COLLISION_PROBABILITY = " in first
    assert "CR_R = 9.0" in first  # 300 m squared: the first pass is at the epoch


@pytest.mark.parametrize(
    ("gone", "why"),
    [
        (["uncertainty: {radial: 100 m, along: 400 m, cross: 300 m, along_growth: 1 km/d}"],
         "SLANT declares no uncertainty"),
        (["    radius: 300 m\n", "    radius: 400 m\n"], "POLE and SLANT declare no radius"),
    ],
)  # fmt: skip
def test_without_uncertainty_or_radius_it_says_whose_is_missing(
    tmp_path: Path, gone: list[str], why: str
) -> None:
    left = TWO
    for old in gone:
        left = left.replace(old, "")
    text = told(written(tmp_path, left))
    assert f"; no probability of a collision: {why}." in text


def test_covariances_of_an_ephemeris_file_are_taken(tmp_path: Path) -> None:
    figures = "uncertainty: {radial: 300 m, along: 500 m, cross: 200 m, along_growth: 2 km/d}"
    programme = written(tmp_path, TWO.replace(figures, "uncertainty: {oem: pole.oem}"))
    missions = missions_of(programme)
    way = mission_ways(programme, missions, SPAN_S, sky=open_sky())["POLE"]
    matrix = np.diag([1e4, 4e4, 9e4, 1.0, 2.0, 3.0])
    known = Covariances(tdb_s=np.array([BEGIN_S]), matrices=matrix[None])
    write_oem(tmp_path / "two" / "pole.oem", way, originator="AA", covariances={"POLE": known})
    spread = craft_spreads(programme, missions, SPAN_S)["POLE"]
    np.testing.assert_allclose(spread.at(BEGIN_S, way), matrix, rtol=1e-6, atol=1e-6)


def test_a_file_without_covariances_is_an_error_at_its_line(tmp_path: Path) -> None:
    figures = "uncertainty: {radial: 300 m, along: 500 m, cross: 200 m, along_growth: 2 km/d}"
    programme = written(tmp_path, TWO.replace(figures, "uncertainty: {oem: pole.oem}"))
    way = mission_ways(programme, missions_of(programme), SPAN_S, sky=open_sky())["POLE"]
    write_oem(tmp_path / "two" / "pole.oem", way, originator="AA")
    with pytest.raises(ProgrammeError) as caught:
        load_and_check((tmp_path / "two",), None)
    assert [str(one) for one in caught.value.findings if one.severity == "error"] == [
        "partners/AA/a.yaml:13: missions.POLE.orbit.uncertainty.oem: no covariance of POLE in"
        " pole.oem; it tells of POLE; covariances stand behind the states. Take a file with"
        " covariances, or declare radial, along and cross."
    ]
