"""A copy of a folder that is changed, and is to be a copy again."""

import os
import shutil
import stat
from pathlib import Path


def mirror(source: Path, target: Path) -> None:
    """Make `target` what copytree would: copy what has another size or time, remove the rest.

    Of an unchanged copy nothing is written: thousands of new files take a second.
    """
    target.mkdir(parents=True, exist_ok=True)
    for name in {*os.listdir(target)} - {*os.listdir(source)}:
        remove(target / name)
    for path in source.iterdir():
        copy = target / path.name
        if path.is_dir() and not path.is_symlink():
            if not copy.is_dir() or copy.is_symlink():
                remove(copy)
            mirror(path, copy)
        elif _state(path) != _state(copy):
            remove(copy)
            shutil.copy2(path, copy, follow_symlinks=False)
    if _state(source) != _state(target):
        shutil.copystat(source, target)


def remove(path: Path) -> None:
    """Remove a file, a link or a folder, if it is there."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _state(path: Path) -> object:
    """What tells a changed file or folder from its copy."""
    try:
        status = path.lstat()
    except OSError:
        return None
    link = os.readlink(path) if path.is_symlink() else ""
    size = 0 if stat.S_ISDIR(status.st_mode) else status.st_size
    return status.st_mode, size, status.st_mtime_ns, link
