"""What a node makes of what arrives: findings kept, quarantine, conflicts, withdrawals."""

from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.bag import selected
from ilrs.datacentre.instants import microseconds
from ilrs.datacentre.intake import IntakePolicy, read_intake_policy
from ilrs.datacentre.node import NODE_NAME, read_node
from ilrs.datacentre.record import Record
from ilrs.datacentre.submission import SourceFile, Submission
from ilrs.foundation.errors import Finding, IlrsError, NodeError

LID = "urn:ilrs:jdc:a:b:c"
TRUNCATED = Finding(
    file="x.dat", line=0, entity="", found="f", possible="p", mend="m", kind="truncated"
)


def submission(
    lidvid: str = f"{LID}::1.0",
    content: bytes = b"1",
    *findings: Finding,
    made: bytes | None = None,
) -> Submission:
    files = (SourceFile(name="data/x.dat", role="data", content=content),)
    record = Record(lidvid=lidvid, title="A title", start_utc="1966-02-03")
    return Submission(record=record, files=files, findings=findings, label_normalised=made)


@pytest.fixture
def archive(tmp_path: Path) -> Archive:
    return Archive(tmp_path / "archive", now=lambda: "2026-01-01T00:00:00.000000Z")


def test_findings_are_kept_and_quarantine_hides(archive: Archive) -> None:
    (outcome,) = archive.ingest([submission(f"{LID}::1.0", b"1", TRUNCATED)])
    assert (outcome.state, outcome.findings) == ("quarantined", (TRUNCATED,))
    record = archive.get(f"{LID}::1.0")
    assert record is not None
    assert (record.findings, record.quarantined) == ((TRUNCATED,), True)
    assert archive.find() == []
    released = archive.release(f"{LID}::1.0", reason="the cut is known")
    assert released.released_utc > record.received_utc
    assert archive.release(f"{LID}::1.0", reason="again") == released
    assert [r.lidvid for r in archive.find()] == [f"{LID}::1.0"]
    archive.rebuild()
    assert [r.findings for r in archive.find()] == [(TRUNCATED,)]
    assert archive.verify().findings == ()


def test_the_version_before_one_that_is_quarantined_is_found_and_exported(
    archive: Archive,
) -> None:
    archive.ingest([submission(f"{LID}::1.0", b"1")])
    archive.ingest([submission(f"{LID}::1.1", b"2", TRUNCATED)])
    assert [record.lidvid for record in archive.find()] == [f"{LID}::1.0"]
    assert [record.lidvid for record in selected(archive, LID)] == [f"{LID}::1.0"]
    archive.withdraw(f"{LID}::1.0", reason="wrong")
    assert archive.find() == []
    with pytest.raises(IlrsError) as caught:
        selected(archive, LID)
    assert str(caught.value) == (
        f"{LID}::1.1 is quarantined; what is exported can be found, too. "
        "Name another version, or release it."
    )


def test_policy_says_what_quarantines(archive: Archive) -> None:
    lenient = IntakePolicy(quarantine=frozenset({"checksum"}))
    (outcome,) = archive.ingest([submission(f"{LID}::1.0", b"1", TRUNCATED)], policy=lenient)
    assert outcome.state == "filed"
    (archive.folder / "policy.yaml").write_text("quarantine: [size, truncated]\n")
    (outcome,) = archive.ingest([submission(f"{LID}::1.1", b"1", TRUNCATED)])
    assert outcome.state == "quarantined"


def test_other_content_under_a_filed_identifier_is_refused_and_entered(archive: Archive) -> None:
    outcomes = archive.ingest([submission(), submission(), submission(content=b"2")])
    assert [o.state for o in outcomes] == ["filed", "kept", "refused"]
    assert outcomes[2].reason == f"{LID}::1.0 is filed with other content"
    assert [(e["event"], e["lidvid"]) for e in archive.ledger.entries()] == [
        ("filed", f"{LID}::1.0"),
        ("refused", f"{LID}::1.0"),
    ]
    with archive.open_file(f"{LID}::1.0", "data/x.dat") as stream:
        assert stream.read() == b"1"


def test_versions_are_two_integers_in_whatever_order_they_come(archive: Archive) -> None:
    archive.ingest([submission(f"{LID}::1.{k}", b"%d" % k) for k in (9, 10, 2)])
    (record,) = archive.find()
    assert record.lidvid == f"{LID}::1.10"
    for k in (9, 10, 2):
        with archive.open_file(f"{LID}::1.{k}", "data/x.dat") as stream:
            assert stream.read() == b"%d" % k


