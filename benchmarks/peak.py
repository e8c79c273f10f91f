"""Peak memory of this program. It imports nothing heavy, which would count."""

from pathlib import Path


def peak_memory() -> float:
    """The most bytes that this program has held at once.

    (getrusage's figure is inherited from the parent process.)
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return 1024 * float(peak)
