"""Files over HTTP: whole, in ranges, with digests, and refused to those who may not."""

import base64
import hashlib
from dataclasses import replace
from pathlib import Path
from typing import Any, BinaryIO, NoReturn

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ilrs.foundation.errors import UnavailableError
from ilrs.web.files import parse_range
from tests.web.conftest import Ask, client_of
from tests.web.service_for_tests import CSV, service

POWER = "/files/urn:ilrs:jdc:station:run:power::1.0"
SECRET = "/files/urn:ilrs:jdc:station:run:secret::1.0"


def test_a_file_comes_whole_with_its_digests_and_rights(ask: Ask) -> None:
    response = ask(f"{POWER}/data.csv")
    assert response.content == CSV
    digest = base64.b64encode(hashlib.sha256(CSV).digest()).decode()
    assert response.headers["repr-digest"] == f"sha-256=:{digest}:"
    assert response.headers["digest"].startswith(f"sha-256={digest},md5=")
    assert response.headers["etag"] == f'"{hashlib.sha256(CSV).hexdigest()}"'
    assert response.headers["x-rights"] == "cnsa: Free use."
    assert ask(f"{POWER}/data.csv", method="HEAD").headers["content-length"] == str(len(CSV))


@pytest.mark.parametrize(
    ("asked", "start", "stop"),
    [("bytes=0-9", 0, 10), ("bytes=100-", 100, None), ("bytes=-5", -5, None),
     ("bytes=2000-999999", 2000, None)],
)  # fmt: skip
def test_a_range_is_that_part(ask: Ask, asked: str, start: int, stop: int | None) -> None:
    response = ask(f"{POWER}/data.csv", headers={"Range": asked})
    assert response.status_code == 206
    assert response.content == CSV[start:stop]
    first = start if start >= 0 else len(CSV) + start
    last = first + len(response.content) - 1
    assert response.headers["content-range"] == f"bytes {first}-{last}/{len(CSV)}"


def test_a_range_beyond_the_end_is_416(ask: Ask) -> None:
    response = ask(f"{POWER}/data.csv", headers={"Range": f"bytes={len(CSV)}-"})
    assert (response.status_code, response.headers["content-range"]) == (416, f"bytes */{len(CSV)}")


def test_what_the_asker_has_is_not_sent_again(ask: Ask) -> None:
    etag = ask(f"{POWER}/data.csv").headers["etag"]
    assert ask(f"{POWER}/data.csv", headers={"If-None-Match": etag}).status_code == 304
    other = ask(f"{POWER}/data.csv", headers={"Range": "bytes=0-1", "If-Range": '"other"'})
    assert other.status_code == 200


def test_what_is_not_open_is_not_there(ask: Ask) -> None:
    hidden = ask(f"{SECRET}/data.csv")
    absent = ask("/files/urn:ilrs:jdc:station:run:absent::1.0/data.csv")
    assert hidden.status_code == absent.status_code == 404
    assert hidden.text.replace("secret", "absent") == absent.text
    assert ask(f"{SECRET}/data.csv", headers={"Authorization": "Bearer cnsa"}).content == CSV
    assert ask(f"{SECRET}/data.csv", headers={"Authorization": "Bearer esa"}).status_code == 404
    wrong = ask(f"{POWER}/data.csv", headers={"Authorization": "Bearer guess"})
    assert (wrong.status_code, wrong.headers["www-authenticate"]) == (401, "Bearer")


@pytest.mark.parametrize("name", ["../label.xml", "%2e%2e/label.xml", "..%2flabel.xml", "nothing"])
def test_no_name_leads_out_of_a_version(ask: Ask, name: str) -> None:
    assert ask(f"{POWER}/{name}", follow_redirects=True).status_code == 404


@given(st.text(max_size=30) | st.from_regex(r"bytes=\d{0,5}-\d{0,5}", fullmatch=True),
       st.integers(0, 5000))  # fmt: skip
def test_any_range_lies_in_the_file_or_is_refused(text: str, size: int) -> None:
    span = parse_range(text, size)
    assert span is None or 0 <= span[0] <= span[1] <= size


class _Gone:
    """A storage that lost what is filed, or does not answer."""

    def open_file(self, lidvid: str, name: str, *, start: int = 0) -> BinaryIO:
        raise UnavailableError("the storage s3://bucket is gone", "it was there", "Mend it.")


class _Database:
    """A database that does not answer."""

    def exists(self) -> bool:
        return True

    def reading(self) -> NoReturn:
        raise UnavailableError("cannot connect as user to host", "it was there", "Mend it.")


def test_what_does_not_work_here_is_503_and_says_no_more(tmp_path: Path) -> None:
    def answers(of: Any, *paths: str) -> list[tuple[int, str]]:
        found = [client_of(of, tmp_path)(path) for path in paths]
        return [(r.status_code, r.json()["error"]["asked"]) for r in found]

    told = (503, "this cannot be answered now")
    of = service()
    lost = replace(of, archive=_Gone())
    assert answers(lost, f"{POWER}/data.csv", f"{POWER}/label.xml") == [told] * 2
    assert client_of(lost, tmp_path)("/data/urn:ilrs:jdc:station:run:power::1.0").status_code == 200
    of.catalogue._database = _Database()  # type: ignore[assignment]
    paths = (f"{POWER}/data.csv", "/stac/search", "/api/products", "/federation")
    assert answers(of, *paths) == [told] * 4
    tap = client_of(of, tmp_path)("/tap/sync?LANG=ADQL&QUERY=SELECT+*+FROM+ilrs.epn_core")
    assert (tap.status_code, "cannot be answered now" in tap.text) == (503, True)
    assert "host" not in tap.text
