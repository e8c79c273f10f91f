"""A server that runs during a test."""

import threading
from contextlib import contextmanager


@contextmanager
def running(server):
    """Run a server in a thread; yields its address."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
