"""HTTP as the server reads it off the wire, with an end to how long a request's head may get."""

from uvicorn.protocols.http.httptools_impl import HttpToolsProtocol

__all__ = ["ShortHeads"]

_MOST_HEAD_BYTES = 1 << 16


class ShortHeads(HttpToolsProtocol):
    """Requests whose head, the address and headers together, comes to little more than 64 KiB.

    What has come of a header is copied anew with each part of it: one of 200 MB kept the whole
    server for a minute and a half.
    """

    _head_bytes = 0  # that came since a request or a part of its body began

    def data_received(self, data: bytes) -> None:
        """Nothing; refuses a head, or what follows a body, that does not end."""
        self._head_bytes += len(data)
        super().data_received(data)
        if self._head_bytes > _MOST_HEAD_BYTES and not self.transport.is_closing():
            self.send_400_response("The address and headers of a request have 64 KiB at most.")

    def on_message_begin(self) -> None:
        """Nothing; a head begins."""
        self._head_bytes = 0
        super().on_message_begin()

    def on_body(self, body: bytes) -> None:
        """Nothing; a head has ended."""
        self._head_bytes = 0
        super().on_body(body)
