"""The commands of rights: what a person sees who asks why."""

from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from ilrs.cli import main
from ilrs.datacentre.archive import Archive
from ilrs.datacentre.audit import Audit
from ilrs.datacentre.principals import Tokens
from ilrs.datacentre.record import Record
from ilrs.datacentre.rights import ANYONE, Verb
from ilrs.datacentre.submission import SourceFile, Submission

RULES = """\
rules:
  - name: results
    of: {partner: CNSA}
    embargo: P6M after stop
    grants:
      - {to: owner/science-team, may: [derive], from: receipt}
      - {to: anyone, may: [redistribute]}
"""
LID = "urn:ilrs:jdc:ce7:pan:p-1"


def now() -> str:
    return "2030-03-01T00:00:00Z"


@pytest.fixture
def node(tmp_path: Path) -> Path:
    folder = tmp_path / "archive"
    folder.mkdir()
    (folder / "rights.yaml").write_text(RULES)
    record = Record(
        lidvid=f"{LID}::1.0", title="Panorama", partner="CNSA", access="open",
        start_utc="2030-01-01", stop_utc="2030-02-01",
    )  # fmt: skip
    files = (SourceFile(name="data.csv", role="data", content=b"1\n"),)
    Archive(folder, now=now).ingest([Submission(record=record, files=files)])
    return folder


def run(*words: Any, code: int = 0) -> list[str]:
    result = CliRunner().invoke(main, ["data", *map(str, words)], catch_exceptions=False)
    assert result.exit_code == code, result.output
    return [" ".join(line.split()) for line in result.output.splitlines() if line.strip()]


def test_rights_says_who_may_do_what_and_why(node: Path) -> None:
    shown = run("rights", LID, "--archive", node, "--at", "2030-04-01")
    assert shown[0] == f"anonymous and {LID}::1.0"
    assert "download no anyone may from release on; its release is 2030-08-01T00:00:00Z" in shown
    assert "derive no the rule grants it to cnsa/science-team alone" in shown
    assert shown[-1] == "decided by the rule 'results', rights.yaml:2"
    shown = run("rights", LID, "--archive", node, "--at", "2030-04-01", "--as", "CNSA/science-team")
    assert "derive yes cnsa/science-team may from receipt on" in shown


def test_what_was_public_on_a_date_is_listed(node: Path) -> None:
    assert run("rights", "--archive", node, "--public", "--at", "2030-07-31") == []
    assert run("rights", "--archive", node, "--public", "--at", "2030-08-01") == [f"{LID}::1.0"]
    assert run("rights", "--archive", node, "--public", "--at", "2030-01-01") == []


def test_the_policy_is_checked_and_listed(node: Path) -> None:
    shown = run("rights", "--archive", node)
    assert shown[-1] == (
        "results rights.yaml:2 owner/science-team: derive from receipt; anyone: redistribute from "
        "release"
    )
    (node / "rights.yaml").write_text("rules: [{name: a}]")
    assert run("rights", "--archive", node, code=2) == [
        "error: rights.yaml:1: rules[0]: the key 'grants' is missing; a rule says what it grants; "
        "[] refuses everything to everyone. Add `grants:`.",
        "1 error(s), 0 warning(s)",
    ]


def test_an_extension_is_made_and_shown(node: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ilrs.datacentre.archive.utc_now", now)
    words = ("--archive", node, "--until", "P1Y", "--reason", "calibration again")
    assert run("extend", LID, *words) == [f"{LID}: embargo until 2031-08-01T00:00:00Z"]
    shown = run("rights", LID, "--archive", node)
    assert shown[-1] == "embargo extended until 2031-08-01T00:00:00Z: calibration again"
    assert run("audit", "--archive", node)[-1] == "every line follows the one before it"


def test_what_was_asked_does_not_speak_to_the_terminal(node: Path) -> None:
    log = Audit(node, now=now)
    log.note(ANYONE, verb=Verb.KNOW, what="\x1b[2J\na\u202e\x9b", allowed=False)
    log.close()
    (path,) = (node / "audit").iterdir()
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"principal":"forged"}\n')
    shown = run("audit", "--archive", node, code=2)
    assert r"2030-03-01T00:00:00Z anonymous know \x1b[2J\x0aa\u202e\x9b False" in shown
    assert shown[-1] == "1 error(s), 0 warning(s)"


