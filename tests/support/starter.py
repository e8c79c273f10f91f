"""Programs that are slow to import, started as forks of a process that has imported them.

Snakemake needs a second and a half to import itself, torch four. A fork gets its own folder,
environment, arguments and streams, and from then on is a process like any other: with a
process id, a status, and signals that end it. Nothing that a test changes may be imported
before the fork: for Snakemake, only packages of others.

Where a process cannot be forked safely, each program is started and imports all itself.

As a script, this is the process that forks. It reads requests from a socket.
"""

import atexit
import gc
import json
import multiprocessing
import os
import runpy
import select
import signal
import socket
import subprocess
import sys
import tempfile
import threading
import time
from contextlib import suppress
from importlib import import_module

# What Snakemake and this workflow's rules import later.
SNAKEMAKE = [
    *("snakemake.cli", "docutils.core", "dpath", "jinja2", "jsonschema", "nbformat"),
    *("PIL.ExifTags", "pydantic", "pygments", "requests", "smart_open", "sqlite3"),
    *("tqdm", "yte", "snakemake.report.html_reporter"),
]
# Bytes of a request or an answer: arguments and environment.
MOST = 1 << 20


class Starter:
    """Starts `python -m program` as forks of a process that has imported `modules`.

    With `together`, what it has started is ended when this process ends.
    """

    def __init__(self, program="snakemake", modules=SNAKEMAKE, together=False):
        self.program, self.modules, self.together = program, modules, together
        self._lock, self._socket = threading.Lock(), None

    def __call__(self, args, cwd, env) -> tuple[int, str]:
        """Exit status and output, when it has ended."""
        streams = dict(stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        process = self.start(args, cwd, env, **streams)
        output = "".join(process.communicate())
        return process.returncode, output

    def start(
        self, args, cwd, env, stdout=None, stderr=None, start_new_session=False
    ) -> "Process":
        """The same as subprocess.Popen does."""
        # Not above: this module is imported before a fork, which imports a test's own code.
        from colorization.runtime.system import FORK

        if not FORK:
            command = [sys.executable, "-m", self.program, *map(str, args)]
            options = dict(cwd=cwd, env=env, stdout=stdout, stderr=stderr)
            options |= dict(start_new_session=start_new_session, encoding="utf-8")
            return subprocess.Popen(command, **options)
        given = [1, 2]
        files, pipes = [], {}
        for number, wish in enumerate((stdout, stderr)):
            if wish == subprocess.PIPE:
                out, given[number] = os.pipe()
                pipes[number] = os.fdopen(out, encoding="utf-8", errors="replace")
                files.append(given[number])
            elif wish == subprocess.STDOUT:
                given[number] = given[0]
            elif wish is not None:
                given[number] = wish if isinstance(wish, int) else wish.fileno()
        request = dict(args=list(map(str, args)), cwd=str(cwd), env=dict(env))
        request |= dict(session=start_new_session, together=self.together)
        pid = self._ask(request, given, FORK)
        for file in files:
            os.close(file)
        return Process(self, pid, pipes.get(0), pipes.get(1))

    def status(self, pid: int) -> int | None:
        """Its exit status; None while it runs."""
        return self._ask(dict(status=pid))

    def _ask(self, request, files=(), method=None):
        with self._lock:
            if not self._socket:
                self._open(method)
            socket.send_fds(self._socket, [json.dumps(request).encode()], files)
            return json.loads(self._socket.recv(MOST))

    def _open(self, method) -> None:
        self._socket, other = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        self._socket.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST)
        with other:
            arguments = str(other.fileno()), method, self.program, *self.modules
            # Threads do not survive a fork.
            single = {"OPENBLAS_NUM_THREADS": "1"}
            self._process = subprocess.Popen(
                [sys.executable, __file__, *arguments],
                cwd=os.path.join(os.path.dirname(__file__), "../.."),
                env=os.environ | single,
                pass_fds=[other.fileno()],
            )
        atexit.register(self.close)

    def close(self) -> None:
        """End the process, if there is one; what it has started goes on."""
        with self._lock:
            if self._socket:
                self._socket.close()
                self._process.wait()
                self._socket = None
        atexit.unregister(self.close)


