"""The pull of a field: the gradient of its potential, at the poles as elsewhere."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ilrs.orbits.gravity import GravityField, default_gravity_field, read_gravity_field
from ilrs.orbits.harmonics import field_acceleration_m_s2
from tests.orbits.potential import potential_m2_s2

# Step of the differences. Their error is (50 h / R)^6 or 4e-14 of 1e-3 m/s2; rounding makes 1e-13
# of the potential without its central part, 2e3 m2/s2, over h: 1e-12 m/s2.
H_M = 200.0


def without_centre(field: GravityField) -> GravityField:
    """The same without its central pull, which would drown the rest in its rounding."""
    cosine = field.cosine.copy()
    cosine[0, 0] = 0.0
    return replace(field, cosine=cosine)


def gradient(field: GravityField, points: np.ndarray) -> np.ndarray:
    """Central differences of the sixth order, by components."""
    found = np.zeros(points.shape)
    for axis in np.eye(3):
        for k, weight in ((1, 45.0), (2, -9.0), (3, 1.0)):
            up, down = (potential_m2_s2(field, points + s * k * H_M * axis) for s in (1, -1))
            found += weight * (up - down)[:, None] / (60.0 * H_M) * axis
    return found


def places(radius_m: float) -> np.ndarray:
    """Points all over a sphere, both poles and the equator among them."""
    some = np.random.default_rng(11).normal(size=(20, 3))
    some = np.concatenate([some, [[0, 0, 1], [0, 0, -1], [1e-9, 0, 1], [1, 0, 0], [0, -1, 0]]])
    return radius_m * some / np.linalg.norm(some, axis=1, keepdims=True)


# Truth: numeric gradient of the potential by scipy's Legendre functions; tolerance as at H_M.
@pytest.mark.parametrize("radius_m", [1.7e6, 1.837e6, 8e6])
def test_pull_is_the_gradient_of_the_potential(radius_m: float) -> None:
    field, points = without_centre(default_gravity_field()), places(radius_m)
    pull = field_acceleration_m_s2(field, points)
    np.testing.assert_allclose(pull, gradient(field, points), rtol=0.0, atol=1e-12)


def test_pull_of_degree_fifty_is_the_gradient_too(shared: Path) -> None:
    field = without_centre(read_gravity_field(shared / "data" / "gravity" / "lp150q_50.tab"))
    points = places(1.76e6)
    pull = field_acceleration_m_s2(field, points)
    np.testing.assert_allclose(pull, gradient(field, points), rtol=0.0, atol=1e-12)


# Truth: the gradient of GM/r (1 - J2 (R/r)^2 (3 z^2/r^2 - 1) / 2), worked out by hand.
def test_pull_of_flattening_has_its_closed_form() -> None:
    field = default_gravity_field(degree=2)
    cosine = np.diag([1.0, 0.0, 0.0])
    cosine[2] = [field.cosine[2, 0], 0.0, 0.0]
    field = GravityField(
        name="J2", gm_m3_s2=field.gm_m3_s2, radius_m=field.radius_m, cosine=cosine,
        sine=np.zeros((3, 3)),
    )  # fmt: skip
    points = places(1.9e6)
    r = np.linalg.norm(points, axis=1, keepdims=True)
    j2, zz = -np.sqrt(5.0) * cosine[2, 0], (points[:, 2:] / r) ** 2
    strength = -1.5 * j2 * field.gm_m3_s2 * field.radius_m**2 / r**5
    flat = strength * points * (np.array([1.0, 1.0, 3.0]) - 5.0 * zz)
    central = -field.gm_m3_s2 * points / r**3
    np.testing.assert_allclose(field_acceleration_m_s2(field, points), central + flat, rtol=1e-14)


def test_pull_over_a_pole_is_that_of_places_around_it() -> None:
    field = default_gravity_field()
    around = 1.8e6 * np.array([[0.0, 0.0, 1.0], [1e-8, 0.0, 1.0], [0.0, -1e-8, 1.0]])
    pull = field_acceleration_m_s2(field, around)
    np.testing.assert_allclose(pull[1:], pull[[0, 0]], atol=1e-7)
    assert np.isfinite(pull).all()


def test_high_degrees_stay_in_range_over_the_poles() -> None:
    rng, size = np.random.default_rng(3), 1201
    n = np.arange(size)[:, None]
    rough = rng.normal(size=(2, size, size)) * 2.5e-4 / np.maximum(n, 1) ** 2  # Kaula's rule
    rough[:, 0] = 0.0
    rough[0, 0, 0] = 1.0
    cosine, sine = np.tril(rough[0]), np.tril(rough[1], -1) + 0.0 * n
    field = GravityField(name="rough", gm_m3_s2=4.9e12, radius_m=1.738e6, cosine=cosine, sine=sine)
    pull = field_acceleration_m_s2(field, places(1.738e6))
    np.testing.assert_allclose(np.linalg.norm(pull, axis=1), 4.9e12 / 1.738e6**2, rtol=0.02)
