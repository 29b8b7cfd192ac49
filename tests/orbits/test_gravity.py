"""Gravity fields: three layouts, units by their size, the packaged field, and what is refused."""

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from builders import build_gravity
from ilrs.foundation.errors import IlrsError
from ilrs.orbits.gravity import default_gravity_field, read_gravity_field

SHADR = """\
1738.0, 4902.8, 0.0, 2, 2, 1, 0.0, 0.0
2,0,-9.088D-05,0.0
2,1,0.0,1.0e-9
2,2,3.467e-05,-2.4e-10
"""
ICGEM = """\
product_type gravity_field
modelname SMALL
earth_gravity_constant 0.49028e+13
radius 0.1738e+07
max_degree 2
norm fully_normalized
end_of_head =====
gfc 0 0 1.0 0.0
gfc 2 0 -9.088D-05 0.0 1e-12 0.0
gfc 2 1 0.0 1.0e-9 1e-12 1e-12
gfc 2 2 3.467e-05 -2.4e-10 1e-12 1e-12
"""
GEODYN = """\
 (2A10,2E23.16)
GGGRX  (SMALL_FIELD) 0.4902800000000000E+13 0.1738000000000000E+07
 (A6,2I3,4D24.16,F4.0)
RECOEF  2  0 -9.0880000000000000D-05  0.0000000000000000D+00  0.0000000000000000D+00  0.
RECOEF  2  1  0.0000000000000000D+00  1.0000000000000000D-09  0.0000000000000000D+00  0.
RECOEF  2  2  3.4670000000000000D-05 -2.4000000000000000D-10  0.0000000000000000D+00  0.
"""


@pytest.fixture
def write(tmp_path: Path):
    def written(text: str, name: str = "field.tab") -> Path:
        path = tmp_path / name
        path.write_text(text, encoding="utf-8")
        return path

    return written


@pytest.mark.parametrize(
    ("text", "name"), [(SHADR, "field"), (ICGEM, "SMALL"), (GEODYN, "SMALL_FIELD")]
)
def test_three_layouts_give_one_field(write, text: str, name: str) -> None:
    field = read_gravity_field(write(text))
    assert (field.name, field.degree, field.source) == (name, 2, "field.tab")
    assert (field.gm_m3_s2, field.radius_m) == pytest.approx((4.9028e12, 1.738e6), rel=1e-15)
    np.testing.assert_allclose(field.cosine, [[1, 0, 0], [0, 0, 0], [-9.088e-5, 0, 3.467e-5]])
    np.testing.assert_allclose(field.sine, [[0, 0, 0], [0, 0, 0], [0, 1e-9, -2.4e-10]])


def test_kilometres_and_metres_are_told_apart_one_by_one(write) -> None:
    mixed = SHADR.replace("1738.0, 4902.8,", "1738000.0, 4902.8,")
    field = read_gravity_field(write(mixed))
    assert (field.radius_m, field.gm_m3_s2) == pytest.approx((1.738e6, 4.9028e12), rel=1e-15)


def test_degree_cuts_a_field_while_it_is_read_and_afterwards() -> None:
    whole = default_gravity_field()
    part = default_gravity_field(degree=7)
    assert (whole.degree, part.degree, part.text) == (20, 7, "GRGM660PRIM 7x7 in MOON_PA_DE421")
    np.testing.assert_array_equal(whole.cut(7).cosine, part.cosine)
    np.testing.assert_array_equal(part.sine, whole.sine[:8, :8])
    with pytest.raises(IlrsError) as caught:
        part.cut(8)
    assert str(caught.value) == (
        "GRGM660PRIM to degree 8; this field reaches degree 7. Ask for a lower degree, or read a "
        "larger field."
    )


def test_packaged_field_is_what_its_builder_writes(shared: Path) -> None:
    source = shared / "data" / "gravity" / "gggrx_0020pm_sha.tab"
    text = build_gravity.text(read_gravity_field(source), source)
    assert build_gravity.HOME.read_text(encoding="utf-8") == text


# Lemoine et al. 2013 give J2 = 2.0322e-4 and C22 = 2.2380e-5, not normalised (data/SOURCES.md);
# tolerance: half their last digit.
def test_packaged_field_has_the_published_flattening() -> None:
    field = default_gravity_field()
    assert -np.sqrt(5.0) * field.cosine[2, 0] == pytest.approx(2.0322e-4, abs=5e-9)
    assert np.sqrt(5.0 / 12.0) * field.cosine[2, 2] == pytest.approx(2.2380e-5, abs=5e-10)


