"""Cargo of each mission against its capacity."""

from collections.abc import Callable

from ilrs.cooperation.manifest import ManifestRow, elements_without_ride, manifest
from ilrs.programme.entities import Programme


def rows_of(programme: Programme) -> dict[str, ManifestRow]:
    return {row.mission: row for row in manifest(programme)}


def test_cargo_is_weighed_against_the_landed_payload(programme: Programme) -> None:
    row = rows_of(programme)["CE-7"]
    assert row == ManifestRow(
        mission="CE-7", owner="CN", status="slipped", launcher=None, elements=("ROVER",),
        mass_kg=200.0, mass_unknown=(), landed_payload_kg=250.0, launch_mass_kg=None,
        launcher_kg=None,
    )  # fmt: skip
    assert (row.margin_kg, row.launch_margin_kg) == (50.0, None)


def landing(declare: Callable[..., Programme], payload: str) -> ManifestRow:
    """LES-3 with a reactor of 5 t and a cable of unknown mass."""
    mission = {"status": "planned", "landed_payload": payload}
    return rows_of(declare(missions={"LES-3": mission}))["LES-3"]


def test_margin_stands_when_known_masses_alone_are_too_much(
    declare: Callable[..., Programme],
) -> None:
    row = landing(declare, "4 t")
    assert (row.mass_kg, row.mass_unknown) == (5000.0, ("CABLE",))
    assert row.margin_kg == -1000.0


def test_margin_is_not_known_when_a_mass_is_not(declare: Callable[..., Programme]) -> None:
    assert landing(declare, "6 t").margin_kg is None


def test_launch_mass_is_weighed_against_the_launcher(declare: Callable[..., Programme]) -> None:
    mission = {"status": "planned", "launcher": "SOYUZ-2.1B", "launch_mass": "2000 kg"}
    row = rows_of(declare(missions={"ORBITER": mission}))["ORBITER"]
    assert (row.launcher_kg, row.launch_margin_kg, row.margin_kg) == (2100.0, 100.0, None)


def test_launch_margin_is_only_known_to_be_short_when_no_launch_mass_is(
    programme: Programme,
) -> None:
    # Angara lifts 4.9 t; the reactor alone is 5 t, before the craft that lands it
    assert rows_of(programme)["LES-3"].launch_margin_kg == -100.0
    assert rows_of(programme)["LUNA-26"].launch_margin_kg is None


def test_figure_into_lunar_orbit_serves_when_there_is_no_other(
    declare: Callable[..., Programme],
) -> None:
    programme = declare(
        launchers={"SHLV": {"status": "plan", "llo": "20 t"}},
        missions={"CARGO": {"status": "proposed", "launcher": "SHLV"}},
    )
    assert rows_of(programme)["CARGO"].launcher_kg == 20000.0


def test_element_has_no_ride_when_nobody_carries_it_or_the_flight_failed(
    programme: Programme,
) -> None:
    assert elements_without_ride(programme) == ("HUB", "PROBE")


def test_element_needs_no_ride_when_it_stays_on_earth(declare: Callable[..., Programme]) -> None:
    dish = {"facility": "F5", "owner": "CN"}
    assert elements_without_ride(declare(elements={"DISH": dish})) == ()