def test_receipt_is_later_for_each_though_the_clock_stands(archive: Archive) -> None:
    archive.ingest([submission(f"urn:ilrs:jdc:a:b:c{k}::1.0") for k in range(5)])
    archive.ingest([submission(f"urn:ilrs:jdc:a:b:d{k}::1.0") for k in range(5)])
    utc = [entry["received_utc"] for entry in archive.ledger.entries()]
    assert utc == sorted(set(utc))
    assert utc[9] == "2026-01-01T00:00:00.000009Z"
    records = sorted(archive.find(), key=lambda record: record.received_utc)
    assert [record.received_utc for record in records] == utc
    harvested_us = [microseconds(record.harvested_utc) for record in records]
    assert harvested_us == sorted(set(harvested_us))


def test_strict_label_made_here_lies_beside_what_was_delivered(archive: Archive) -> None:
    archive.ingest([submission(made=b"<strict/>")])
    (outcome,) = archive.ingest([submission(made=b"<strict made='anew'/>")])
    assert outcome.state == "kept"
    with archive.open_file(f"{LID}::1.0", "label-normalised.xml") as stream:
        assert stream.read() == b"<strict/>"


def test_delivered_file_that_is_called_as_a_label_made_here_is_compared(archive: Archive) -> None:
    def delivery(content: bytes) -> Submission:
        files = (SourceFile(name="label-normalised.xml", role="data", content=content),)
        return Submission(record=Record(lidvid=f"{LID}::1.0", title="A title"), files=files)

    (filed,), (other,) = archive.ingest([delivery(b"1")]), archive.ingest([delivery(b"2")])
    assert filed.state == "filed"
    assert (other.state, other.reason) == ("refused", f"{LID}::1.0 is filed with other content")


def test_withdrawn_version_stays_known_and_the_older_one_does_not_return(archive: Archive) -> None:
    archive.ingest([submission(f"{LID}::1.0"), submission(f"{LID}::1.1", b"2")])
    record = archive.withdraw(f"{LID}::1.1", reason="wrong unit")
    assert record.withdrawn_utc == "2026-01-01T00:00:00.000002Z"
    assert archive.get(f"{LID}::1.1") == record
    assert archive.withdraw(f"{LID}::1.1", reason="again") == record
    assert [e["event"] for e in archive.ledger.entries()] == ["filed", "filed", "withdrawn"]
    before = archive.find()
    archive.rebuild()
    assert archive.find() == before
    assert archive.get(f"{LID}::1.1") == record
    assert archive.verify().findings == ()


@pytest.mark.parametrize(
    ("lidvid", "reason", "message"),
    [
        (
            f"{LID}::1.0", " ",
            f"no reason is given why {LID}::1.0 is withdrawn; the ledger keeps one for ever. Give "
            "a reason.",
        ),
        (
            f"{LID}::9.0", "x",
            f"there is no product {LID}::9.0; `ilrs data find` lists what there is. Correct the "
            "identifier.",
        ),
    ],
)  # fmt: skip
def test_withdrawal_refused(archive: Archive, lidvid: str, reason: str, message: str) -> None:
    archive.ingest([submission()])
    with pytest.raises(IlrsError) as caught:
        archive.withdraw(lidvid, reason=reason)
    assert str(caught.value) == message


@pytest.mark.parametrize(
    ("fields", "reason"),
    [
        ({"title": "\ud800"}, r"this is no record of a product: title is '\ud800'; possible is a "
                              "text. Write it as Record.to_dict does."),
        ({"title": 5}, "this is no record of a product: title is 5; possible is a text. "
                       "Write it as Record.to_dict does."),
        ({"stop_utc": "zzz"}, "'zzz' is not a UTC instant; ISO 8601 in UTC is read, such as 1966, "
                              "1966-11-20, 1966-324 or 1966-11-20T15:32:48Z. Write the instant so, "
                              "without another time zone."),
        ({"place": 5}, f"the catalogue can keep no record of {LID}::1.0: 'NoneType' object is not "
                       "iterable; it keeps what a record can mean. Correct what is said of the "
                       "product."),
    ],
)  # fmt: skip
def test_what_no_catalogue_can_keep_is_refused_and_the_others_are_filed(
    archive: Archive, fields: dict[str, Any], reason: str
) -> None:
    one = submission()
    wrong = Submission(record=replace(one.record, **fields), files=one.files)
    right = replace(one, record=replace(one.record, lidvid=f"{LID}-2::1.0"))
    first, second = archive.ingest([wrong, right])
    assert (first.state, first.reason) == ("refused", f"{LID}::1.0 cannot be filed: {reason}")
    assert second.state == "filed"
    assert [record.lidvid for record in archive.find()] == [f"{LID}-2::1.0"]
    assert archive.verify().findings == ()


