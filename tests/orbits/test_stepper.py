"""The integrator's coefficients: scipy's, to the last bit."""

import numpy as np

from builders import build_tableau
from ilrs.orbits import stepper


def test_the_coefficients_of_the_package_are_scipy_s() -> None:
    tables = build_tableau.tables()
    assert np.array_equal(stepper._NODES, tables["nodes"][0])
    assert np.array_equal(stepper._WEIGHTS, tables["weights"])
    assert np.array_equal(stepper._ERROR_ROWS, tables["errors"])
    assert np.array_equal(stepper._DENSE, tables["dense"])


def test_the_file_is_what_its_builder_writes() -> None:
    kept = build_tableau.HOME.read_text(encoding="utf-8").splitlines()
    written = build_tableau.text().splitlines()
    assert kept[3:] == written[3:]  # the lines above name the version of scipy
