"""CDM: every keyword that CCSDS 508.0-B-1 asks for, in its order, and the figures they carry."""

from pathlib import Path

import numpy as np
import pytest
from lxml import etree

from ilrs.foundation.errors import IlrsError
from ilrs.orbits.cdm import cdm_text, write_cdm
from ilrs.orbits.conjunction import Conjunction, ConjunctionObject
from ilrs.orbits.covariance import local_turns

POSITION = np.array([1.9e6, 0.0, 0.0])
AHEAD = np.array([0.0, 0.0, 1600.0])
SPREAD = np.diag([100.0, 400.0, 900.0, 1e-4, 2e-4, 3e-4])


def seen(name: str, position_m, velocity_m_s, **more) -> ConjunctionObject:
    (turn,) = local_turns(position_m[None], velocity_m_s[None])
    both = np.kron(np.eye(2), turn)
    return ConjunctionObject(
        name=name, position_m=position_m, velocity_m_s=velocity_m_s,
        **({"covariance": both @ SPREAD @ both.T, "radius_m": 5.0} | more),
    )  # fmt: skip


def example(**more) -> Conjunction:
    return Conjunction(
        tca_tdb_s=9.5e8, first=seen("A", POSITION, AHEAD),
        second=seen("B", POSITION + np.array([30.0, 40.0, 0.0]), -AHEAD, **more),
        probability=1.5e-5,
    )  # fmt: skip


# The obligatory keywords of tables 3-1 to 3-4 of CCSDS 508.0-B-1 (June 2013), in its order.
HEADER = ["CCSDS_CDM_VERS", "CREATION_DATE", "ORIGINATOR", "MESSAGE_ID"]
RELATIVE = ["TCA", "MISS_DISTANCE"]
OBJECT = [
    "OBJECT", "OBJECT_DESIGNATOR", "CATALOG_NAME", "OBJECT_NAME", "INTERNATIONAL_DESIGNATOR",
    "EPHEMERIS_NAME", "COVARIANCE_METHOD", "MANEUVERABLE", "REF_FRAME", "X", "Y", "Z", "X_DOT",
    "Y_DOT", "Z_DOT", "CR_R", "CT_R", "CT_T", "CN_R", "CN_T", "CN_N", "CRDOT_R", "CRDOT_T",
    "CRDOT_N", "CRDOT_RDOT", "CTDOT_R", "CTDOT_T", "CTDOT_N", "CTDOT_RDOT", "CTDOT_TDOT",
    "CNDOT_R", "CNDOT_T", "CNDOT_N", "CNDOT_RDOT", "CNDOT_TDOT", "CNDOT_NDOT",
]  # fmt: skip


def pairs(text: str) -> list[tuple[str, str]]:
    lines = [line for line in text.splitlines() if not line.startswith("COMMENT")]
    return [tuple(line.split(" = ", 1)) for line in lines]


def test_keywords_stand_in_the_order_of_the_standard() -> None:
    wanted = [*HEADER, *RELATIVE, *OBJECT, *OBJECT]
    keys = [key for key, _ in pairs(cdm_text(example())) if key in set(wanted)]
    assert keys == wanted


def test_figures_of_a_conjunction() -> None:
    told = pairs(cdm_text(example(), object_ids={"A": "2028-001A"}, originator="JDC"))
    first, second = dict(told[::-1]), dict(told)  # of a doubled keyword the first, the last
    assert first["TCA"] == first["CREATION_DATE"] == "2030-02-07T20:52:10.815047"
    assert (first["ORIGINATOR"], first["MESSAGE_ID"]) == ("JDC", "A B 2030-02-07T20:52:10.815047")
    assert first["MISS_DISTANCE"] == "50.000000 [m]"
    assert first["RELATIVE_SPEED"] == "3200.000000 [m/s]"
    # R is x, T along z, N = R x T = -y.
    assert first["RELATIVE_POSITION_R"] == "30.000000 [m]"
    assert first["RELATIVE_POSITION_N"] == "-40.000000 [m]"
    assert first["RELATIVE_VELOCITY_T"] == "-3200.000000 [m/s]"
    assert first["COLLISION_PROBABILITY"] == "1.500000000e-05"
    assert first["COLLISION_PROBABILITY_METHOD"] == "FOSTER-1992"
    assert (first["OBJECT_DESIGNATOR"], second["OBJECT_DESIGNATOR"]) == ("2028-001A", "UNKNOWN")
    assert (first["ORBIT_CENTER"], first["REF_FRAME"]) == ("MOON", "GCRF")
    assert second["X"] == "1900.030000000 [km]"
    for one in (first, second):
        diagonal = [one[f"C{a}_{a}"].split(" ") for a in ("R", "T", "N", "RDOT", "TDOT", "NDOT")]
        assert [float(value) for value, _ in diagonal] == pytest.approx(np.diag(SPREAD))
        assert [unit for _, unit in diagonal] == ["[m**2]"] * 3 + ["[m**2/s**2]"] * 3
        assert one["CRDOT_N"].endswith("[m**2/s]")


def test_xml_carries_the_same_figures(tmp_path: Path) -> None:
    write_cdm(tmp_path / "a.cdm", example())
    write_cdm(tmp_path / "a.xml", example())
    root = etree.parse(tmp_path / "a.xml").getroot()
    assert (root.tag, root.get("id"), root.get("version")) == ("cdm", "CCSDS_CDM_VERS", "1.0")
    assert [part.tag for part in root.find("body")] == [
        "relativeMetadataData", "segment", "segment"
    ]  # fmt: skip
    leaves = [leaf for leaf in root.iter() if not len(leaf) and leaf.tag != "COMMENT"]
    told = [
        (leaf.tag, f"{leaf.text} [{leaf.get('units')}]" if leaf.get("units") else leaf.text)
        for leaf in leaves
    ]
    assert told == pairs((tmp_path / "a.cdm").read_text(encoding="utf-8"))[1:]


def test_the_same_conjunction_gives_the_same_bytes() -> None:
    assert cdm_text(example()) == cdm_text(example())


def test_conjunction_without_covariance_is_no_cdm() -> None:
    with pytest.raises(IlrsError) as caught:
        cdm_text(example(covariance=None))
    assert str(caught.value) == (
        "a CDM of B without covariance; the standard asks for the covariances of both objects. "
        "Give the covariance of its state, by its name, to the screening."
    )
