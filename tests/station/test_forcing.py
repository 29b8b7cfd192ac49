import numpy as np
import pytest
import xarray as xr

from ilrs.foundation.errors import IlrsError
from ilrs.station.forcing import station_forcing

ARRAY = {"area": "10 m2", "efficiency": 0.3, "mast_height": "10 m"}


def test_array_and_generator_add_up_and_age(environment, element, plan) -> None:
    env = environment(8767, sun_visible_fraction=1.0, sun_elevation_deg=0.0)
    station = element(
        array=ARRAY | {"degradation": "2 %/y"},
        generator={"kind": "radioisotope", "power": "100 W", "heat": "2 kW", "decay": "1 %/y"},
    )
    forcing = station_forcing([station], [], environment=env, plan=plan(env))
    # 10 m2 x 0.3 x 1361 W/m2 = 4083 W; a Julian year of 8766 h later 4001.34 W and 99 W
    np.testing.assert_allclose(forcing.made_w[0, [0, 8766]], [4183.0, 4001.34 + 99.0])
    np.testing.assert_allclose(forcing.generator_heat_w[0, [0, 8766]], [2000.0, 1980.0])


def test_dust_radiation_and_warmth_each_take_their_part(environment, element, plan) -> None:
    env = environment(8767, sun_visible_fraction=1.0, sun_elevation_deg=0.0,
                      surface_temperature_k=200.0)  # fmt: skip
    losses = {"dust_loss": "1 %/y", "radiation_loss": "2 %/y"}
    cells = {"temperature_coefficient": "-0.23 %/K", "absorptance": 0.9}
    elements = [element("AGED", array=ARRAY | losses), element("WARM", array=ARRAY | cells)]
    made = station_forcing(elements, [], environment=env, plan=plan(env)).made_w
    np.testing.assert_allclose(made[0, [0, 8766]], [4083.0, 4083.0 * 0.99 * 0.98])
    # At 311.111 K, 9.961 K above 28 degC, the efficiency is 0.3 x (1 - 0.0229104) = 0.293127, and
    # what comes, 1361 x (0.9 - 0.293127) = 825.954 W/m2, leaves both sides: 1.7 x 5.670374e-8 x
    # (311.111^4 - 200^4 / 2) = 825.955. So 10 m2 make 1361 x 10 x 0.293127 = 3989.46 W, ever.
    np.testing.assert_allclose(made[1, [0, 8766]], 3989.46, atol=0.01)


def test_heater_units_decay_by_themselves(environment, element, plan) -> None:
    env = environment(8767)
    box = NODE | {"radioisotope_heat": "100 W", "radioisotope_decay": "0.79 %/y"}
    source = {"kind": "radioisotope", "power": "100 W", "heat": "2 kW", "decay": "4 %/y",
              "heat_decay": "0.79 %/y"}  # fmt: skip
    forcing = station_forcing(
        [element(thermal=box, generator=source)], [], environment=env, plan=plan(env)
    )
    np.testing.assert_allclose(forcing.radioisotope_w[0, [0, 8766]], [100.0, 99.21])
    np.testing.assert_allclose(forcing.generator_heat_w[0, [0, 8766]], [2000.0, 1984.2])
    np.testing.assert_allclose(forcing.made_w[0, [0, 8766]], [100.0, 96.0])


def test_a_fixed_array_faces_one_way(environment, element, plan) -> None:
    env = environment(3, sun_visible_fraction=1.0, sun_elevation_deg=0.0, sun_azimuth_deg=150.0)
    fixed = element(array=ARRAY | {"tracking": "fixed", "azimuth": "90 deg"})
    forcing = station_forcing([fixed], [], environment=env, plan=plan(env))
    np.testing.assert_allclose(forcing.made_w, 4083.0 / 2)


