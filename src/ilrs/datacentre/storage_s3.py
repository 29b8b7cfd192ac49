"""An archive's files on S3-compatible storage, by URL: `s3://bucket/prefix?endpoint=…`.

Credentials and region come from where the vendor's own tools take them (environment, profile),
never from the URL.
"""

import io
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl

from ilrs.foundation.errors import IlrsError, UnavailableError

try:
    import boto3
    from botocore.exceptions import BotoCoreError, ClientError
except ImportError:
    raise IlrsError(
        "S3 storage cannot be used: boto3 is not installed",
        "it comes with the extra 's3'",
        "Run: pip install 'ilrs[s3]'",
    ) from None

__all__ = ["S3Storage"]

_PLACE = re.compile(r"[^/@:#]+(/[^@#]*)?")
_MOST_OF_PREFIX = 200  # bytes; a key has 1,024, most of which the names of products' files take
_ENDPOINT = re.compile(r"https?://[^/@?#\s]+(/[^@?#\s]*)?")
_ABSENT = {"404", "NoSuchKey", "NotFound"}


class _Body(io.RawIOBase):
    """The bytes of an answer, which may break off."""

    def __init__(self, body: Any, failed: Callable[[Exception], IlrsError]) -> None:
        super().__init__()
        self._body, self._failed = body, failed

    def readable(self) -> bool:
        return True

    def read(self, size: int | None = -1) -> bytes:
        try:
            return bytes(self._body.read(None if size is None or size < 0 else size))
        except BotoCoreError as error:
            raise self._failed(error) from None

    def close(self) -> None:
        self._body.close()
        super().close()


class S3Storage:
    """The objects of a bucket whose names begin with a prefix."""

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str | None = None) -> None:
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self.url = f"s3://{bucket}/{self._prefix}".rstrip("/")
        try:
            self._client: Any = boto3.client("s3", endpoint_url=endpoint)
        except (BotoCoreError, ValueError) as error:
            raise self._failed(error) from None

    @classmethod
    def of_url(cls, url: str) -> "S3Storage":
        """The storage of s3://bucket/prefix?endpoint=…. Raises IlrsError where it is not one."""
        place, _, query = url.removeprefix("s3://").partition("?")
        bucket, _, prefix = place.partition("/")
        options = dict(parse_qsl(query, keep_blank_values=True))
        endpoint = options.get("endpoint")
        is_sound = endpoint is None or _ENDPOINT.fullmatch(endpoint)
        if not is_sound or not _PLACE.fullmatch(place) or options.keys() - {"endpoint"}:
            raise IlrsError(  # which tells nothing of an address where a secret may stand
                "the address names no S3 storage",
                "possible is s3://bucket/prefix?endpoint=http://host:port, without credentials",
                "Correct the URL; give credentials in the environment.",
            )
        if len(prefix.encode("utf-8", "replace")) > _MOST_OF_PREFIX:
            raise IlrsError(
                f"the prefix of s3://{bucket} has {len(prefix)} characters",
                f"at most {_MOST_OF_PREFIX} bytes leave room for the names of files",
                "Shorten it.",
            )
        return cls(bucket, prefix=prefix, endpoint=endpoint)

    def read(self, key: str) -> bytes:
        """The bytes of a file. Raises FileNotFoundError where there is none."""
        with self.open(key) as stream:
            return stream.read()

    def open(self, key: str, *, start: int = 0) -> BinaryIO:
        """The bytes of a file from `start` on, as a stream. Raises FileNotFoundError likewise."""
        if start and start >= (self.size(key) or 0):
            return io.BytesIO()  # S3 refuses such a range
        span = {"Range": f"bytes={start}-"} if start else {}
        answer = self._asked("get_object", key, **span)
        return cast(BinaryIO, _Body(answer["Body"], self._failed))

    def size(self, key: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            return int(self._asked("head_object", key)["ContentLength"])
        except FileNotFoundError:
            return None

    def walk(self, prefix: str = "") -> Iterator[str]:
        """The keys of all files at or below a key, in order."""
        below = f"{self._prefix}{prefix}".removesuffix("/")  # S3's begins beside it too
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for item in page.get("Contents", ()):
                    key = str(item["Key"])
                    if key == below or key.startswith(f"{below}/" if below else ""):
                        yield key.removeprefix(self._prefix)
        except (ClientError, BotoCoreError) as error:
            raise self._failed(error) from None

    def write(self, key: str, data: bytes) -> None:
        """Writes a small file, or replaces it, at one stroke."""
        self._asked("put_object", key, Body=data)

    def adopt(self, folder: Path, key: str, *, last: tuple[str, ...] = ()) -> None:
        """Copies a local folder under a key, the files named `last` after all others."""
        paths = sorted(path for path in folder.rglob("*") if path.is_file())
        names = {path.relative_to(folder).as_posix(): path for path in paths}
        try:
            for name in sorted(names, key=lambda n: last.index(n) if n in last else -1):
                target = f"{self._prefix}{key}/{name}"
                self._client.upload_file(str(names[name]), self._bucket, target)
        except (ClientError, BotoCoreError, boto3.exceptions.Boto3Error) as error:
            raise self._failed(error) from None

    def path(self, key: str) -> Path | None:
        """None: nothing of it lies on this machine."""
        return None

    def _asked(self, method: str, key: str, **options: Any) -> Any:
        call = getattr(self._client, method)
        try:
            return call(Bucket=self._bucket, Key=self._prefix + key, **options)
        except ClientError as error:
            if error.response.get("Error", {}).get("Code") in _ABSENT:
                raise FileNotFoundError(f"{self.url}/{key}") from None
            raise self._failed(error) from None
        except BotoCoreError as error:
            raise self._failed(error) from None

    def _failed(self, error: Exception) -> IlrsError:
        return UnavailableError(
            f"the storage {self.url} does not answer as it should: {' '.join(str(error).split())}",
            "what was filed before is as it was; what was staged waits",
            "Mend it and file the products again.",
        )
