"""A static server for the pages that the pipeline writes, for this machine only."""

import errno
import os
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BytesIO
from pathlib import Path

from colorization.runtime.log import StageError

HEADERS = {
    # A page needs these two for WebAssembly's threads.
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    # The page's scripts can connect to no other host.
    "Content-Security-Policy": "connect-src 'self' blob: data:",
    # A page that was built again is shown at once.
    "Cache-Control": "no-cache",
    "X-Content-Type-Options": "nosniff",
}


class Handler(SimpleHTTPRequestHandler):
    """Sends files with the right types, whatever the system's list of types says."""

    protocol_version = "HTTP/1.1"
    extensions_map = SimpleHTTPRequestHandler.extensions_map | {
        ".css": "text/css",
        ".html": "text/html; charset=utf-8",
        ".js": "text/javascript",
        ".json": "application/json",
        ".mjs": "text/javascript",
        ".png": "image/png",
        ".wasm": "application/wasm",
    }

    def end_headers(self) -> None:
        for name, value in HEADERS.items():
            self.send_header(name, value)
        super().end_headers()

    def list_directory(self, path: str | os.PathLike[str]) -> BytesIO | None:
        """Where results are, go on to the demo: from there, links lead to the others."""
        if not _has_demo(Path(path)):
            return super().list_directory(path)
        self.send_response(HTTPStatus.FOUND)
        self.send_header("Location", "demo/")
        self.send_header("Content-Length", "0")
        self.end_headers()
        return None

    def log_message(self, format: str, *args: object) -> None:
        """Say nothing of each request."""


class Server(ThreadingHTTPServer):
    """A server that ends without waiting for open connections of browsers."""

    daemon_threads = True


def make_server(folder: Path, port: int) -> Server:
    """A server of `folder` on 127.0.0.1; port 0 takes any. Raises StageError.

    It is a page's folder, or one of results that has the demo.
    """
    if not (folder / "index.html").is_file() and not _has_demo(folder):
        raise StageError(f"{folder}: no index.html; make demo builds the page")
    try:
        return Server(("127.0.0.1", port), partial(Handler, directory=str(folder)))
    except OverflowError:
        raise StageError(f"port {port}: not in 0…65535; choose another") from None
    except OSError as error:
        if error.errno not in (errno.EADDRINUSE, errno.EACCES):
            raise
        raise StageError(
            f"port {port}: {error.strerror}; choose another: make demo PORT=8001"
        ) from None


def _has_demo(folder: Path) -> bool:
    return (folder / "demo" / "index.html").is_file()


def serve(folder: Path, port: int) -> None:
    """Serve `folder` until Ctrl-C. Raises StageError."""
    with make_server(folder, port) as server:
        print(f"http://127.0.0.1:{server.server_port}/  (Ctrl-C ends it)", flush=True)
        try:
            server.serve_forever()
        except KeyboardInterrupt:
            print()