def test_a_link_to_earth_is_seen_from_the_mast(environment, element, plan) -> None:
    env = environment(2, earth_elevation_deg=5.0)
    env["earth_visible_fraction"][:] = [[0.2, 0.2], [0.9, 0.9]]
    link = {"via": "earth", "rate": "1 kbit/s"}
    elements = [element("LOW", links=[link]), element("HIGH", links=[link], array=ARRAY)]
    forcing = station_forcing(elements, [], environment=env, plan=plan(env))
    np.testing.assert_array_equal(forcing.link_open, [[0.0, 0.0], [1.0, 1.0]])


def test_a_link_through_a_relay_is_open_for_the_part_above_its_mask(
    environment, element, plan
) -> None:
    env = environment(3, relay_open_fraction=[[[0.0, 0.4, 1.0], [0.0, 0.1, 0.9]]])
    links = [{"via": "RELAY-1", "rate": "1 kbit/s", "mask": mask} for mask in ("0 deg", "5 deg")]
    forcing = station_forcing([element(links=links)], [], environment=env, plan=plan(env))
    np.testing.assert_array_equal(forcing.link_open, [[0.0, 0.4, 1.0], [0.0, 0.1, 0.9]])


NODE = {
    "heat_capacity": "10 kJ/K", "heat_loss": "1 W/K", "survival_minimum": "230 K",
    "operating_minimum": "250 K", "operating_maximum": "320 K", "survival_maximum": "330 K",
}  # fmt: skip


def test_each_element_has_its_own_surroundings(environment, element, plan) -> None:
    env = environment(2, sun_elevation_deg=0.0, surface_temperature_k=[220.0, 100.0])
    env["sun_visible_fraction"][:] = [[0.5, 0.0], [1.0, 1.0]]  # at 2 m, where bodies stand; at 10 m
    box = NODE | {"sky_view": 0.5, "sunlit_area": "2 m2", "absorptance": 0.25}
    elements = [element("BARE"), element("NODE", thermal=NODE), element("BOX", thermal=box)]
    forcing = station_forcing(elements, [], environment=env, plan=plan(env))
    cooler = 0.5**0.25
    np.testing.assert_allclose(
        forcing.sink_k, [[220.0, 100.0], [220.0, 100.0], [220.0 * cooler, 100.0 * cooler]],
        rtol=1e-6,
    )  # fmt: skip
    np.testing.assert_allclose(forcing.absorbed_w, [[0.0, 0.0], [0.0, 0.0], [340.25, 0.0]])


def test_a_plan_is_read_by_name_in_any_order(environment, element, experiment, plan) -> None:
    env = environment(2)
    experiments = [experiment("X"), experiment("Y")]
    forcing = station_forcing(
        [element()], experiments, environment=env, plan=plan(env, Y=0.25, Z=0.5, X=1.0)
    )
    np.testing.assert_array_equal(forcing.planned_fraction, [[1.0, 1.0], [0.25, 0.25]])


def refused(elements, experiments=(), *, environment, plan) -> str:
    with pytest.raises(IlrsError) as caught:
        station_forcing(elements, experiments, environment=environment, plan=plan)
    return str(caught.value)


def test_a_mast_is_refused_when_outside_the_environment(environment, element, plan) -> None:
    env = environment(2)
    tall = element(array=ARRAY | {"mast_height": "30 m"})
    assert refused([tall], environment=env, plan=plan(env)) == (
        "a mast of 30 m; the environment holds the light from 2 m to 10 m."
        " Choose a height between them, or add that height to the site's horizon profile."
    )


def test_a_link_is_refused_when_its_relay_is_unknown(environment, element, plan) -> None:
    env = environment(2)
    lost = element(links=[{"via": "NOWHERE", "rate": "1 kbit/s"}])
    assert refused([lost], environment=env, plan=plan(env)) == (
        "A has a link via NOWHERE; the environment knows earth, RELAY-1."
        " Give that relay an orbit, or correct the link."
    )


def test_a_link_is_refused_when_its_mask_is_unknown(environment, element, plan) -> None:
    env = environment(2)
    low = element(links=[{"via": "RELAY-1", "rate": "1 kbit/s", "mask": "7.5 deg"}])
    assert refused([low], environment=env, plan=plan(env)) == (
        "A has a link via RELAY-1 above a mask of 7.5 deg; the environment knows masks of 0, 5 deg."
        " Make it with that mask among `masks_deg`, or correct the link."
    )


