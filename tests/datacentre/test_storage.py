"""Storage: a folder of this machine, and S3 as moto plays it on loopback, by the same tests."""

import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from ilrs.datacentre.archive import Archive
from ilrs.datacentre.filing import file_products
from ilrs.datacentre.lid import Lid
from ilrs.datacentre.node import NODE_NAME
from ilrs.datacentre.product import Product
from ilrs.datacentre.storage import LocalStorage, Storage, open_storage
from ilrs.datacentre.storage_owner import OWNER
from ilrs.foundation.errors import IlrsError, UnavailableError

Make = Callable[..., Product]
POWER = "urn:ilrs:jdc:station:run:power"


@pytest.fixture(scope="module")
def s3_endpoint() -> Iterator[str]:
    pytest.importorskip("boto3", reason="needs boto3: pip install 'ilrs[s3]'")
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        moto = pytest.importorskip("moto.server", reason="needs moto: pip install 'ilrs[test]'")
        server = moto.ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
        server.start()
    host, port = server.get_host_and_port()
    with pytest.MonkeyPatch.context() as patch:
        for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
            patch.setenv(name, "test")
        patch.setenv("AWS_DEFAULT_REGION", "us-east-1")
        yield f"http://{host}:{port}"
    server.stop()


@pytest.fixture
def bucket(s3_endpoint: str, request: pytest.FixtureRequest) -> str:
    """The URL of a bucket that no other test uses."""
    import boto3  # noqa: PLC0415

    name = f"b{abs(hash(request.node.name))}"
    boto3.client("s3", endpoint_url=s3_endpoint).create_bucket(Bucket=name)
    return f"s3://{name}/centre?endpoint={s3_endpoint}"


@pytest.fixture(params=["local", "s3"])
def storage(request: pytest.FixtureRequest, tmp_path: Path) -> Storage:
    if request.param == "local":
        return LocalStorage(tmp_path / "store")
    return open_storage(request.getfixturevalue("bucket"))


def lay(folder: Path, files: dict[str, bytes]) -> Path:
    for name, data in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(data)
    return folder


def test_files_are_written_read_in_part_and_listed(storage: Storage) -> None:
    storage.write("b/x.txt", b"0123456789")
    storage.write("a/y.txt", b"")
    storage.write("b/x.txt", b"abcdefghij")
    assert storage.read("b/x.txt") == b"abcdefghij"
    for start, rest in ((4, b"efghij"), (10, b""), (99, b"")):
        with storage.open("b/x.txt", start=start) as stream:
            assert stream.read() == rest
    assert (storage.size("b/x.txt"), storage.size("a/y.txt"), storage.size("c")) == (10, 0, None)
    assert list(storage.walk()) == ["a/y.txt", "b/x.txt"]
    assert "//" not in storage.url.removeprefix("s3://")
    storage.write("bb/z.txt", b"")
    assert list(storage.walk("b")) == ["b/x.txt"]
    with pytest.raises(FileNotFoundError):
        storage.read("b/none")


def test_folder_is_adopted_and_adopted_again(storage: Storage, tmp_path: Path) -> None:
    first = {"inventory.json": b"1", "v1/content/a": b"a", "logs/one": b"x"}
    storage.adopt(lay(tmp_path / "one", first), "k/object", last=("inventory.json",))
    second = {"inventory.json": b"2", "v2/content/b": b"b", "logs/two": b"y"}
    for _ in range(2):  # as after a kill in the middle
        folder = lay(tmp_path / "two", second)
        storage.adopt(folder, "k/object", last=("inventory.json",))
    assert {key: storage.read(key) for key in storage.walk("k/object")} == {
        f"k/object/{name}": data for name, data in {**first, **second}.items()
    }


