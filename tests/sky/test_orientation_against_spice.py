import numpy as np
import pytest
import spiceypy

from ilrs.sky.orientation import open_orientation
from tests.sky.kernel_writing import write_bpc

EPOCHS = np.random.default_rng(7).uniform(-3.1e9, 1.6e9, 300)

# CSPICE through spiceypy with NAIF's moon_pa_de421_1900-2050.bpc, moon_080317.tf (2008) and
# pck00011.tpc (2022). Same polynomials, same angles: the Moon has turned by up to 8,000 rad since
# J2000, known to 1e-12 rad as a double, which leaves 1e-10 deg; the bar is 1e-8 deg.
SAME_DEG = 1e-9
ARCSECOND = 1.0 / 3600.0


def turn_deg(ours, theirs):
    """Angle of the rotation between two stacks of matrices [deg]."""
    between = ours @ np.swapaxes(theirs, 1, 2)
    skew = between - np.swapaxes(between, 1, 2)
    axis = np.stack([skew[:, 2, 1], skew[:, 0, 2], skew[:, 1, 0]], axis=-1)
    return np.degrees(np.arcsin(0.5 * np.linalg.norm(axis, axis=-1)))


def spice_matrices(frame, epochs=EPOCHS):
    return np.array([spiceypy.pxform("J2000", frame, epoch) for epoch in epochs])


@pytest.mark.usefixtures("spice")
@pytest.mark.parametrize(
    ("name", "frame"),
    [
        ("MOON_ME_DE421", "MOON_ME_DE421"),
        ("MOON_PA_DE421", "MOON_PA_DE421"),
        ("IAU_2015", "IAU_MOON"),
    ],
)
def test_matrices_against_spice(name, frame):
    ours = open_orientation(name).matrices(EPOCHS)
    assert turn_deg(ours, spice_matrices(frame)).max() < SAME_DEG


def test_de440_frame_against_spice(shared, tmp_path):
    # NAIF's frames kernel moon_de440_220930.tf (2022) over a made-up binary PCK of that frame's
    # number: the real one is too large to lie beside the tests.
    path = write_bpc(tmp_path / "moon.bpc", frame=31008)
    epochs = np.linspace(0.0, 864e3, 50)
    for kernel in (path, shared / "data" / "spice" / "moon_de440_220930.tf"):
        spiceypy.furnsh(str(kernel))
    theirs = spice_matrices("MOON_ME_DE440_ME421", epochs)
    axes = spice_matrices("MOON_PA_DE440", epochs)
    spiceypy.kclear()
    ours = open_orientation("MOON_ME_DE440_ME421", path).matrices(epochs)
    assert turn_deg(ours, theirs).max() < SAME_DEG
    assert turn_deg(open_orientation("MOON_PA_DE440", path).matrices(epochs), axes).max() < SAME_DEG


def test_iau_series_against_the_integrated_orientation(orientation):
    # NAIF's moon_080317.tf (2008), "Comparison of DE-based and IAU/IAG report-based ME frames": in
    # about 2000 to 2020 they are 0.0051 deg apart at most and 0.00249 deg on average. Half of the
    # last digit for the largest; 2 % for the mean, since the span is only roughly given.
    epochs = np.linspace(0.0, 20 * 365.25 * 86400.0, 4000)
    apart = turn_deg(open_orientation("IAU_2015").matrices(epochs), orientation.matrices(epochs))
    assert apart.max() == pytest.approx(0.0051, abs=0.00005)
    assert apart.mean() == pytest.approx(0.00249, rel=0.02)
    assert apart.max() < 20 * ARCSECOND  # the bar of directions that use the series
