"""The image files below folders. Imported while the workflow is parsed: keep light."""

import errno
import hashlib
import os
import stat
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import chain
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
# Files with these endings are taken for archives, where archives are read.
ARCHIVES = (".tar", ".tar.gz", ".tgz", ".zip")
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


class Packed(NamedTuple):
    """An archive: its file, and the root and folder that its images' names are below."""

    path: str
    root: str
    folder: str  # "" or a path with a slash at its end


class Found(NamedTuple):
    """What lies below roots."""

    images: list[Source]
    archives: list[Packed]


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
    return _list(roots, _Listing(results, archives=False), report).images


def named_paths(
    paths: list[str], split: Mapping[str, list[str]]
) -> dict[str, list[str]]:
    """The lists of paths that `data.folder` names, by their keys in the config."""
    lists = dict(paths=paths) | {f"split.{name}": split[name] for name in split}
    return {f"data.folder.{key}": value for key, value in lists.items() if value}


def list_photographs(
    lists: Mapping[str, list[str]],
    report: Callable[[str], None] = lambda line: None,
    results: Path | str | None = None,
) -> dict[str, Found]:
    """`list_images` of each list of roots, with archives.

    An archive in a folder counts as a folder of its name, without the ending. It is left
    out if there is such a folder: it was unpacked. Raises StageError, which names the
    key, as `list_images` does, and for a file that is in two lists.
    """
    found: dict[str, Found] = {}
    owners: dict[tuple | str, str] = {}
    for key, roots in lists.items():
        listing = _Listing(results, archives=True)
        try:
            found[key] = _list(roots, listing, report)
        except StageError as error:
            raise StageError(f"{key}: {error}") from None
        for identity, file in (listing.images | listing.archives).items():
            other = owners.setdefault(identity, key)
            if other != key:
                path = file.path if isinstance(file, Packed) else os.path.join(*file)
                raise StageError(f"{key}: {path!r} is in {other}, too: leave it to one")
    return found


def _list(
    roots: list[str], listing: "_Listing", report: Callable[[str], None]
) -> Found:
    starts = []
    for root in map(str, roots):
        if os.path.isfile(root):
            listing.add_root(root)
        elif os.path.isdir(root):
            starts.append(Source(root, ""))
        else:
            raise StageError(f"{root!r} is neither a folder nor a file")
    # Links come last: a folder inside a root keeps the name that it has there.
    while starts := listing.new(starts):
        starts = [link for start in starts for link in listing.walk(start)]
    for line in listing.left_out.lines():
        report(f"in {shortened(roots)}: {line}")
    images = sorted(listing.images.values(), key=lambda image: (image.name, image.root))
    return Found(images, sorted(listing.archives.values()))


class LeftOut:
    """Counts of what was left out of a list of images."""

    def __init__(self) -> None:
        self.hidden: Counter[str] = Counter()
        self.no_images: Counter[str] = Counter()
        self.second_names: list[str] = []
        self.result_folders: list[str] = []

    def no_image(self, name: str) -> None:
        """Count a file that is no image, by its ending."""
        self.no_images[os.path.splitext(name)[1].lower() or "without an ending"] += 1

    def lines(self) -> Iterator[str]:
        """Lines for the log."""
        if count := self.no_images.total():
            kinds = sorted(self.no_images.items(), key=lambda kind: (-kind[1], kind[0]))
            kinds = [f"{n:,} {kind}" for kind, n in kinds]
            what = "file is no image" if count == 1 else "files are no images"
            yield f"{count:,} {what} that can be read: {shortened(kinds, 8)}"
        if count := self.hidden.total():
            yield f"left out as hidden or generated: {count:,} ({shortened(self.hidden)})"
        if count := len(self.second_names):
            yield f"left out as second names: {count:,} ({shortened(self.second_names)})"
        if self.result_folders:
            yield f"left out as results: {shortened(self.result_folders)}"


