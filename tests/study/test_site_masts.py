"""Masts against light: made-up skylines that sink, and the plot."""

from xml.etree import ElementTree

import numpy as np
import pytest

from ilrs.sky.kernels import SUN
from ilrs.study.site_chart import Panel, line_chart, ticks
from ilrs.study.site_limbs import view_windows
from ilrs.study.site_masts import mast_record, mast_study, mast_svg
from ilrs.study.site_place import span_tdb_s
from tests.study.site_places import place, sky

MASTS_M = (0.0, 10.0, 50.0)


@pytest.fixture(scope="module")
def study():
    here = place(0.5, masts_m=MASTS_M, drop_deg=0.4)
    return mast_study(here, span_s=span_tdb_s("2026-01-01", None), sky=sky())


def test_every_height_of_the_profile_is_studied_and_light_grows(study):
    assert study["mast_height_m"].values.tolist() == list(MASTS_M)
    assert (np.diff(study["illumination_fraction"]) > 0).all()
    assert (np.diff(study["longest_darkness_s"]) < 0).all()
    assert (np.diff(study["earth_in_view_fraction"]) > 0).all()
    assert (study["illumination_fraction"] <= study["lit_fraction"]).all()
    assert all(values.attrs["units"] for values in study.values())


def test_mean_of_the_disc_lies_between_its_limbs(study):
    # Over whole passages through a level skyline the disc's mean part is its centre's share.
    span = span_tdb_s("2026-01-01", None)
    here = place(0.5, masts_m=MASTS_M, drop_deg=0.4)
    half, whole = (
        view_windows(
            here, body=SUN, visible_part=part, mast_height_m=10.0, span_s=span, sky=sky()
        ).total_s
        / (span[1] - span[0])
        for part in ("half", "all")
    )
    row = study.sel(mast_height_m=10.0)
    assert whole < float(row["illumination_fraction"]) < float(row["lit_fraction"])
    assert float(row["illumination_fraction"]) == pytest.approx(half, abs=0.01)


def test_a_mast_without_darkness_has_no_date_for_it():
    here = place(-5.0, latitude_deg=-89.9, masts_m=(2.0,))
    found = mast_study(here, span_s=span_tdb_s("2026-01-01", "2026-03-01"), sky=sky())
    record = mast_record(found)["masts"][0]
    assert record["longest_darkness_s"] == 0.0
    assert record["longest_darkness_start_utc"] is None
    assert record["dark_spells"] == 0


def test_chosen_heights_between_those_of_the_profile_are_studied():
    here = place(0.5, masts_m=MASTS_M, drop_deg=0.4)
    found = mast_study(
        here, span_s=span_tdb_s("2026-05-01", "2026-06-01"), sky=sky(), mast_heights_m=(30.0, 5.0)
    )
    assert found["mast_height_m"].values.tolist() == [5.0, 30.0]


def test_record_names_the_span_and_each_height(study):
    record = mast_record(study)
    assert (record["site"], record["start_utc"], record["end_utc"]) == (
        "MADE-UP", "2026-01-01T00:00:00Z", "2027-01-01T00:00:00Z",
    )  # fmt: skip
    assert [row["mast_height_m"] for row in record["masts"]] == list(MASTS_M)


def test_plot_is_xml_with_a_point_for_each_height_and_panel(study):
    root = ElementTree.fromstring(mast_svg(study))
    drawn = [node for node in root.iter() if node.tag.endswith("circle")]
    assert len(drawn) == 2 * len(MASTS_M)
    assert "What a mast buys at MADE-UP" in [node.text for node in root.iter()]
    heights = [float(node.get("cy")) for node in drawn[: len(MASTS_M)]]
    assert heights == sorted(heights, reverse=True)  # light grows upwards


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [(0.0, 100.0, [0, 20, 40, 60, 80, 100]), (83.0, 91.0, [84, 86, 88, 90]), (2.0, 2.0, [2.0])],
)
def test_ticks_are_round(low, high, expected):
    assert ticks(low, high) == pytest.approx(expected)


def test_a_chart_of_one_height_is_drawn():
    panel = Panel(title="light", values=[90.0], colour="amber", top=100.0)
    text = line_chart([2.0], [panel], title="one", x_title="m", foot="")
    assert len([n for n in ElementTree.fromstring(text).iter() if n.tag.endswith("circle")]) == 1
