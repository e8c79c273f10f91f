"""A server that runs while a test looks at it."""

import threading
from contextlib import contextmanager


@contextmanager
def running(server):
    """The address of a server that runs meanwhile."""
    with server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
