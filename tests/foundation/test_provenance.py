import hashlib
import platform

from ilrs.foundation.provenance import (
    Provenance,
    installed_versions,
    sha256_of_bytes,
    sha256_of_file,
)

# FIPS 180-2, appendix B.1: the digest of the three bytes "abc".
ABC = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"


def record(**changes):
    return Provenance(
        programme="reference", programme_sha256=ABC, command="ilrs run", seed=7, **changes
    )


def test_digest_of_bytes_against_fips_180():
    assert sha256_of_bytes(b"abc") == ABC


def test_digest_of_a_file_equals_that_of_its_bytes(tmp_path):
    path = tmp_path / "large.bin"
    path.write_bytes(bytes(range(256)) * 5000)
    assert sha256_of_file(path) == hashlib.sha256(path.read_bytes()).hexdigest()


def test_versions_name_python_and_say_what_is_absent():
    assert installed_versions(("numpy", "no-such-distribution")) == {
        "python": platform.python_version(),
        "numpy": __import__("numpy").__version__,
        "no-such-distribution": "absent",
    }


def test_record_has_no_clock_and_repeats():
    assert record().as_dict() == record().as_dict()
    assert set(record().as_dict()) == {
        "programme",
        "programme_sha256",
        "command",
        "seed",
        "ephemeris",
        "orientation",
        "inputs_sha256",
        "versions",
    }


def test_inputs_are_in_the_order_of_their_names():
    shown = record(inputs_sha256={"b.tif": ABC, "a.tif": ABC}).as_dict()
    assert list(shown["inputs_sha256"]) == ["a.tif", "b.tif"]
    assert list(shown["versions"]) == sorted(shown["versions"])
