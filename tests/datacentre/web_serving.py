"""A web server for tests that cuts connections and is slow, on loopback alone."""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class FolderServer:
    """Serves a folder with ranges and ETags; counts what was asked for and how much was sent."""

    def __init__(self, folder: Path, *, has_ranges: bool = True) -> None:
        self.folder, self.has_ranges = folder, has_ranges
        self.requests: list[str] = []
        self.bytes_sent = 0
        self.url = ""

    def answer(self, handler: BaseHTTPRequestHandler) -> None:
        """One file, or the part of it that is asked for."""
        self.requests.append(handler.path)
        path = self.folder / handler.path.lstrip("/")
        if not path.is_file():
            handler.send_error(404)
            return
        content = path.read_bytes()
        etag = f'"{path.stat().st_mtime_ns}"'
        wanted = handler.headers.get("Range", "") if self.has_ranges else ""
        start, stop = 0, len(content)
        if wanted:
            first, _, last = wanted.removeprefix("bytes=").partition("-")
            start, stop = int(first), min(int(last or stop - 1) + 1, stop)
        handler.send_response(206 if wanted else 200)
        if wanted:
            handler.send_header("Content-Range", f"bytes {start}-{stop - 1}/{len(content)}")
        handler.send_header("Content-Length", str(stop - start))
        handler.send_header("ETag", etag)
        handler.end_headers()
        handler.wfile.write(content[start:stop])
        self.bytes_sent += stop - start


@contextmanager
def serving(answer: Any) -> Iterator[str]:
    """The address at which `answer(handler)` answers every GET and POST."""

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.0"  # one request a connection, as over a poor link

        def do_GET(self) -> None:
            answer(self)

        def do_POST(self) -> None:
            answer(self)

        def log_message(self, *_: Any) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