def test_larger_field_is_read_with_its_own_constants(shared: Path) -> None:
    field = read_gravity_field(shared / "data" / "gravity" / "lp150q_50.tab", degree=30)
    assert (field.degree, field.radius_m) == (30, 1_738_000.0)
    assert field.gm_m3_s2 == pytest.approx(4902.801076e9, rel=1e-15)
    other = replace(field, gm_m3_s2=4902.80011846e9)  # what a run may need to be compared
    assert other.cosine is field.cosine


SEVERAL = "SHADR (comma separated), GEODYN (RECOEF) and ICGEM (gfc) files are read"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            SHADR.replace("4902.8", "398600.4"),
            "field.tab gives 398600 as its GM; the Moon's lies between 4850 and 4950 with "
            "kilometres, 4.85e+12 and 4.95e+12 with metres. Choose a field of the Moon in one of "
            "these units.",
        ),
        (
            SHADR.replace("1738.0,", "6378.1,"),
            "field.tab gives 6378.1 as its reference radius; the Moon's lies between 1700 and 1800 "
            "with kilometres, 1.7e+06 and 1.8e+06 with metres. Choose a field of the Moon in one "
            "of these units.",
        ),
        (
            SHADR.replace("2, 2, 1,", "2, 2, 0,"),
            "the coefficients of field.tab are not fully normalised: its normalisation state is 0; "
            "fully (4 pi) normalised ones are read. Divide each by sqrt((2 - [m = 0]) (2n + 1) "
            "(n - m)! / (n + m)!), and say so above them.",
        ),
        (
            ICGEM.replace("fully_normalized", "unnormalized"),
            "the coefficients of field.tab are not fully normalised: its norm is unnormalized; "
            "fully (4 pi) normalised ones are read. Divide each by sqrt((2 - [m = 0]) (2n + 1) "
            "(n - m)! / (n + m)!), and say so above them.",
        ),
        (
            SHADR.replace("0.0, 0.0\n", "180.0, 0.0\n"),
            "field.tab counts from longitude 180 deg; fields whose reference longitude and "
            "latitude are 0 are read. Rotate the coefficients, or choose another file.",
        ),
        (
            SHADR[: SHADR.index("2,2,")],
            "field.tab lacks 1 of the coefficients up to degree 2; its header promises degree 2. "
            "Fetch the file again, or ask for a lower degree with `degree`.",
        ),
        (
            SHADR.replace("2,1,0.0,1.0e-9", "2,1,0.0,"),
            "coefficient 2 of field.tab is no degree, order, C and S; each line holds these four, "
            "the order from 0 to the degree. Fetch the file again; it may be cut or damaged.",
        ),
        (
            ICGEM + "gfct 2 0 1e-9 0.0 20000101\n",
            "field.tab has coefficients of the kinds gfc, gfct; constant coefficients (gfc) are "
            "read, no changing ones. Choose a static field.",
        ),
        (
            "PDS_VERSION_ID = PDS3\n",
            f"field.tab is no gravity field that is known; {SEVERAL}. Choose such a file; a PDS "
            "label alone holds no coefficients.",
        ),
        (
            "",
            f"field.tab is no gravity field that is known; {SEVERAL}. Choose such a file; a PDS "
            "label alone holds no coefficients.",
        ),
    ],
)
def test_files_that_are_no_field_of_the_moon_are_refused(write, text: str, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        read_gravity_field(write(text))
    assert str(caught.value) == message


def test_degree_that_the_file_does_not_reach_is_refused(write) -> None:
    with pytest.raises(IlrsError) as caught:
        read_gravity_field(write(SHADR), degree=3)
    assert str(caught.value) == (
        "field.tab to degree 3; it reaches degree 2, and ilrs 1200. Ask for a degree up to that "
        "with `degree`, or read a larger field."
    )


def test_field_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(IlrsError) as caught:
        read_gravity_field(tmp_path / "none.tab")
    assert str(caught.value) == (
        f"the gravity field {tmp_path / 'none.tab'} is not there; SHADR, GEODYN and ICGEM files "
        "are read, and a field to degree 20 comes with ilrs. Correct the path, or leave the field "
        "out."
    )
