"""Messages judged by the library `oem` (MIT), which reads ours and whose files we read."""

from pathlib import Path

import numpy as np
import pytest
from oem import OrbitEphemerisMessage

from ilrs.foundation.time import epoch_from_tdb
from ilrs.orbits.covariance import Covariances
from ilrs.orbits.oem import read_oem
from ilrs.orbits.oem_write import write_oem
from ilrs.orbits.trajectory import joined_trajectory
from tests.orbits.messages import T0, circular

# ERFA doubts UTC some years ahead of today, where leap seconds are not known.
pytestmark = pytest.mark.filterwarnings("ignore:.*dubious year")

FORMS = [("oem", "kvn"), ("xml", "xml")]


def judged(path: Path) -> tuple[np.ndarray, np.ndarray]:
    """Epochs as text, and states in km and km/s, as the library reads them."""
    states = [state for segment in OrbitEphemerisMessage.open(path) for state in segment.states]
    rows = [[*state.position, *state.velocity] for state in states]
    return np.array([state.epoch.isot for state in states]), np.array(rows)


@pytest.mark.parametrize(("suffix", "form"), FORMS)
def test_library_reads_what_we_write(tmp_path: Path, suffix: str, form: str) -> None:
    parts = [circular(hours=1.0), circular(hours=1.0, start_s=T0 + 7200.0)]
    path, covariance = tmp_path / f"a.{suffix}", np.diag([100.0] * 3 + [1e-4] * 3)
    known = Covariances(tdb_s=np.array([T0 + 60.0]), matrices=covariance[None])
    write_oem(path, joined_trajectory(parts, gaps=True), covariances={"A": known}, step_s=60.0)
    message = OrbitEphemerisMessage.open(path)
    assert message.header["ORIGINATOR"] == "ILRS"
    assert len(message.segments) == 2
    assert message.segments[0].metadata["INTERPOLATION_DEGREE"] == 7
    epochs, states = judged(path)
    ours = read_oem(path)
    at = np.concatenate([segment.state_tdb_s for segment in ours.segments])
    told = epoch_from_tdb(at, time_system="UTC").astype("datetime64[ms]")
    late = epochs.astype("datetime64[ms]") - told
    assert np.abs(late.astype(int)).max() <= 1  # the library shows milliseconds
    position, velocity = ours.trajectory().states(at)
    np.testing.assert_allclose(states[:, :3] * 1e3, position, atol=1e-5)
    np.testing.assert_allclose(states[:, 3:] * 1e3, velocity, atol=1e-8)
    (matrix,) = [c.matrix for c in message.segments[0].covariances]
    np.testing.assert_allclose(matrix * 1e6, covariance, atol=1e-12)


@pytest.mark.parametrize(("suffix", "form"), FORMS)
def test_we_read_what_the_library_writes(tmp_path: Path, suffix: str, form: str) -> None:
    write_oem(tmp_path / "ours.oem", circular(hours=1.0))
    path = tmp_path / f"theirs.{suffix}"
    OrbitEphemerisMessage.open(tmp_path / "ours.oem").save_as(path, file_format=form)
    back, made = read_oem(path).trajectory(), read_oem(tmp_path / "ours.oem").trajectory()
    some = np.linspace(*made.span_tdb_s, 50)[1:-1]
    # The library writes whole milliseconds: 0.5 ms at 1.6 km/s, and 5e-8 of km in its digits.
    np.testing.assert_allclose(back.position_m(some), made.position_m(some), atol=0.9)


# The library interpolates in its own way: Hermite of degree 7 between the same states. Far from
# the ends both take the same four, and agree within the 0.1 us of a double (0.2 mm).
def test_interpolation_against_the_library(tmp_path: Path) -> None:
    write_oem(tmp_path / "a.oem", circular(hours=1.0), step_s=120.0, tolerance_m=1e-3)
    (segment,) = OrbitEphemerisMessage.open(tmp_path / "a.oem").segments
    ours = read_oem(tmp_path / "a.oem").trajectory()
    for state in segment.steps(100.0):
        since = (state.epoch - segment.useable_start_time).to_value("s")
        at = ours.span_tdb_s[0] + since
        if 600.0 < since < 3000.0:
            np.testing.assert_allclose(
                ours.position_m(at), np.array(state.position) * 1e3, atol=5e-3
            )