class _Listing:
    """The images and archives below all roots, and counts of what was left out."""

    def __init__(self, results: Path | str | None, archives: bool):
        # By device and inode, or by path.
        self.images: dict[tuple | str, Source] = {}
        self.archives: dict[tuple | str, Packed] = {}
        self.left_out = LeftOut()
        self._lists_archives = archives
        self._folders: set[tuple | str] = set()
        self._results = results and _identity(results)

    def add_root(self, path: str) -> None:
        """Add a file that is a root itself."""
        if self._lists_archives and path.lower().endswith(ARCHIVES):
            self.archives[_identity(path)] = Packed(path, path, "")
        else:
            self.add(Source(*os.path.split(path)))

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
                self.left_out.result_folders.append(folder)
                folders.clear()
                continue
            is_library = _is_library(os.path.abspath(folder))
            entered = []
            for name in sorted(folders):
                path = os.path.join(folder, name)
                if _is_hidden(name) or (is_library and not _is_original(name)):
                    self.left_out.hidden[name] += 1
                elif self._results and self._is_of_results(path):
                    self.left_out.result_folders.append(path)
                elif os.path.islink(path):
                    links.append(Source(start.root, prefix + name))
                elif self._is_new(path):
                    entered.append(name)
            folders[:] = entered
            for name in files:
                if _is_hidden(name):
                    self.left_out.hidden[name] += 1
                elif is_image(name):
                    self.add(Source(start.root, prefix + name))
                elif self._lists_archives and name.lower().endswith(ARCHIVES):
                    self._add_archive(os.path.join(folder, name), start.root, prefix)
                else:
                    self.left_out.no_image(name)
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
            self.left_out.no_images["pipe or device"] += 1  # opening one could block
            return
        key = status.st_dev, status.st_ino
        if key in self.images:
            source, other = sorted([source, self.images[key]], key=_rank)
            self.left_out.second_names.append(other.name)
        self.images[key] = source

    def _add_archive(self, path: str, root: str, prefix: str) -> None:
        key, unpacked = _identity(path), without_ending(path)
        if key in self.archives or os.path.isdir(unpacked) or not os.path.isfile(path):
            self.left_out.second_names.append(path)
        else:
            name = os.path.basename(unpacked)
            self.archives[key] = Packed(path, root, f"{prefix}{name}/")

    def _is_new(self, folder: str) -> bool:
        key = _identity(folder)
        if key in self._folders:
            self.left_out.second_names.append(folder)
            return False
        self._folders.add(key)
        return True

    def _is_of_results(self, folder: str) -> bool:
        above = Path(os.path.realpath(folder)).parents if os.path.islink(folder) else ()
        return self._results in [_identity(path) for path in (folder, *above)]


def shortened(names: Iterable[str], most: int = 3) -> str:
    """The first names of a list, and how many more there are."""
    names = list(names)
    more = [f"{len(names) - most:,} more"] if len(names) > most else []
    return ", ".join([*map(printable, names[:most]), *more])


def _is_hidden(name: str) -> bool:
    lower = name.lower()
    return name.startswith(".") or lower in GENERATED or lower.endswith(PREVIEWS)


def is_image(name: str) -> bool:
    """Whether a file of this name is taken for an image."""
    return os.path.splitext(name)[1].lower() in SUFFIXES


def without_ending(archive: str) -> str:
    """The path of an archive without its ending: the folder that it counts as."""
    ending = max((e for e in ARCHIVES if archive.lower().endswith(e)), key=len)
    return archive[: -len(ending)]


def hidden_part(name: str) -> str | None:
    """The part of a path below a root for which a file is left out; None: it is not."""
    *folders, last = name.split("/")
    for above, folder in zip(["", *folders], folders, strict=False):
        if _is_hidden(folder) or (_is_library(above) and not _is_original(folder)):
            return folder
    return last if _is_hidden(last) else None


def _is_library(folder: str) -> bool:
    return folder.lower().endswith(LIBRARIES)


def _is_original(folder: str) -> bool:
    return folder.lower() in ORIGINALS


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
    """Digest of the names and contents of all images, without archives.

    `memory` is as in `content_digests`, `results` as in `list_images`.
    """
    return _digest([Found(list_images(roots, results=results), [])], memory)


def photographs_digest(
    lists: Mapping[str, list[str]],
    memory: Path | None = None,
    results: Path | str | None = None,
) -> str:
    """Digest of the names and contents of all photographs, which an import depends on.

    An archive counts as one file: it is read when it has changed, and not opened.
    """
    return _digest(list_photographs(lists, results=results).values(), memory)


def _digest(lists: Iterable[Found], memory: Path | None) -> str:
    named = []
    for found in lists:
        names = {os.path.join(*source): source.name for source in found.images}
        named.append(names | {file.path: file.folder for file in found.archives})
    contents = content_digests(chain.from_iterable(named), memory)
    lines = (
        "".join(f"{name}\0{contents[path]}\n" for path, name in names.items())
        for names in named
    )
    return hashlib.sha256(os.fsencode("\n".join(lines))).hexdigest()
