"""The image files below folders. Imported while the workflow is parsed: keep light."""

import errno
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import NamedTuple

from colorization.runtime.file_digests import content_digests
from colorization.runtime.files import printable
from colorization.runtime.log import StageError

# Files with these endings are taken for images.
SUFFIXES = frozenset(
    [
        *(".jpg", ".jpeg", ".jpe", ".jfif", ".mpo", ".png", ".apng", ".gif"),
        *(".tif", ".tiff", ".webp", ".bmp", ".dib", ".ppm", ".pgm", ".pbm", ".pnm"),
        *(".heic", ".heif", ".hif", ".avif", ".avifs", ".jxl"),
        *(".jp2", ".j2k", ".j2c", ".jpc", ".jpf", ".jpx"),
        *(".tga", ".psd", ".qoi", ".pcx"),
    ]
)
# Names, in lower case, of what systems and programs leave among photographs: thumbnails,
# deleted files, indexes. Names that begin with a dot are left out as well.
GENERATED = frozenset(
    [
        *("@eadir", "@tmp", "#recycle", "#snapshot", "~snapshot"),  # Synology, NetApp
        *("@recycle", "@recently-snapshot", "@__thumb"),  # QNAP
        *("__macosx", "network trash folder", "temporary items", "ipod photo cache"),
        *("$recycle.bin", "recycler", "system volume information"),  # Windows
        *("thumbs.db", "ehthumbs.db", "ehthumbs_vista.db", "desktop.ini"),
        *("lost+found", "thmbnl"),  # Linux; Sony's cameras
    ]
)
PREVIEWS = "previews.lrdata"  # Lightroom
# Libraries of Apple's programs: photographs are in ORIGINALS, copies in other folders.
LIBRARIES = (".photoslibrary", ".photolibrary", ".migratedphotolibrary", ".aplibrary")
ORIGINALS = ("originals", "masters")
# A folder with this file holds results of the command colorize.
MARK = ".colorized"
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
    """One image file: a root, and the path below it with forward slashes."""

    root: str
    name: str


def list_images(
    roots: list[str],
    report: Callable[[str], None] = lambda line: None,
    results: Path | str | None = None,
) -> list[Source]:
    """All image files below the roots, sorted; each file and folder once.

    A root may be a file of any name. Links to folders are followed. Hidden and generated
    files are left out. So are the folder `results` and folders with the file MARK, unless
    a root is one or lies in one. A folder without permission to read is listed itself:
    reading it gives the reason. `report` gets lines that say what was left out.

    Raises StageError for a root that is missing, and for a folder that cannot be listed
    for another reason.
    """
    listing, starts = _Listing(results), []
    for root in map(str, roots):
        if os.path.isfile(root):
            listing.add(Source(*os.path.split(root)))
        elif os.path.isdir(root):
            starts.append(Source(root, ""))
        else:
            raise StageError(f"{root!r} is neither a folder nor a file")
    # Links come last: a folder inside a root keeps the name that it has there.
    while starts := listing.new(starts):
        starts = [link for start in starts for link in listing.walk(start)]
    for line in listing.left_out():
        report(f"in {shortened(roots)}: {line}")
    return sorted(
        listing.images.values(), key=lambda source: (source.name, source.root)
    )


