"""Snakemake's jobs, started as forks of processes that have imported what they need.

Most jobs of a small workflow spend their time on imports: two seconds for torch alone.
Here each script has a process that has imported the packages that the script imports,
and nothing of the project itself; a job is a fork of it. So a job has loaded
what it would have loaded anyway, and its record of provenance says the same. Only for
workflows that are built to be looked at: tests of kills and processes start real ones.

These processes are forks, too, of one another: one has imported numpy, one of its forks
torch, one of that one's forks all that `train` imports.

As a script, this is the first of them. It listens at a socket.
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
# What takes long to import, in the order in which it is imported.
SLOW = ("numpy", "scipy", "torch", "pandas", "matplotlib", "PIL", "numba")
# What all jobs import, and packages that a script always imports, but later.
ALL = ["snakemake.logging", "snakemake.iocontainers", "pydantic"]
LATER = {
    "colorize": ["scipy.special", "numba", "PIL.Image", "imagecodecs"],
    "count": ["scipy.special", "numba"],
    "draw_gamut": ["skimage.color"],
    "evaluate": ["torchvision", "torchmetrics.image", "skimage.color"],
    "gallery": ["PIL.Image", "imagecodecs"],
    "probe": ["torch._dynamo"],
    "temperatures": ["skimage.color"],
    "train": ["torch._dynamo"],
}
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


def steps(script: str) -> list[list[str]]:
    """What its process and those that it is a fork of import, one after the other."""
    names = packages(script) + LATER.get(script, [])
    tops = {name.split(".")[0] for name in names}
    return [ALL, *([name] for name in SLOW if name in tops), names]


def prepare(names: list[str]) -> None:
    """Import packages."""
    for name in names:
        with suppress(ImportError):  # it may be a function in a module
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


def answer(context: BaseContext, requests: socket.socket) -> None:
    """Fork a job for each request, or hand it on to a fork that imports more for it.

    A job's client is told its process id and its status.
    """
    running, forks = [], {}
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
        request = json.loads(message)
        if request["steps"]:
            hand_on(request, files, context, requests, forks)
        else:
            child = context.Process(target=run, args=(request, files))
            child.start()
            client = socket.socket(fileno=files.pop())
            client.send(str(child.pid).encode())
            running.append((child, client))
        for file in files:
            os.close(file)


def hand_on(
    request: dict,
    files: list[int],
    context: BaseContext,
    requests: socket.socket,
    forks: dict[str, socket.socket],
) -> None:
    """Send a request to the fork that has imported what is its next step.

    `forks` are the sockets of this process's forks, by what they have imported.
    """
    names = request["steps"].pop(0)
    if (key := " ".join(names)) not in forks:
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        ours.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MOST)
        # What it keeps open would never end for others.
        kept = [requests, ours, *forks.values(), *files]
        context.Process(target=be, args=(names, context, theirs, kept)).start()
        theirs.close()
        forks[key] = ours
    socket.send_fds(forks[key], [json.dumps(request).encode()], files)


def be(names: list[str], context: BaseContext, requests: socket.socket, files: list):
    """A process that has imported some packages more."""
    for file in files:
        file.close() if isinstance(file, socket.socket) else os.close(file)
    prepare(names)
    answer(context, requests)


def serve(listening: socket.socket, context: BaseContext) -> None:
    """Hand each client's request on, with the client, until the tests have ended."""
    forks, tests = {}, os.getppid()
    while os.getppid() == tests:
        if not select.select([listening], [], [], 1)[0]:
            continue
        client, _ = listening.accept()
        with client:
            message, files, _, _ = socket.recv_fds(client, MOST, 3)
            if message:
                request = json.loads(message)
                request["steps"] = steps(request["script"].split(".")[-2])
                files.append(client.detach())
                hand_on(request, files, context, listening, forks)
        for file in files:
            os.close(file)


if __name__ == "__main__":
    sys.path.pop(0)
    number, method = sys.argv[1:]
    serve(socket.socket(fileno=int(number)), multiprocessing.get_context(method))