class Process:
    """A fork, with the parts of subprocess.Popen that tests use."""

    def __init__(self, starter, pid, stdout, stderr):
        self._starter, self.pid = starter, pid
        self.stdout, self.stderr, self.returncode = stdout, stderr, None

    def poll(self):
        if self.returncode is None:
            self.returncode = self._starter.status(self.pid)
        return self.returncode

    def wait(self, timeout=None):
        end = time.monotonic() + (float("inf") if timeout is None else timeout)
        pause = 0.001
        while self.poll() is None:
            if time.monotonic() > end:
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
            time.sleep(pause)
            pause = min(2 * pause, 0.02)
        return self.returncode

    def communicate(self, timeout=None):
        """All that comes out of the pipes, until all processes have closed them."""
        found = [None, None]

        def read(number, stream):
            with stream:
                found[number] = stream.read()

        threads = [
            threading.Thread(target=read, args=(number, stream), daemon=True)
            for number, stream in enumerate((self.stdout, self.stderr))
            if stream
        ]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join(timeout)
            if thread.is_alive():
                raise subprocess.TimeoutExpired(str(self.pid), timeout)
        self.wait(timeout)
        return tuple(found)

    def send_signal(self, number):
        if self.poll() is None:
            os.kill(self.pid, number)

    def terminate(self):
        self.send_signal(signal.SIGTERM)

    def kill(self):
        self.send_signal(signal.SIGKILL)


def run(program: str, request: dict, files: list[int]) -> None:
    """Run the program, in the fork."""
    if request["session"]:
        os.setsid()
    for stream, file in enumerate(files, 1):
        os.dup2(file, stream)
    os.closerange(3, 256)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    if python := os.environ.pop("PYTHON_OF_JOBS", None):
        sys.executable = python
    # As python -m has them.
    more = list(filter(None, os.environ.get("PYTHONPATH", "").split(os.pathsep)))
    sys.path[:1] = [request["cwd"], *more]
    sys.argv = [program, *request["args"]]
    tempfile.tempdir = None
    try:
        for folder in more:
            if os.path.isfile(customize := os.path.join(folder, "sitecustomize.py")):
                runpy.run_path(customize)
        runpy.run_module(program, run_name="__main__", alter_sys=True)
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()


def serve(connection: socket.socket, method: str, program: str) -> None:
    """Answer requests until the other side closes the connection."""
    context, children, together = multiprocessing.get_context(method), {}, []
    while True:
        # Those that have ended are not left as zombies.
        running = multiprocessing.active_children()
        if not select.select([connection], [], [], 0.05 if running else None)[0]:
            continue
        message, files, _, _ = socket.recv_fds(connection, MOST, 2)
        if not message:
            for child in together:
                child.terminate()
            os._exit(0)
        request = json.loads(message)
        if "status" in request:
            child = children[request["status"]]
            answer = child.exitcode
        else:
            child = context.Process(target=run, args=(program, request, files))
            child.start()
            together += [child] if request["together"] else []
            children[child.pid] = child
            answer = child.pid
        for file in files:
            os.close(file)
        connection.send(json.dumps(answer).encode())


if __name__ == "__main__":
    number, method, program, *modules = sys.argv[1:]
    sys.path[0] = os.getcwd()
    for module in modules:
        import_module(module)
    if program == "snakemake":
        # It looks for plugins among all packages.
        import_module("snakemake.cli").get_argument_parser()
    # Objects of all these modules are left alone, not copied.
    gc.collect()
    gc.freeze()
    with suppress(KeyboardInterrupt):
        serve(socket.socket(fileno=int(number)), method, program)
