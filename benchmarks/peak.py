"""Peak memory of this program. Imports nothing heavy, which would count, too."""

from pathlib import Path


def peak_memory() -> float:
    """Most bytes that this program has held at once.

    Not getrusage's figure, which a program inherits from the one that started it.
    """
    lines = Path("/proc/self/status").read_text(encoding="utf-8").splitlines()
    (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM:"))
    return 1024 * float(peak)
