"""Files of orbits by their kind, and the commands over them."""

from pathlib import Path

import numpy as np
import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.foundation.errors import IlrsError
from ilrs.orbits.covariance import Covariances
from ilrs.orbits.files import altitude_range_m, file_kind, read_orbits
from ilrs.orbits.kepler import orbit_from_altitudes, state
from ilrs.orbits.oem_write import write_oem
from ilrs.orbits.opm import Opm, write_opm
from ilrs.orbits.trajectory import joined_trajectory
from tests.orbits.messages import T0, circular

LRO = "lro_nac_M103595705LE.bsp"


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with one file of each kind, which commands work in."""
    monkeypatch.chdir(tmp_path)
    parts = [circular(hours=1.0), circular(hours=1.0, start_s=T0 + 7200.0)]
    known = Covariances(tdb_s=np.array([T0 + 60.0]), matrices=np.eye(6)[None])
    write_oem("a.oem", joined_trajectory(parts, gaps=True), covariances={"A": known})
    write_oem("a.xml", circular())
    orbit = orbit_from_altitudes(
        periapsis_altitude_m=1e5, apoapsis_altitude_m=3e5, inclination_deg=90.0
    )
    position_m, velocity_m_s = state(orbit)
    write_opm(
        "a.opm",
        Opm(
            object_name="B", epoch_tdb_s=T0, position_m=position_m, velocity_m_s=velocity_m_s,
            mass_kg=900.0,
        ),
    )  # fmt: skip
    (tmp_path / "a.csv").write_text("t,x,y,z\n", encoding="utf-8")
    return tmp_path


def run(*words: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["orbit", *words])
    return result.exit_code, result.stdout, result.stderr


def rows(text: str) -> list[tuple[str, str]]:
    """The rows of a printed table, without its rules."""
    lines = [line for line in text.splitlines() if line.strip() and "─" not in line]
    return [tuple(part.strip() for part in line.strip().split("  ", 1)) for line in lines]


def test_kinds_are_told_by_how_a_file_begins(folder: Path, shared: Path) -> None:
    kinds = {name: file_kind(folder / name) for name in ("a.oem", "a.xml", "a.opm")}
    assert kinds == {"a.oem": "OEM", "a.xml": "OEM", "a.opm": "OPM"}
    assert file_kind(shared / "data" / "spice" / LRO) == "SPK"
    with pytest.raises(IlrsError) as caught:
        file_kind(folder / "a.csv")
    assert str(caught.value) == (
        f"{folder}/a.csv is no file of orbits; an OEM or OPM of CCSDS (KVN or XML) or an SPK "
        "kernel is read. Name another file, or have this one converted."
    )


@pytest.mark.usefixtures("folder")
def test_read_tells_what_an_oem_holds() -> None:
    code, shown, _ = run("read", "a.oem")
    assert code == 0
    assert rows(shown) == [
        ("A",), ("file", "OEM 2.0 of ILRS, 2030-02-07T20:52:10.815047"), ("object id", "UNKNOWN"),
        ("told from", "MOON"), ("frame", "ICRF"), ("time system", "UTC"),
        ("interpolation", "HERMITE 7"), ("states", "26"), ("covariances", "1"),
        ("from", "2030-02-07T20:52:11Z"), ("to", "2030-02-07T23:52:11Z"),
        ("gap", "2030-02-07T21:52:11Z to 2030-02-07T22:52:11Z"), ("lowest altitude", "162.6 km"),
        ("highest altitude", "162.6 km"),
    ]  # fmt: skip


@pytest.mark.usefixtures("folder")
def test_read_tells_what_an_opm_holds() -> None:
    code, shown, _ = run("read", "a.opm")
    assert code == 0
    assert rows(shown) == [
        ("B",), ("file", "OPM of ILRS, 2030-02-07T20:52:10.815047"), ("object id", "UNKNOWN"),
        ("frame", "ICRF"), ("epoch", "2030-02-07T20:52:11Z"), ("lowest altitude", "100.0 km"),
        ("highest altitude", "300.0 km"), ("period", "2.13 h"), ("mass", "900 kg"),
    ]  # fmt: skip


# SOURCES.md of the data: LRO at 149 to 171 km in the middle of its slices.
def test_read_tells_what_a_kernel_holds(shared: Path) -> None:
    code, shown, _ = run("read", str(shared / "data" / "spice" / LRO))
    assert code == 0
    told = dict(pair for pair in rows(shown) if len(pair) == 2)
    assert told["file"] == "SPK kernel"
    low_km, high_km = (float(told[f"{end} altitude"].split()[0]) for end in ("lowest", "highest"))
    assert 148.0 < low_km < high_km < 172.0


def test_convert_keeps_a_kernels_way(folder: Path, shared: Path) -> None:
    kernel = shared / "data" / "spice" / LRO
    code, shown, _ = run("convert", str(kernel), "lro.oem", "--as-frame", "MOON_ME")
    assert (code, shown) == (0, "written: lro.oem\n")
    (made,), (back,) = read_orbits(kernel), read_orbits(folder / "lro.oem")
    for span in back.known:
        at = np.linspace(*span, 50)
        np.testing.assert_allclose(back.position_m(at), made.position_m(at), atol=1e-3)
    assert run("convert", "a.xml", "b.oem", "--step-s", "60")[0] == 0
    assert "COMMENT from a.xml\n" in (folder / "b.oem").read_text(encoding="utf-8")


def test_altitudes_of_an_eccentric_orbit() -> None:
    way = circular(eccentricity=0.05, hours=10.0)
    low_m, high_m = altitude_range_m(way)
    assert low_m == pytest.approx(1.9e6 * 0.95 - 1_737_400.0, abs=30.0)
    assert high_m == pytest.approx(1.9e6 * 1.05 - 1_737_400.0, abs=30.0)


@pytest.mark.usefixtures("folder")
@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("read", "none.oem"),
         "none.oem cannot be read: No such file or directory; a file of orbits is an OEM, an OPM "
         "or an SPK kernel. Name such a file."),
        (("read", "a.oem", "--frame", "TEME"),
         "a.oem:11: states in the frame 'TEME'; the possible ones are ICRF, GCRF, EME2000, "
         "MOON_ME, MOON_PA, MOON_ME_DE421, MOON_PA_DE421, MOON_ME_DE440_ME421, MOON_PA_DE440, "
         "IAU_2015. Convert the states to one of these."),
        (("convert", "a.opm", "b.oem"),
         "the way of a craft from a.opm, an OPM; an OPM holds one state; ways are read from an OEM "
         "or an SPK kernel. Propagate its state with ilrs.orbits.propagation.propagate_state."),
        (("convert", "a.oem", "nowhere/b.oem"),
         "nowhere/b.oem could not be written: No such file or directory; a place is needed that is "
         "there and can be written. Make the folder, or name another place."),
    ],
)  # fmt: skip
def test_commands_refuse_with_exit_code_2(words: tuple[str, ...], message: str) -> None:
    code, shown, said = run(*words)
    assert (code, shown, said) == (2, "", message + "\n")
    assert not Path("b.oem").exists()
