"""Which files a source consists of. Imported while the workflow is parsed: keep light."""

import errno
import hashlib
import os
import stat
from pathlib import Path
from typing import NamedTuple

from colorization.contents import content_digests
from colorization.log import StageError

# Files with these endings are images; others are not looked at.
SUFFIXES = frozenset(
    [
        ".jpg",
        ".jpeg",
        ".png",
        ".bmp",
        ".gif",
        ".tif",
        ".tiff",
        ".webp",
        ".ppm",
        ".pgm",
        ".jp2",
        ".avif",
        ".heic",
    ]
)
# What STL-10's archive must hold.
STL10_FILES = [
    "unlabeled_X.bin",
    "train_X.bin",
    "train_y.bin",
    "test_X.bin",
    "test_y.bin",
    "class_names.txt",
]


class Source(NamedTuple):
    """One image file: its tree and its path inside of it, with forward slashes."""

    root: str
    name: str


def list_images(roots: list[str]) -> list[Source]:
    """All image files below the roots, sorted; links are not followed.

    A root may be a file itself, of any name. A folder that may not be looked into is
    listed itself: whoever reads it will see. Raises StageError for a root that is missing,
    and for a folder that is there but cannot be listed.
    """
    found = []
    for root in roots:
        if os.path.isfile(root):
            found.append(Source(*os.path.split(root)))
            continue
        if not os.path.isdir(root):
            raise StageError(f"{root!r} is neither a folder nor a file")
        hidden: list[OSError] = []
        for folder, folders, files in os.walk(root, onerror=hidden.append):
            folders.sort()
            for file in files:
                known = Path(file).suffix.lower() in SUFFIXES
                if known and not _is_special(os.path.join(folder, file)):
                    name = Path(folder, file).relative_to(root).as_posix()
                    found.append(Source(str(root), name))
        for error in hidden:
            if error.errno not in (errno.EACCES, errno.EPERM):
                raise StageError(
                    f"{error.filename}: cannot be listed: {error.strerror}"
                )
            name = Path(error.filename).relative_to(root).as_posix()
            found.append(Source(str(root), name))
    return sorted(found, key=lambda source: (source.name, source.root))


def _is_special(path: str) -> bool:
    """Whether it is a pipe or a device, which one must not even open."""
    try:
        return not stat.S_ISREG(os.stat(path).st_mode)
    except OSError:  # a link to nowhere, say: whoever reads it will see
        return False


def listing_digest(roots: list[str], memory: Path | None = None) -> str:
    """Digest of the names and contents of all images: what an import depends on.

    `memory` is `content_digests`'s.
    """
    names = {os.path.join(*source): source.name for source in list_images(roots)}
    digest = hashlib.sha256()
    for path, content in content_digests(names, memory).items():
        digest.update(os.fsencode(f"{names[path]}\0{content}\n"))
    return digest.hexdigest()