def test_archive_on_s3_is_as_on_disk(bucket: str, tmp_path: Path, product: Make) -> None:
    for name in ("local", "s3"):
        (tmp_path / name).mkdir()
    (tmp_path / "s3" / NODE_NAME).write_text(f"storage: {bucket}\n", encoding="utf-8")
    archives = [
        Archive(tmp_path / name, now=lambda: "2026-01-01T00:00:00Z") for name in ("local", "s3")
    ]
    for archive in archives:
        file_products(archive, [product(), product("heat", title="Heat")])
        file_products(archive, [product(title="Another")])
        archive.withdraw(f"{POWER}::1.0", reason="wrong unit")
    local, s3 = (archive.storage for archive in archives)
    assert sorted([*local.walk(), OWNER]) == sorted(s3.walk())
    assert all(local.read(key) == s3.read(key) for key in local.walk())
    assert (archives[1].verify().findings, archives[1].verify().versions) == ((), 3)
    with archives[1].open_file(f"{POWER}::1.1", "data.csv", start=5) as stream:
        assert stream.read(8) == b"power_w,"
    (tmp_path / "s3" / "catalogue.sqlite3").unlink()
    assert archives[1].find() == archives[0].find()
    lid = Lid.parse(POWER)
    assert archives[1].versions(lid) == archives[0].versions(lid)
    assert [bool(record.withdrawn_utc) for record in archives[1].versions(lid)] == [False, True]


@pytest.mark.parametrize("is_local", [True, False])
def test_storage_of_another_node_is_left_alone(
    bucket: str, tmp_path: Path, product: Make, is_local: bool
) -> None:
    url = str(tmp_path / "shared") if is_local else bucket
    archives = []
    for name in ("one", "two"):
        (tmp_path / name).mkdir()
        (tmp_path / name / NODE_NAME).write_text(f"storage: {url}\n", encoding="utf-8")
        archives.append(Archive(tmp_path / name))
    one, two = archives
    file_products(one, [product()])
    before = {key: one.storage.read(key) for key in one.storage.walk()}
    with pytest.raises(IlrsError) as caught:
        file_products(two, [product(title="Another")])
    assert str(caught.value) == (
        f"another node files into the storage {one.storage.url}; two would overwrite each other's "
        "products; each has a bucket, prefix or folder alone. Name another storage. Where this "
        f"folder takes the other's place, delete {OWNER} in the storage."
    )
    assert {key: one.storage.read(key) for key in one.storage.walk()} == before
    file_products(one, [product(title="Another")])
    assert (one.verify().findings, one.verify().versions) == ((), 2)


def test_archive_on_s3_whose_bytes_changed_is_found_out(
    bucket: str, tmp_path: Path, product: Make
) -> None:
    (tmp_path / NODE_NAME).write_text(f"storage: {bucket}\n", encoding="utf-8")
    archive = Archive(tmp_path)
    file_products(archive, [product()])
    key = archive.key_of(f"{POWER}::1.0", "data.csv")
    archive.storage.write(key, b"other")
    (finding,) = archive.verify().findings
    assert (finding.file, finding.found) == (key, "the file has changed")


_NO_S3 = (
    "the address names no S3 storage; possible is s3://bucket/prefix?endpoint=http://host:port, "
    "without credentials. Correct the URL; give credentials in the environment."
)


@pytest.mark.parametrize(
    ("url", "message"),
    [
        (
            "ftp://x/y",
            "'ftp:…' names no storage; possible are a folder, and "
            "s3://bucket/prefix?endpoint=http://host:port. Name one of these.",
        ),
        (
            "S3://key:secret@bucket/p",
            "'S3:…' names no storage; possible are a folder, and "
            "s3://bucket/prefix?endpoint=http://host:port. Name one of these.",
        ),
        ("s3://key:secret@bucket/p", _NO_S3),
        ("s3://key:sec/ret@bucket/p", _NO_S3),
        ("s3://bucket/p?key=secret", _NO_S3),
        ("s3://bucket/p?endpoint=http://key:secret@host:9000", _NO_S3),
        ("s3://bucket/p?endpoint=host:9000", _NO_S3),
        ("s3://bucket/p?endpoint=", _NO_S3),
        ("s3://bucket/p#q", _NO_S3),
        (
            "s3://bucket/" + "p" * 201,
            "the prefix of s3://bucket has 201 characters; at most 200 bytes leave room for the "
            "names of files. Shorten it.",
        ),
        ("s3://", _NO_S3),
    ],
)
def test_url_that_names_no_storage_is_refused(url: str, message: str) -> None:
    with pytest.raises(IlrsError) as caught:
        open_storage(url)
    assert str(caught.value) == message
    assert "secret" not in str(caught.value)


