"""Whether declared links reach: budgets against the farthest distance, whole messages."""

from textwrap import dedent

import pytest

from ilrs.programme.load import load
from ilrs.study.link_reach import budget_of, farthest_m, reach_findings

TEXT = """\
    partner: {{kind: state, status: founder}}
    missions:
      RELAY:
        status: planned
        orbit: {{periapsis_altitude: 300 km, apoapsis_altitude: 8600 km, inclination: 54 deg}}
      LANDER:
        status: planned
        links:
          - via: {via}
            rate: {rate}
            frequency: 2.25 GHz
            eirp: 10 dBW
            g_t: {g_t} dB/K
            required_eb_n0: 4.5 dB
    """


@pytest.fixture
def made(tmp_path):
    def load_it(**figures):
        (tmp_path / "programme.yaml").write_text("name: Test\n", encoding="utf-8")
        path = tmp_path / "partners" / "CN" / "all.yaml"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(TEXT).format(**figures), encoding="utf-8")
        return load([tmp_path])

    return load_it


# Analytic: 10 - 15 + 228.599 - 20 log(4 pi d f / c) = 60 + 4.5 + 3 dB at 1 Mbit/s gives d = 677 km;
# the horizon's tangent to 10,337.4 km is 10,190 km long.
def test_a_rate_that_does_not_reach_its_relay_is_told(made):
    loaded = made(via="RELAY", rate="1 Mbit/s", g_t=-15)
    (finding,) = reach_findings(loaded)
    assert f"{finding.severity} {finding}" == (
        "warning partners/CN/all.yaml:9: missions.LANDER.links[0]: 1 Mbit/s hold up to 677 km, "
        "with 3 dB left; RELAY is up to 10,190 km away while it is in view. Lower the rate, or "
        "raise EIRP or G/T."
    )


def test_what_reaches_or_is_not_known_is_not_told(made):
    assert reach_findings(made(via="RELAY", rate="1 Mbit/s", g_t=15)) == []
    loaded = made(via="earth", rate="1 kbit/s", g_t=40)
    assert reach_findings(loaded) == []
    (link,) = loaded.programme.missions["LANDER"].links
    assert farthest_m(loaded.programme, link) == 406_700e3
    assert budget_of(link).required_eb_n0_db == 4.5
    assert budget_of(link.model_copy(update={"eirp_dbw": None})) is None


def test_links_of_the_reference_programme_reach():
    assert reach_findings(load(["reference"])) == []