def test_two_files_of_one_name_are_refused(archive: Archive) -> None:
    one = submission()
    (outcome,) = archive.ingest([Submission(record=one.record, files=(*one.files, *one.files))])
    assert (outcome.state, outcome.reason) == (
        "refused",
        f"{LID}::1.0 has two files called 'data/x.dat'; each file of a product has its own name. "
        "Rename one.",
    )


def test_file_that_cannot_be_read_refuses_its_product_alone(archive: Archive) -> None:
    record = Record(lidvid=f"{LID}::2.0", title="Gone")
    files = (
        SourceFile(name="a", role="data", content=b"1"),
        SourceFile(name="b", role="data", path=archive.folder / "none"),
    )
    outcomes = archive.ingest([Submission(record=record, files=files), submission()])
    assert [outcome.state for outcome in outcomes] == ["refused", "filed"]
    assert outcomes[0].reason == f"b of {LID}::2.0 cannot be read: No such file or directory"
    assert archive.verify().findings == ()


def test_error_of_a_reader_leaves_nothing_half_done(archive: Archive) -> None:
    def reader() -> object:
        yield submission()
        raise IlrsError("a", "b", "c")

    with pytest.raises(IlrsError):
        archive.ingest(reader())  # type: ignore[arg-type]
    assert archive.find() == []
    archive.ingest([submission()])
    assert archive.verify().findings == ()


# --- declared files -----------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("quarantine: [mising]", "policy.yaml:1: quarantine[0]: found 'mising'; "),
        ("hold: [size]", "policy.yaml:1: quarantine: found no list 'quarantine' alone; "),
        ("quarantine: size", "policy.yaml:1: quarantine: found no list 'quarantine' alone; "),
        ("", "policy.yaml:1: quarantine: found no list 'quarantine' alone; "),
    ],
)
def test_policy_of_intake_refused_at_its_line(tmp_path: Path, text: str, said: str) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NodeError) as caught:
        read_intake_policy(path)
    (finding,) = caught.value.findings
    assert str(finding).startswith(said + "possible are label, identifier, schema, ")
    mend = "Did you mean 'missing'?" if "mising" in text else "Write `quarantine: [missing]`."
    assert finding.mend == mend


def test_policy_with_a_list_for_a_kind_is_refused_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "policy.yaml"
    path.write_text("quarantine:\n  - missing\n  - [label]\n", encoding="utf-8")
    with pytest.raises(NodeError) as caught:
        read_intake_policy(path)
    assert [str(finding) for finding in caught.value.findings] == [
        "policy.yaml:3: quarantine[1]: found ['label']; possible are label, identifier, schema, "
        "schematron, not-checked, missing, truncated, size, checksum, content, name. Did you mean "
        "'label'?"
    ]


def test_product_with_a_file_called_as_a_folder_of_its_own_is_refused_alone(
    archive: Archive,
) -> None:
    files = tuple(SourceFile(name=n, role="data", content=b"1") for n in ("a", "a/b"))
    wrong = Submission(record=Record(lidvid=f"{LID}-x::1.0", title="T"), files=files)
    right, refused = archive.ingest([submission(), wrong])
    assert right.state == "filed"
    assert (refused.state, refused.reason) == (
        "refused",
        f"{LID}-x::1.0 has a file and a folder called 'a'; a name stands for one of both. "
        "Rename one.",
    )


def test_node_file_refused_at_its_line(tmp_path: Path) -> None:
    (tmp_path / NODE_NAME).write_text("name: south\nstorge: s3://x\ncatalogue: 7\n")
    with pytest.raises(NodeError) as caught:
        read_node(tmp_path)
    assert [str(finding) for finding in caught.value.findings] == [
        "node.yaml:2: storge: found 'storge'; possible are name, storage, catalogue. Did you mean "
        "'storage'?",
        "node.yaml:3: catalogue: found 7; it is a text. Write a text.",
    ]


def test_node_file_that_declares_nothing_is_refused(tmp_path: Path) -> None:
    (tmp_path / NODE_NAME).write_text("- storage: s3://bucket\n")
    with pytest.raises(NodeError) as caught:
        read_node(tmp_path)
    assert [str(finding) for finding in caught.value.findings] == [
        "node.yaml:1: found no such line; it has lines of `key: value` for name, storage, "
        "catalogue. Write `name: …`."
    ]


def test_node_without_a_file_lies_in_its_folder(tmp_path: Path) -> None:
    node = read_node(tmp_path)
    assert (node.name, node.storage_url, node.catalogue_url) == (
        "ilrs",
        str(tmp_path / "ocfl"),
        str(tmp_path / "catalogue.sqlite3"),
    )