def test_a_plan_is_refused_when_on_another_time_axis(environment, element, plan) -> None:
    env = environment(4)
    assert refused([element()], environment=env, plan=plan(environment(3))) == (
        "the plan has 3 steps from 2035-01-01T00:00:00Z to 2035-01-01T02:00:00Z;"
        " the environment has 4 steps from 2035-01-01T00:00:00Z to 2035-01-01T03:00:00Z."
        " Schedule on the environment that the station is run in."
    )


def test_a_plan_is_refused_when_an_experiment_is_missing(
    environment, element, experiment, plan
) -> None:
    env = environment(2)
    message = refused([element()], [experiment("X")], environment=env, plan=plan(env, Y=1.0))
    assert message == (
        "the plan does not hold X; it holds Y. Schedule the same experiments that are run."
    )


def test_a_plan_is_refused_when_it_fills_a_step_twice(
    environment, element, experiment, plan
) -> None:
    env = environment(2)
    message = refused([element()], [experiment("X")], environment=env, plan=plan(env, X=2.0))
    assert message == (
        "the plan's planned_fraction leaves the range from 0 to 1; it is the part of a step in"
        " which an experiment runs. Make the plan with operations.schedule."
    )


def test_an_environment_is_refused_when_a_variable_is_missing(environment, element, plan) -> None:
    env = environment(2)
    message = refused(
        [element()], environment=env.drop_vars("surface_temperature_k"), plan=plan(env)
    )
    assert message == (
        "the environment lacks surface_temperature_k; docs/rooms.md lists what it holds."
        " Make it with study.environment.site_environment."
    )


def test_an_environment_is_refused_when_it_has_gaps(environment, element, plan) -> None:
    env = environment(3, surface_temperature_k=[100.0, np.nan, 100.0])
    assert refused([element()], environment=env, plan=plan(env)) == (
        "the environment's surface_temperature_k has 1 value missing; every value is a finite"
        " number. Mend the terrain or the span it was made from."
    )


def with_earth_antennas(env: xr.Dataset, parts: list[float]) -> xr.Dataset:
    """The environment with antennas on Earth, seen for a part of each step; half over 5 deg."""
    rows = np.array([parts, [0.5 * part for part in parts]])
    opened = np.broadcast_to(rows, (env.sizes["mast_height_m"], *rows.shape)).copy()
    opened[0] = 0.0  # the lowest mast sees none
    return env.assign(earth_open_fraction=(("mast_height_m", "mask_deg", "time"), opened))


def test_a_link_to_earth_is_open_while_an_antenna_there_is_in_view(
    environment, element, plan
) -> None:
    env = with_earth_antennas(environment(2), [1.0, 0.25])
    link = {"via": "earth", "rate": "1 kbit/s"}
    tall = element(array=ARRAY | {"mast_height": "10 m"}, links=[link, link | {"mask": "5 deg"}])
    opened = station_forcing([tall], (), environment=env, plan=plan(env)).link_open
    np.testing.assert_allclose(opened, [[1.0, 0.25], [0.5, 0.125]])
    low = station_forcing([element(links=[link])], (), environment=env, plan=plan(env)).link_open
    np.testing.assert_array_equal(low, [[0.0, 0.0]])


def test_a_link_to_earth_is_refused_when_its_mask_is_unknown(environment, element, plan) -> None:
    env = with_earth_antennas(environment(2), [1.0, 1.0])
    odd = element(links=[{"via": "earth", "rate": "1 kbit/s", "mask": "7.5 deg"}])
    assert refused([odd], environment=env, plan=plan(env)) == (
        "A has a link via earth above a mask of 7.5 deg; the environment knows masks of 0, 5 deg."
        " Make it with that mask among `masks_deg`, or correct the link."
    )
