import numpy as np
import pytest
import spiceypy

from ilrs.sky.kernels import open_ephemeris
from tests.sky.kernel_writing import write_spk

EPOCHS = np.random.default_rng(11).uniform(-1.5e9, 2.5e9, 200)

# CSPICE through spiceypy, DE440. Both evaluate the same polynomials: sums of a few vectors of up to
# 5e9 km known to 1e-6 km each; velocities follow with 1e-6 km over half a record (1.7e5 s).
POSITION_KM, VELOCITY_KM_S = 5e-6, 1e-10


@pytest.mark.usefixtures("spice")
@pytest.mark.parametrize(
    ("target", "centre"), [(10, 301), (399, 301), (301, 0), (399, 10), (5, 301)]
)
def test_state_against_spice(ephemeris, target, centre):
    states = np.array([spiceypy.spkgeo(target, epoch, "J2000", centre)[0] for epoch in EPOCHS])
    np.testing.assert_allclose(
        ephemeris.position_km(target, centre, EPOCHS), states[:, :3], rtol=0, atol=POSITION_KM
    )
    np.testing.assert_allclose(
        ephemeris.velocity_km_s(target, centre, EPOCHS), states[:, 3:], rtol=0, atol=VELOCITY_KM_S
    )


@pytest.mark.parametrize("data_type", [2, 3])
def test_written_segments_against_spice(tmp_path, data_type):
    path = write_spk(tmp_path / "moon.bsp", data_type=data_type, spans=((0.0, 10), (6.0, 8)))
    epochs = np.linspace(0.0, 14 * 86400.0, 500)
    spiceypy.furnsh(str(path))
    states = np.array([spiceypy.spkgeo(301, epoch, "J2000", 3)[0] for epoch in epochs])
    spiceypy.kclear()
    ours = open_ephemeris(path)
    # Vectors of 1e5 km, so 1e-10 km from rounding; a type 3 segment carries its rates, of 1e5 km/s
    # in this made-up file, by polynomials of their own.
    np.testing.assert_allclose(ours.position_km(301, 3, epochs), states[:, :3], rtol=0, atol=1e-9)
    np.testing.assert_allclose(ours.velocity_km_s(301, 3, epochs), states[:, 3:], rtol=0, atol=1e-9)
