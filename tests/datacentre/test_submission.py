"""What a submission refuses: names that lead elsewhere, roles that are none."""

from pathlib import Path

import pytest

from ilrs.datacentre.submission import SourceFile, require_safe_name
from ilrs.foundation.errors import IlrsError


@pytest.mark.parametrize("name", ["data.csv", "a/b/c.img", "Ü ber.tab", "..hidden", "a..b/x"])
def test_names_within_a_product(name: str) -> None:
    require_safe_name(name)


@pytest.mark.parametrize(
    "name",
    ["", ".", "..", "../x", "a/../x", "/etc/passwd", "a//b", "a/", "./a", "a\\b", "C:x", "a\nb",
     "a\0b", "x" * 201, "a\ud800", "/".join(["x" * 150] * 4)],
)  # fmt: skip
def test_names_that_lead_elsewhere_are_refused(name: str) -> None:
    with pytest.raises(IlrsError) as caught:
        require_safe_name(name)
    assert str(caught.value) == (
        f"{name[:80]!r} is no name of a product's file; a name is relative, its parts joined by "
        "'/', none of them '.' or '..', none longer than 200 bytes and all at most 600, without "
        "backslash, colon or control characters. Rename the file, and correct the label that names "
        "it."
    )


def test_role_that_is_none_is_refused() -> None:
    with pytest.raises(IlrsError) as caught:
        SourceFile(name="x", role="picture")
    assert str(caught.value) == (
        "the file 'x' has the role 'picture'; possible are label, data, browse, document, "
        "original. Give it one of these."
    )


def test_bytes_come_from_a_path_or_from_memory(tmp_path: Path) -> None:
    (tmp_path / "x").write_bytes(b"abc")
    for source in (
        SourceFile(name="x", role="data", path=tmp_path / "x"),
        SourceFile(name="x", role="data", content=b"abc"),
    ):
        with source.open() as stream:
            assert (stream.read(), source.size) == (b"abc", 3)
