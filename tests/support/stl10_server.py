"""A server of a small STL-10 archive, with faults of networks."""

import gzip
import hashlib
import http.server
import io
import socket
import struct
import tarfile
import threading
from contextlib import contextmanager, suppress

import numpy as np
import pytest

UNLABELED, TEST = 12, 5
STALL = 90  # seconds


def make_files(rng):
    def images(count):
        return rng.integers(0, 256, (count, 3, 96, 96), dtype=np.uint8)

    labels = (np.arange(TEST, dtype=np.uint8) % 3 + 1).tobytes()
    contents = {
        "unlabeled_X.bin": images(UNLABELED),
        "train_X.bin": images(3),
        "test_X.bin": images(TEST),
    }
    texts = {
        "train_y.bin": b"\1\2\3",
        "test_y.bin": labels,
        "class_names.txt": b"cat\nship\nape\n",
    }
    return contents, {k: v.tobytes() for k, v in contents.items()} | texts


def make_archive(files):
    buffer = io.BytesIO()
    # The same bytes at any time.
    with (
        gzip.GzipFile(fileobj=buffer, mode="wb", mtime=0) as packed,
        tarfile.open(fileobj=packed, mode="w") as tar,
    ):
        for name, data in files.items():
            info = tarfile.TarInfo(f"stl10_binary/{name}")
            info.size = len(data)
            tar.addfile(info, io.BytesIO(data))
    return buffer.getvalue()


class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        server = self.server
        start = int(self.headers.get("Range", "bytes=0-")[6:-1])
        server.starts.append(start)
        if server.status != 200:
            self.send_error(server.status)
            return
        fault, server.faults = server.faults[:1], server.faults[1:]
        if fault:
            getattr(self, f"send_{fault[0]}")()
            return
        if not server.resumes:
            start = 0
        if start >= len(server.body):
            self.send_error(416)
            return
        self.send_response(206 if start else 200)
        self.send_header("Content-Length", str(len(server.body) - start))
        self.end_headers()
        stop = len(server.body)
        if server.breaks:
            stop = (start + stop) // 2
            server.breaks -= 1
        self.wfile.write(server.body[start:stop])

    def send_head(self, length, kind="application/gzip"):
        self.send_response(200)
        self.send_header("Content-Length", str(length))
        self.send_header("Content-Type", kind)
        self.end_headers()

    def send_page(self):
        """A page instead of the file, such as a portal's log-in."""
        page = b"<!doctype html><title>Log in</title>"
        self.send_head(len(page), "text/html; charset=utf-8")
        self.wfile.write(page)

    def send_reset(self):
        """Half of the file, then a reset connection."""
        self.send_head(len(self.server.body))
        self.wfile.write(self.server.body[: len(self.server.body) // 2])
        self.wfile.flush()
        linger = struct.pack("ii", 1, 0)
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, linger)
        self.connection.close()

    def send_stall(self):
        """Half of the file, then nothing."""
        self.send_head(len(self.server.body))
        self.wfile.write(self.server.body[: len(self.server.body) // 2])
        self.wfile.flush()
        self.connection.settimeout(STALL)
        with suppress(OSError):
            self.connection.recv(1)  # until the other side gives up

    def send_shorter(self):
        """A shorter file."""
        self.send_head(len(self.server.body) // 2)
        self.wfile.write(self.server.body[: len(self.server.body) // 2])

    def send_longer(self):
        """The file, and more bytes."""
        self.send_head(len(self.server.body) + 1000)
        self.wfile.write(self.server.body + bytes(1000))

    def log_message(self, *_):
        pass


@pytest.fixture
def server(rng):
    with serve(rng) as server:
        yield server


@contextmanager
def serve(rng, port=0):
    """A server of a small STL-10. Its `faults` happen to the next requests."""
    with http.server.ThreadingHTTPServer(("127.0.0.1", port), Handler) as server:
        server.images, server.files = make_files(rng)
        server.body = make_archive(server.files)
        server.md5 = hashlib.md5(server.body).hexdigest()
        server.starts, server.breaks, server.status = [], 0, 200
        server.resumes, server.faults = True, []
        server.url = f"http://127.0.0.1:{server.server_port}/stl10_binary.tar.gz"
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield server
        server.shutdown()
