"""Weights, scales and limits: defaults, YAML over them, and what is refused."""

import numpy as np
import pytest

from ilrs.foundation.errors import IlrsError
from ilrs.study.site_criteria import DEFAULT_CRITERIA, Criterion, Landing, read_criteria

LAYERS = (
    "mean_light, longest_darkness, earth_in_view, longest_neither, slope, shadow_distance, "
    "landing_fit, coldest_temperature, mean_temperature, cold_trap_distance"
)


def written(tmp_path, text):
    path = tmp_path / "weights.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def test_a_file_is_laid_over_the_defaults_in_any_unit(tmp_path):
    found = read_criteria(
        written(
            tmp_path,
            "mean_light: {weight: 5, worst: 40 %, limit: 0.6}\n"
            "longest_darkness: {worst: 10 d, best: 1 d, limit: 200 h}\n"
            "slope: {limit: }\n"
            "landing: {length: 2 km, slope: 8 deg}\n",
        )
    )
    light, dark = found.layers["mean_light"], found.layers["longest_darkness"]
    assert (light.weight, light.worst, light.best, light.limit) == (5.0, 0.4, 0.9, 0.6)
    assert (dark.worst, dark.best, dark.limit) == (864_000.0, 86_400.0, 720_000.0)
    assert found.layers["slope"].limit is None
    assert found.layers["earth_in_view"] == DEFAULT_CRITERIA.layers["earth_in_view"]
    assert found.landing == Landing(length_m=2_000.0, slope_deg=8.0)
    assert found.source == "weights.yaml"
    assert found.total_weight == 5.0 + 3.0 + 1.0 + 1.0 + 1.0 + 1.0 + 1.0


def test_scores_run_from_worst_to_best_either_way():
    more = Criterion(title="", unit="1", weight=1.0, worst=0.5, best=0.9, limit=0.6)
    less = Criterion(title="", unit="m", weight=1.0, worst=100.0, best=0.0, limit=50.0)
    np.testing.assert_allclose(more.score([0.0, 0.5, 0.7, 0.9, 1.0]), [0, 0, 0.5, 1, 1])
    np.testing.assert_allclose(less.score([np.inf, 100.0, 25.0, 0.0]), [0, 0, 0.75, 1])
    assert more.holds([0.59, 0.6, np.nan]).tolist() == [False, True, False]
    assert less.holds([50.0, 50.1, np.inf]).tolist() == [True, False, False]


def test_without_a_limit_only_a_missing_value_is_out():
    free = Criterion(title="", unit="m", weight=1.0, worst=100.0, best=0.0)
    assert free.holds([1e9, np.inf, np.nan]).tolist() == [True, True, False]


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "ligth: {weight: 3}",
            f"weights.yaml weighs 'ligth', which is no layer; layers are {LAYERS}; `landing` "
            "describes the ellipse. Correct the name.",
        ),
        (
            "mean_light: 3",
            "weights.yaml is no table of layers; a layer is written as `mean_light: {weight: 3, "
            "worst: 50 %, best: 90 %, limit: 60 %}`. Write one line so for each layer that differs "
            "from the defaults.",
        ),
        (
            "mean_light: {weight: [}",
            "weights.yaml is no table of layers; a layer is written as `mean_light: {weight: 3, "
            "worst: 50 %, best: 90 %, limit: 60 %}`. Write one line so for each layer that differs "
            "from the defaults.",
        ),
        (
            "mean_light: {wieght: 3}",
            "weights.yaml: mean_light: 'wieght' is not known; known are weight, worst, best, "
            "limit. Correct it.",
        ),
        (
            "mean_light: {weight: -1}",
            "weights.yaml: mean_light: a weight of -1; a weight is a number from 0 on; 0 leaves "
            "the layer out of the score, not its limit. Write such a number.",
        ),
        (
            "slope: {limit: 10 m}",
            "weights.yaml: slope.limit: found '10 m', which is not an angle; an angle is written "
            "with deg, radian. Write for instance '10 deg'.",
        ),
        (
            "slope: {worst: 5 deg, best: 5 deg}",
            "weights.yaml: slope: worst and best are the same; a layer scores from 0 at its worst "
            "value to 1 at its best. Give two values; less is better where the worst is the "
            "larger.",
        ),
        (
            "\n".join(f"{name}: {{weight: 0}}" for name in LAYERS.split(", ")),
            "the weights of weights.yaml are all 0; a ranking needs at least one layer with a "
            "weight above 0. Give one a weight.",
        ),
        (
            "landing: {length: 0 m}",
            "weights.yaml: landing is 0 m long and 600 m wide; an ellipse is longer and wider than "
            "0 m. Give its whole length and width.",
        ),
        (
            "landing: {grid_azimuth: 361 deg}",
            "weights.yaml: landing.grid_azimuth is 361 deg; grid azimuths go from 0 to below 360 "
            "deg, clockwise from map up. Bring it onto the circle.",
        ),
        (
            "landing: {height: 5 m}",
            "weights.yaml: landing: 'height' is not known; known are length, width, grid_azimuth, "
            "slope. Correct it.",
        ),
    ],
)
def test_weights_that_mean_nothing_are_refused(tmp_path, text, message):
    with pytest.raises(IlrsError) as caught:
        read_criteria(written(tmp_path, text))
    assert str(caught.value) == message


def test_weights_that_are_not_there_are_refused(tmp_path):
    with pytest.raises(IlrsError) as caught:
        read_criteria(tmp_path / "none.yaml")
    assert str(caught.value) == (
        "the weights none.yaml are not there; weights are a YAML file with a line for each layer. "
        "Correct the path, or leave --weights out to rank by the defaults."
    )


def test_defaults_are_told_to_be_assumptions():
    assert DEFAULT_CRITERIA.source == "defaults, assumptions of this program"


def test_costly_layers_are_left_out_where_they_decide_nothing(tmp_path):
    heat, light = set(LAYERS.split(", ")[7:]), set(LAYERS.split(", ")[:7])
    assert set(DEFAULT_CRITERIA.asked().layers) == light - {"longest_neither"} | heat
    nothing = "coldest_temperature: {weight: 0}\n"
    assert set(read_criteria(written(tmp_path, nothing)).asked().layers) == light - {
        "longest_neither"
    }
    limits = "mean_temperature: {limit: 100 K}\nlongest_neither: {limit: 100 h}\n"
    assert set(read_criteria(written(tmp_path, nothing + limits)).asked().layers) == light | heat
    assert set(DEFAULT_CRITERIA.without_heat().layers) == light


def test_temperature_alone_cannot_be_left_out(tmp_path):
    alone = "\n".join(f"{name}: {{weight: 0}}" for name in LAYERS.split(", ")[:7])
    with pytest.raises(IlrsError) as caught:
        read_criteria(written(tmp_path, alone)).without_heat()
    assert str(caught.value) == (
        "the weights of weights.yaml are all 0 but for temperature, which is left out; a ranking "
        "needs at least one layer with a weight above 0. Give another layer a weight, or leave "
        "--no-temperature out."
    )