def test_a_line_that_a_power_cut_tore_is_a_warning(node: Path) -> None:
    log = Audit(node, now=now)
    log.note(ANYONE, verb=Verb.KNOW, what="a", allowed=True)
    log.close()
    (path,) = (node / "audit").iterdir()
    with path.open("a", encoding="utf-8") as stream:
        stream.write('{"number":3,')
    shown = run("audit", "--archive", node)
    assert (
        f"warning: {path.name}:3: the line ends in the middle; a write was interrupted there. "
        "It was not answered: nothing is lost." in shown
    )
    assert "every line follows the one before it" in shown


def test_tokens_are_given_out_listed_and_revoked(node: Path) -> None:
    text = run("token", "add", "Li Wei", "--partner", "CNSA", "--role", "science-team",
               "--archive", node)[0]  # fmt: skip
    who = Tokens(node, now=now).who(text)
    assert who is not None and (who.id, who.partner) == ("Li Wei", "CNSA")
    shown = run("rights", LID, "--archive", node, "--as", "Li Wei", "--at", "2030-04-01")
    assert "derive yes cnsa/science-team may from receipt on" in shown
    assert run("token", "list", "--archive", node)[-1].endswith("CNSA science-team in force")
    assert run("token", "revoke", "Li Wei", "--archive", node)[0].endswith("of Li Wei: revoked")
    assert "revoked" in run("token", "list", "--archive", node)[-1]


def test_folder_without_an_archive_empties_no_mirror_and_gets_no_archive(
    node: Path, tmp_path: Path
) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'ilrs[centre]'")
    mirror, other = tmp_path / "mirror", tmp_path / "other"
    (node / "rights.yaml").write_text(
        "rules: [{name: all, grants: [{to: anyone, may: [redistribute], from: receipt}]}]\n"
    )
    run("publish", mirror, "--archive", node)
    before = sorted(mirror.rglob("*"))
    other.mkdir()
    message = (
        f"there is no archive in {other}; an archive begins with the first product filed. Name the "
        "folder of an archive, or file a product."
    )
    for words in (("publish", mirror), ("rebuild",), ("verify",), ("find",), ("holders", LID)):
        assert run(*words, "--archive", other, code=2) == [message]
    assert sorted(mirror.rglob("*")) == before
    assert list(other.iterdir()) == []


def test_public_products_are_published_and_found_again(
    node: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pytest.importorskip("pyarrow", reason="pip install 'ilrs[centre]'")
    mirror = tmp_path / "mirror"
    monkeypatch.setattr("ilrs.datacentre.archive.utc_now", now)
    assert run("publish", mirror, "--archive", node) == [f"{mirror}: 0 products"]
    monkeypatch.setattr("ilrs.datacentre.archive.utc_now", lambda: "2030-09-01T00:00:00Z")
    assert run("publish", mirror, "--archive", node) == [f"{mirror}: 1 products"]
    assert run("find", "--mirror", mirror, "panorama")[-1].startswith(f"{LID}::1.0 Panorama")
    assert run("holders", f"{LID}::1.0", "--archive", node)[-1].startswith("this node 2030-03-01")


def test_an_unknown_product_is_said(node: Path) -> None:
    assert run("rights", "urn:ilrs:jdc:x:y:z", "--archive", node, code=2) == [
        f"{node} has no product urn:ilrs:jdc:x:y:z; `ilrs data find` lists what there is. "
        "Correct the identifier."
    ]
