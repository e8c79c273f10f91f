"""What depends on the operating system, with a plain way for systems without it.

No other module asks for the system, or uses what only some systems have.
"""

import ctypes
import os
import platform
import signal
import subprocess
import sys
import threading
import time
from pathlib import Path

LINUX = sys.platform == "linux"
# How a process starts others that share its memory maps; None where that is not safe.
FORK = "fork" if LINUX else None
# Seconds between two looks at whether a parent lives, where the kernel does not tell.
LOOK_EVERY = 0.5


def cores() -> int:
    """How many cores this process may use; elsewhere than on Linux, all of the machine."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


def processor() -> str:
    """The processor's name, or else its architecture."""
    name = ""
    if LINUX:
        lines = Path("/proc/cpuinfo").read_text(encoding="utf-8").splitlines()
        names = [line for line in lines if line.startswith("model name")]
        name = names[0].split(":")[1] if names else ""  # Arm has none
    elif sys.platform == "darwin":
        command = ["sysctl", "-n", "machdep.cpu.brand_string"]
        try:
            done = subprocess.run(command, capture_output=True, encoding="utf-8")
            name = done.stdout
        except OSError:
            pass
    return name.strip() or platform.processor() or platform.machine()


def keep_freed_memory() -> None:
    """Have glibc reuse large blocks of memory; other C libraries are left as they are.

    Fresh pages for each tensor cost a third of a narrow network's step on the CPU.
    """
    if not LINUX:
        return
    m_trim_threshold, m_mmap_max, never = -1, -4, (1 << 31) - 1
    try:
        mallopt = ctypes.CDLL("libc.so.6").mallopt
    except (OSError, AttributeError):
        return
    mallopt(m_mmap_max, 0)
    mallopt(m_trim_threshold, never)


def end_with(parent: int, number: int = signal.SIGKILL) -> None:
    """Have this process end, by a signal, when the process `parent` that started it ends.

    On Linux the kernel sends it at once; elsewhere a thread looks.
    """
    if LINUX:
        pr_set_pdeathsig = 1
        ctypes.CDLL(None).prctl(pr_set_pdeathsig, number)
    else:
        watch = threading.Thread(target=_watch, args=(parent, number), daemon=True)
        watch.start()
    if os.getppid() != parent:
        raise SystemExit(1)


def _watch(parent: int, number: int) -> None:
    while os.getppid() == parent:
        time.sleep(LOOK_EVERY)
    os.kill(os.getpid(), number)


def peak_memory() -> float:
    """The most bytes that this program has held at once.

    Elsewhere than on Linux it may be more, what the process held before it ran this
    program.
    """
    if LINUX:
        lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
        return 1024 * float(peak)
    import resource  # Unix alone has it

    return float(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss)  # bytes on macOS
