"""Snakemake's jobs, started as forks of processes that have imported what they need.

Most jobs of a small workflow spend their time on imports: two seconds for torch alone.
Here each script has a process that has imported the packages that the script imports,
and nothing of the project itself; a job is a fork of it. So a job has loaded
what it would have loaded anyway, and its record of provenance says the same. Only for
workflows that are built to be looked at: tests of kills and processes start real ones.

As a script, this is the process that forks. It listens at a socket.
"""

import ast
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
from contextlib import suppress
from importlib import import_module
from multiprocessing.context import BaseContext
from pathlib import Path

ROOT = Path(__file__).parents[2]
MOST = 1 << 20  # bytes of a request: arguments and environment
# Packages that a script always imports, but later.
LATER = {"evaluate": ["torchvision", "torchmetrics.functional.image"]}
# What Snakemake takes for Python. A script of its jobs goes to the socket, to be forked;
# anything else goes to the real Python.
CLIENT = """#!{python} -IS
import json, os, signal, socket, sys
if len(sys.argv) != 2 or ".snakemake/scripts/" not in sys.argv[1]:
    os.execv({python!r}, [{python!r}, *sys.argv[1:]])
server = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
server.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, {most})
server.connect({address!r})
request = dict(script=sys.argv[1], cwd=os.getcwd(), env=dict(os.environ))
socket.send_fds(server, [json.dumps(request).encode()], [0, 1, 2])
job = int(server.recv(64))
for number in (signal.SIGTERM, signal.SIGINT):
    signal.signal(number, lambda number, frame: os.kill(job, number))
status = int(server.recv(64) or 1)
if status < 0:
    signal.signal(-status, signal.SIG_DFL)
    os.kill(os.getpid(), -status)
sys.exit(status)
"""


def start() -> str:
    """Start the process; the path of what Snakemake takes for Python.

    That is Python itself where forks are not safe.
    """
    # Imported here: the processes must not have imported the project.
    from colorization.runtime.system import FORK

    if not FORK:
        return sys.executable
    folder = Path(tempfile.mkdtemp(prefix="jobs"))
    address = str(folder / "socket")
    listening = socket.socket(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    listening.bind(address)
    listening.listen()
    client = folder / "python"
    text = CLIENT.format(python=sys.executable, address=address, most=MOST)
    client.write_text(text, encoding="utf-8")
    client.chmod(0o755)
    with listening:
        process = subprocess.Popen(
            [sys.executable, __file__, str(listening.fileno()), FORK],
            cwd=ROOT,
            pass_fds=[listening.fileno()],
        )
    atexit.register(process.wait)
    atexit.register(process.terminate)
    return str(client)


def packages(script: str) -> list[str]:
    """What a script and the project's modules that it imports import at their tops."""
    seen, names = set(), {}
    queue = [ROOT / f"workflow_scripts/{script}.py"]
    while queue:
        path = queue.pop()
        if path in seen or not path.is_file():
            continue
        seen.add(path)
        for node in ast.parse(path.read_bytes()).body:
            if isinstance(node, ast.Import):
                modules = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                inner = [f"{node.module}.{alias.name}" for alias in node.names]
                modules = [str(node.module), *inner]
            else:
                continue
            for module in modules:
                if module.split(".")[0] == "colorization":
                    file = ROOT.joinpath(*module.split("."))
                    queue += [file.with_suffix(".py"), file / "__init__.py"]
                else:
                    names[module] = None
    return list(names)


def prepare(script: str) -> None:
    """Import what the script imports, but nothing of the project."""
    for name in packages(script) + LATER.get(script, []):
        with suppress(ImportError):  # `name` may be a function in a module
            import_module(name)
    gc.collect()
    gc.freeze()


def run(request: dict, files: list[int]) -> None:
    """Be the job, in the fork."""
    for stream, file in enumerate(files[:3]):
        os.dup2(file, stream)
    os.closerange(3, 256)
    signal.set_wakeup_fd(-1)
    signal.signal(signal.SIGTERM, signal.SIG_DFL)
    os.chdir(request["cwd"])
    os.environ.clear()
    os.environ.update(request["env"])
    script, more = request["script"], request["env"].get("PYTHONPATH", "")
    sys.argv, sys.orig_argv[1:] = [script], [script]
    sys.path[:0] = filter(None, more.split(os.pathsep))
    tempfile.tempdir = None
    # What torch reads when it is loaded. The last digits of sums depend on it.
    threads, torch = os.environ.get("OMP_NUM_THREADS"), sys.modules.get("torch")
    if threads and torch:
        torch.set_num_threads(int(threads))
    try:
        for folder in filter(None, more.split(os.pathsep)):
            if (customize := Path(folder, "sitecustomize.py")).is_file():
                runpy.run_path(str(customize))
        runpy.run_path(script, run_name="__main__")
    except Exception:
        sys.excepthook(*sys.exc_info())
        sys.exit(1)
    finally:
        atexit._run_exitfuncs()


def fork_jobs(context: BaseContext, requests: socket.socket) -> None:
    """Fork a job for each request, and tell the client its process id and its status."""
    running = []
    while True:
        for child, client in [*running]:
            if child.exitcode is not None:
                running.remove((child, client))
                with suppress(OSError), client:
                    client.send(str(child.exitcode).encode())
        if not select.select([requests], [], [], 0.01 if running else None)[0]:
            continue
        message, files, _, _ = socket.recv_fds(requests, MOST, 4)
        if not message:
            os._exit(0)
        child = context.Process(target=run, args=(json.loads(message), files))
        child.start()
        client = socket.socket(fileno=files.pop())
        client.send(str(child.pid).encode())
        for file in files:
            os.close(file)
        running.append((child, client))


def be(script: str, context: BaseContext, requests: socket.socket, files: list) -> None:
    """The process of a script."""
    # What is kept open here would never end for others.
    for file in files:
        file.close() if isinstance(file, socket.socket) else os.close(file)
    prepare(script)
    fork_jobs(context, requests)


def serve(listening: socket.socket, context: BaseContext) -> None:
    """Hand each client on to the process of its script."""
    processes = {}
    while True:
        client, _ = listening.accept()
        with client:
            message, files, _, _ = socket.recv_fds(client, MOST, 3)
            if not message:
                continue
            script = json.loads(message)["script"].split(".")[-2]
            if script not in processes:
                ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
                ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST)
                kept = [ours, listening, client, *processes.values(), *files]
                context.Process(target=be, args=(script, context, theirs, kept)).start()
                theirs.close()
                processes[script] = ours
            socket.send_fds(processes[script], [message], [*files, client.fileno()])
        for file in files:
            os.close(file)


if __name__ == "__main__":
    sys.path.pop(0)
    number, method = sys.argv[1:]
    serve(socket.socket(fileno=int(number)), multiprocessing.get_context(method))
