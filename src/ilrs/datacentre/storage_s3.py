"""An archive's files on S3-compatible storage, by URL: `s3://bucket/prefix?endpoint=…`.

Credentials and region come from where the vendor's own tools take them (environment, profile),
never from the URL.
"""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, cast
from urllib.parse import parse_qsl, urlsplit

from ilrs.foundation.errors import IlrsError

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

_ABSENT = {"404", "NoSuchKey", "NotFound"}


class S3Storage:
    """The objects of a bucket whose names begin with a prefix."""

    def __init__(self, bucket: str, *, prefix: str = "", endpoint: str | None = None) -> None:
        self.url = f"s3://{bucket}/{prefix}"
        self._bucket = bucket
        self._prefix = f"{prefix.strip('/')}/" if prefix.strip("/") else ""
        self._client: Any = boto3.client("s3", endpoint_url=endpoint)

    @classmethod
    def of_url(cls, url: str) -> "S3Storage":
        """The storage of s3://bucket/prefix?endpoint=…. Raises IlrsError where it is not one."""
        parts = urlsplit(url)
        options = dict(parse_qsl(parts.query))
        if not parts.hostname or parts.username or options.keys() - {"endpoint"}:
            raise IlrsError(
                f"{parts.scheme}://{parts.hostname or ''}{parts.path} names no S3 storage",
                "possible is s3://bucket/prefix?endpoint=http://host:port, without credentials",
                "Correct the URL; give credentials in the environment.",
            )
        return cls(parts.netloc, prefix=parts.path, endpoint=options.get("endpoint"))

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
        return cast(BinaryIO, answer["Body"])

    def size(self, key: str) -> int | None:
        """Bytes of a file, None where there is none."""
        try:
            return int(self._asked("head_object", key)["ContentLength"])
        except FileNotFoundError:
            return None

    def walk(self, prefix: str = "") -> Iterator[str]:
        """The keys of all files at or below a key, in order."""
        pages = self._client.get_paginator("list_objects_v2").paginate(
            Bucket=self._bucket, Prefix=self._prefix + prefix
        )
        try:
            for page in pages:
                for item in page.get("Contents", ()):
                    yield str(item["Key"]).removeprefix(self._prefix)
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
        return IlrsError(
            f"the storage {self.url} does not answer as it should: {' '.join(str(error).split())}",
            "what was filed before is as it was; what was staged waits",
            "Mend it and file the products again.",
        )
