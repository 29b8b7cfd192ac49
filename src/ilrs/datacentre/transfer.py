"""HTTP over a slow and broken link: files that go on where they ended, answers asked for again."""

import http.client
import json
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from ilrs.foundation.errors import IlrsError
from ilrs.foundation.provenance import sha256_of_file

__all__ = ["Link", "LinkError"]

_BLOCK = 1 << 16
_TIMEOUT_S = 60.0
_MOST_ANSWER_BYTES = 1 << 26
_BARREN = 6  # attempts in a row that bring nothing before it is given up
_LATER = {408, 425, 429, 500, 502, 503, 504}  # HTTP: not now, but perhaps later


class LinkError(IlrsError):
    """The other side cannot be reached, or breaks off whatever is asked of it."""


@dataclass(slots=True)
class Link:
    """The way to one server; `bytes_read` and `requests` count what went over it.

    A token is sent to that server alone. `opener` answers like `urllib.request.OpenerDirector`.
    """

    url: str
    token: str = field(default="", repr=False)
    opener: Any = None
    sleep: Callable[[float], None] = time.sleep
    requests: int = 0
    bytes_read: int = 0

    def json(self, path: str, body: Any = None) -> Any:
        """What the server answers at a path, sent by POST where there is a body.

        Raises IlrsError where it refuses, LinkError where no answer comes whole.
        """
        for barren in range(_BARREN):
            if barren:
                self.sleep(_pause_s(barren))
            try:
                with self._open(path, {}, body) as answer:
                    content = answer.read(_MOST_ANSWER_BYTES)
                    self.bytes_read += len(content)
                    return json.loads(content)
            except (OSError, http.client.HTTPException, ValueError) as error:
                reason = self._reason(path, error)
        raise self._broken(path, reason)

    def bring(self, path: str, target: Path, *, size: int, sha256: str) -> None:
        """Makes `target` the file at a path of the server; what is there of it is gone on from.

        Raises IlrsError where the server refuses or its content has another digest, LinkError
        where attempts bring nothing any more: what has come is kept for the next time.
        """
        barren, reason = 0, ""
        if not size:
            target.write_bytes(b"")
        while (begun := target.stat().st_size if target.exists() else 0) != size:
            if begun > size:
                target.unlink()
                continue
            try:
                self._attempt(path, target, begun, sha256)
            except (OSError, http.client.HTTPException) as error:
                reason = self._reason(path, error)
            held = target.stat().st_size if target.exists() else 0
            barren = 0 if held > begun else barren + 1
            if barren == _BARREN:
                raise self._broken(path, reason or f"it ends after {held} of {size} bytes")
            if barren:
                self.sleep(_pause_s(barren))
        found = sha256_of_file(target)
        if found != sha256:
            target.unlink()
            raise IlrsError(
                f"{self.url}{path} has SHA-256 {found}",
                f"its record says {sha256}",
                "It is not taken; tell whoever runs that node.",
            )

    def _attempt(self, path: str, target: Path, begun: int, sha256: str) -> None:
        """One connection: appends what comes, until it ends for whatever reason."""
        headers = {"Range": f"bytes={begun}-", "If-Range": f'"{sha256}"'} if begun else {}
        with self._open(path, headers, None) as answer:
            goes_on = answer.status == 206 and answer.headers.get("Content-Range", "").startswith(
                f"bytes {begun}-"
            )
            with target.open("ab" if goes_on else "wb") as stream:
                while block := answer.read1(_BLOCK):
                    stream.write(block)
                    self.bytes_read += len(block)

    def _open(self, path: str, headers: dict[str, str], body: Any) -> Any:
        content = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.url}{path}", data=content, headers=headers)
        request.add_header("User-Agent", "ilrs")
        if content is not None:
            request.add_header("Content-Type", "application/json")
        if self.token:
            # unredirected: wherever the server sends us, the token does not go along
            request.add_unredirected_header("Authorization", f"Bearer {self.token}")
        self.requests += 1
        return (self.opener or urllib.request.build_opener()).open(request, timeout=_TIMEOUT_S)

    def _reason(self, path: str, error: Exception) -> str:
        """Why an attempt failed. Raises IlrsError where another one will not help."""
        if not isinstance(error, urllib.error.HTTPError):
            return str(getattr(error, "reason", None) or error or type(error).__name__)
        error.close()
        if error.code in _LATER:
            return f"the server answers {error.code}"
        raise IlrsError(
            f"{self.url}{path} is not given: the server answers {error.code}",
            "it gives what the rights of the token allow, and without a token what is public",
            "Check the address and the token.",
        ) from None

    def _broken(self, path: str, reason: str) -> LinkError:
        return LinkError(
            f"{self.url}{path} does not come through: {reason}",
            f"{_BARREN} attempts in a row brought nothing",
            "Try again later: it goes on from what is here.",
        )


def _pause_s(barren: int) -> float:
    return float(min(0.25 * 2.0**barren, 8.0))
