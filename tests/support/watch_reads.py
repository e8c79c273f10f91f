"""Notes which files a process opens to read, one on each line, in `reads/` of the working
folder. Python runs a copy of this file named sitecustomize.py."""

import os
import sys

_lines = None


def _note(event, arguments):
    global _lines
    if event != "open" or not isinstance(arguments[0], str):
        return
    path, flags = os.path.relpath(arguments[0]), arguments[2]
    if flags & os.O_ACCMODE != os.O_RDONLY or path.startswith(".."):
        return
    # Only files: folders are opened to be removed.
    if os.path.isfile(path):
        os.write(_lines, f"{path}\n".encode(errors="surrogateescape"))


# Only in Snakemake's scripts, whose copies end with the script's name.
if ".snakemake/scripts/" in " ".join(sys.orig_argv):
    os.makedirs("reads", exist_ok=True)
    name = next(part for part in sys.orig_argv if ".snakemake/scripts/" in part)
    flags = os.O_WRONLY | os.O_APPEND | os.O_CREAT
    _lines = os.open(f"reads/{os.path.basename(name)}.{os.getpid()}", flags)
    sys.addaudithook(_note)
