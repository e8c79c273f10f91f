"""Makes this project's code believe that it runs on a Mac. Python runs a copy of this file
named sitecustomize.py, beside the project's code.

Libraries go on as they are: those that are installed are built for this system. A job
notes in `jobs/` of the working folder how OpenMP's threads wait.
"""

import builtins
import ctypes
import importlib
import io
import os
import pathlib
import sys
import types

ROOT = os.path.dirname(os.path.abspath(__file__))
LIBRARY = os.path.dirname(os.__file__)


def _asked_by_us() -> bool:
    """Whether the first caller outside of Python's library is a file of the project."""
    frame = sys._getframe(2)
    while frame and _of_python(frame.f_code.co_filename):
        frame = frame.f_back
    name = frame.f_code.co_filename if frame else ""
    return name.startswith(ROOT + os.sep) or ".snakemake/scripts/" in name


def _of_python(name: str) -> bool:
    inside = name.startswith(LIBRARY) and "site-packages" not in name
    return inside or name.startswith("<frozen") or name == __file__


class _Sys(types.ModuleType):
    @property
    def platform(self):
        return "darwin" if _asked_by_us() else "linux"


def _without_proc(opener):
    def open_file(path, *args, **kwargs):
        if str(path).startswith("/proc") and _asked_by_us():
            raise FileNotFoundError(2, "No such file or directory", str(path))
        return opener(path, *args, **kwargs)

    return open_file


class _Library(ctypes.CDLL):
    def __init__(self, name, *args, **kwargs):
        if name in (None, "libc.so.6") and _asked_by_us():
            raise OSError(f"dlopen({name}): no such file")
        super().__init__(name, *args, **kwargs)


sys.__class__ = _Sys
# New modules would be of the class that `sys` has.
importlib._bootstrap._new_module = types.ModuleType
for name in ("sched_getaffinity", "sched_setaffinity", "fork", "posix_fadvise"):
    delattr(os, name)
builtins.open = io.open = _without_proc(io.open)
pathlib.io.open = io.open
ctypes.CDLL = _Library

if any(".snakemake/scripts/" in part for part in sys.orig_argv):
    os.makedirs("jobs", exist_ok=True)
    with open(f"jobs/{os.getpid()}", "w", encoding="utf-8") as file:
        file.write(os.environ.get("GOMP_SPINCOUNT", "none"))