class _Listing:
    """The images below all roots, and counts of what was left out."""

    def __init__(self, results: Path | str | None):
        # By device and inode, or by path.
        self.images: dict[tuple | str, Source] = {}
        self._folders: set[tuple | str] = set()
        self._results = results and _identity(results)
        self._second_names: list[str] = []
        self._result_folders: list[str] = []
        self._hidden: Counter[str] = Counter()
        self._no_images: Counter[str] = Counter()

    def new(self, folders: list[Source]) -> list[Source]:
        """The folders that were not reached before."""
        return [f for f in folders if self._is_new(os.path.join(*f))]

    def walk(self, start: Source) -> list[Source]:
        """Add the images of a folder. Returns its links to folders."""
        links, errors = [], []
        tree = os.walk(os.path.join(*start), onerror=errors.append)
        for folder, folders, files in tree:
            prefix = _relative(folder, start.root)
            prefix = "" if prefix == "." else f"{prefix}/"
            if prefix and MARK in files:
                self._result_folders.append(folder)
                folders.clear()
                continue
            is_library = os.path.abspath(folder).lower().endswith(LIBRARIES)
            entered = []
            for name in sorted(folders):
                path = os.path.join(folder, name)
                if _is_hidden(name) or (is_library and name.lower() not in ORIGINALS):
                    self._hidden[name] += 1
                elif self._results and self._is_of_results(path):
                    self._result_folders.append(path)
                elif os.path.islink(path):
                    links.append(Source(start.root, prefix + name))
                elif self._is_new(path):
                    entered.append(name)
            folders[:] = entered
            for name in files:
                ending = os.path.splitext(name)[1].lower()
                if _is_hidden(name):
                    self._hidden[name] += 1
                elif ending in SUFFIXES:
                    self.add(Source(start.root, prefix + name))
                else:
                    self._no_images[ending or "without an ending"] += 1
        for error in errors:
            path = error.filename
            if error.errno not in (errno.EACCES, errno.EPERM):
                raise StageError(f"{path}: cannot be listed: {error.strerror}")
            self.images[path] = Source(start.root, _relative(path, start.root))
        return sorted(links)

    def add(self, source: Source) -> None:
        """Add a file under one of its names, preferably one that is no link.

        Under two names, one file could be in two splits.
        """
        path = os.path.join(*source)
        try:
            status = os.stat(path)
        except OSError:  # such as a broken link: reading it gives the reason
            self.images[path] = source
            return
        if not stat.S_ISREG(status.st_mode):
            self._no_images["pipe or device"] += 1  # opening one could block
            return
        key = status.st_dev, status.st_ino
        if key in self.images:
            source, other = sorted([source, self.images[key]], key=_rank)
            self._second_names.append(other.name)
        self.images[key] = source

    def _is_new(self, folder: str) -> bool:
        key = _identity(folder)
        if key in self._folders:
            self._second_names.append(folder)
            return False
        self._folders.add(key)
        return True

    def _is_of_results(self, folder: str) -> bool:
        above = Path(os.path.realpath(folder)).parents if os.path.islink(folder) else ()
        return self._results in [_identity(path) for path in (folder, *above)]

    def left_out(self) -> Iterator[str]:
        """Lines that say what was left out."""
        if count := self._no_images.total():
            kinds = sorted(
                self._no_images.items(), key=lambda kind: (-kind[1], kind[0])
            )
            kinds = [f"{n:,} {kind}" for kind, n in kinds]
            what = "file is no image" if count == 1 else "files are no images"
            yield f"{count:,} {what} that can be read: {shortened(kinds, 8)}"
        if count := self._hidden.total():
            yield f"left out as hidden or generated: {count:,} ({shortened(self._hidden)})"
        if count := len(self._second_names):
            yield f"left out as second names: {count:,} ({shortened(self._second_names)})"
        if self._result_folders:
            yield f"left out as results: {shortened(self._result_folders)}"


def shortened(names: Iterable[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    names = list(names)
    more = [f"{len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*map(printable, names[:most]), *more])


def _is_hidden(name: str) -> bool:
    lower = name.lower()
    return name.startswith(".") or lower in GENERATED or lower.endswith(PREVIEWS)


def _relative(path: str, root: str) -> str:
    return Path(os.path.relpath(path, root)).as_posix()


def _rank(source: Source) -> tuple:
    return os.path.islink(os.path.join(*source)), source.name, source.root


def _identity(path: Path | str) -> tuple[int, int] | str:
    """Device and inode, which all names of a file or folder share; else its path."""
    try:
        status = os.stat(path)
    except OSError:
        return os.path.abspath(path)
    return status.st_dev, status.st_ino


def listing_digest(
    roots: list[str], memory: Path | None = None, results: Path | str | None = None
) -> str:
    """Digest of the names and contents of all images, which an import depends on.

    `memory` is as in `content_digests`, `results` as in `list_images`.
    """
    images = list_images(roots, results=results)
    names = {os.path.join(*source): source.name for source in images}
    digest = hashlib.sha256()
    for path, content in content_digests(names, memory).items():
        digest.update(os.fsencode(f"{names[path]}\0{content}\n"))
    return digest.hexdigest()