def test_s3_that_does_not_answer_is_named(
    bucket: str, tmp_path: Path, product: Make, monkeypatch: pytest.MonkeyPatch
) -> None:
    nowhere = (
        bucket.partition("?")[0].replace("s3://b", "s3://none") + "?" + bucket.partition("?")[2]
    )
    (tmp_path / NODE_NAME).write_text(f"storage: {nowhere}\n", encoding="utf-8")
    with pytest.raises(IlrsError) as caught:
        file_products(Archive(tmp_path), [product()])
    assert caught.value.asked.startswith("the storage s3://none")
    assert "NoSuchBucket" in caught.value.asked


def test_paths_of_a_node_are_seen_from_its_folder(tmp_path: Path, product: Make) -> None:
    (tmp_path / "here").mkdir()
    for storage, catalogue in (
        ("store", "../c.sqlite3"),
        ("file://store", "sqlite:///../c.sqlite3"),
        (str(tmp_path / "here/store"), f"sqlite:///{tmp_path}/c.sqlite3"),
    ):
        text = f"storage: {storage}\ncatalogue: {catalogue}\n"
        (tmp_path / "here" / NODE_NAME).write_text(text, encoding="utf-8")
        file_products(Archive(tmp_path / "here"), [product()])
        assert (tmp_path / "here/store/0=ocfl_1.1").exists()
        assert (tmp_path / "c.sqlite3").exists()
        (tmp_path / "c.sqlite3").unlink()


def test_file_that_is_gone_is_named(bucket: str, tmp_path: Path, product: Make) -> None:
    pytest.importorskip("boto3")
    for name, url in (("local", "ocfl"), ("s3", bucket)):
        (tmp_path / name).mkdir()
        (tmp_path / name / NODE_NAME).write_text(f"storage: {url}\n", encoding="utf-8")
        archive = Archive(tmp_path / name)
        file_products(archive, [product()])
        key = archive.key_of(f"{POWER}::1.0", "data.csv")
        storage: Any = archive.storage
        if name == "local":
            (tmp_path / name / "ocfl" / key).unlink()
        else:
            storage._client.delete_object(Bucket=storage._bucket, Key=storage._prefix + key)
        with pytest.raises(UnavailableError) as caught:
            archive.open_file(f"{POWER}::1.0", "data.csv")
        reason = "No such file or directory" if name == "local" else f"{storage.url}/{key}"
        assert str(caught.value) == (
            f"data.csv of {POWER}::1.0 cannot be read in the storage: {reason}; `ilrs data verify` "
            "says what else is wrong. Restore it from another copy."
        )


def test_answer_of_s3_that_breaks_off_is_named(bucket: str) -> None:
    storage: Any = open_storage(bucket)
    storage.write("a", b"0123456789")
    ask = storage._client.get_object

    def broken(**asked: Any) -> Any:
        answer = ask(**asked)
        answer["Body"]._content_length = 20  # as told, before the connection was lost
        return answer

    storage._client.get_object = broken
    with pytest.raises(UnavailableError) as caught:
        storage.read("a")
    assert str(caught.value) == (
        f"the storage {storage.url} does not answer as it should: 10 read, but total bytes "
        "expected is 20.; what was filed before is as it was; what was staged waits. Mend it and "
        "file the products again."
    )


def test_link_in_a_folder_is_not_read(tmp_path: Path) -> None:
    storage: Any = LocalStorage(tmp_path / "store")
    storage.write("a/x", b"1")
    (tmp_path / "store/a/y").symlink_to(tmp_path / "store/a/x")
    assert list(storage.walk()) == ["a/x", "a/y"]
    with pytest.raises(FileNotFoundError):
        storage.read("a/y")
