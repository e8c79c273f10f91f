"""Photographs inside of archives, read where they lie: nothing is unpacked.

An archive may come from anywhere. One that is damaged, or that could do harm if it was
unpacked, is refused as a whole, with a StageError that says why.
"""

import gzip
import hashlib
import itertools
import os
import stat
import struct
import tarfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from colorization.data.listing import (
    MARK,
    LeftOut,
    Packed,
    hidden_part,
    is_image,
    without_ending,
)
from colorization.runtime.files import atomic, drop_leftovers, printable
from colorization.runtime.log import StageError
from colorization.runtime.progress import Progress

# More members of one tar or zip, or bytes of one photograph, are taken for an attack.
MOST_MEMBERS, MOST_BYTES = 5_000_000, 1 << 30
# So are more unpacked bytes for each byte of an archive, beyond FREE bytes. Photographs
# hardly get smaller by packing.
MOST_RATIO, FREE = 100, 1 << 28
BLOCK = 1 << 20
# Of a member's header in a zip: its length, and where the lengths of what follows are.
ZIP_HEADER, ZIP_LENGTHS = 30, 26
ENCRYPTED = 1


class Content(NamedTuple):
    """Where the bytes of a photograph are; reading is safe in many threads."""

    path: str
    offset: int  # of the bytes, in a zip that of the header before them
    packed: int  # how many there are
    size: int  # and when unpacked
    zipped: tuple[int, int] | None = None  # method and checksum

    def read(self) -> bytes:
        """The photograph's file. Raises ValueError for a damaged one, and OSError."""
        if max(self.size, self.packed) > MOST_BYTES:
            raise ValueError(f"{self.size:,} bytes are more than {MOST_BYTES:,}")
        with open(self.path, "rb") as file:
            file.seek(self.offset)
            if self.zipped:
                lengths = file.read(ZIP_HEADER)[ZIP_LENGTHS:].ljust(4, b"\0")
                file.seek(sum(struct.unpack("<HH", lengths)), os.SEEK_CUR)
            data = file.read(self.packed)
        if self.zipped:
            data = self._unpacked(data, *self.zipped)
        if len(data) != self.size:
            raise ValueError(f"cut short in {self.path}")
        return data

    def _unpacked(self, data: bytes, method: int, checksum: int) -> bytes:
        try:
            if method == zipfile.ZIP_DEFLATED:
                unpacker = zlib.decompressobj(-zlib.MAX_WBITS)
                data = unpacker.decompress(data, self.size + 1)
        except zlib.error as error:
            raise ValueError(f"damaged in {self.path}: {error}") from None
        if zlib.crc32(data) != checksum:
            raise ValueError(f"damaged in {self.path}: its checksum is wrong")
        return data


class Member(NamedTuple):
    """A photograph in an archive; `root` and `name` are as a `Source` has them."""

    root: str
    name: str
    content: Content


def list_members(archive: Packed, scratch: Path, left_out: LeftOut) -> list[Member]:
    """The photographs in an archive; what else is there is counted in `left_out`.

    A tar in a tar counts as a folder of its name. Of members with one name the last
    counts, as when unpacking. A .tar.gz cannot be read here and there: it is expanded to
    a tar in the folder `scratch`, which may hold it from before. Raises StageError.
    """
    path = archive.path
    try:
        if path.lower().endswith(".zip"):
            files = dict(_in_zip(path))
        else:
            if path.lower().endswith("gz"):
                path = str(_expanded(Path(path), scratch))
            with open(path, "rb") as file:
                files = dict(_in_tar(file, os.path.getsize(path), archive.path))
    except (StageError, OSError):
        raise
    except Exception as error:  # damaged ones raise errors of many kinds
        raise _refused(archive.path, f"damaged: {error}") from None
    results = {name.removesuffix(MARK) for name in files if name.endswith(f"/{MARK}")}
    members = []
    for name, content in files.items():
        if folder := next(filter(name.startswith, results), None):
            left_out.result_folders.append(f"{archive.path}: {folder}")
        elif part := hidden_part(name):
            left_out.hidden[part] += 1
        elif is_image(name):
            members.append(Member(archive.root, archive.folder + name, content))
        else:
            left_out.no_image(name)
    return members


def _refused(path: str, why: str) -> StageError:
    return StageError(
        f"{printable(path)}: {why}: if you trust it, unpack it and name the folder"
    )


def _checked(path: str, name: str) -> str:
    """The name of a member without empty parts. Raises StageError if it leads out."""
    parts = name.split("/")
    if name.startswith("/") or ".." in parts or "\0" in name:
        raise _refused(path, f"{printable(name)!r} leads out of it")
    return "/".join(part for part in parts if part not in ("", "."))


def _in_tar(
    file: BinaryIO, end: int, path: str, folder: str = ""
) -> Iterator[tuple[str, Content]]:
    """The files of the tar that begins here in a file, by name; of tars in it, those inside.

    `end` is where it ends; `folder` is that of an inner tar.
    """
    with tarfile.open(fileobj=file, mode="r:") as tar:
        for count in itertools.count(1):
            info = tar.next()
            if info is None:
                break
            # They would take a gigabyte for a million. (The stub lacks them.)
            tar.members.clear()  # pyright: ignore[reportAttributeAccessIssue]
            name, start = _checked(path, info.name), info.offset_data
            if count > MOST_MEMBERS:
                raise _refused(path, f"more than {MOST_MEMBERS:,} members")
            if info.size < 0 or start + info.size > end:
                raise _refused(path, f"damaged: {printable(name)!r} is cut short")
            if info.isdir():
                continue
            if not info.isreg() or info.issparse():
                raise _refused(path, f"{printable(name)!r} is a link or no plain file")
            if name.lower().endswith(".tar") and not folder:
                file.seek(start)
                inside = f"{without_ending(name)}/"
                yield from _in_tar(file, start + info.size, path, inside)
            else:
                yield folder + name, Content(file.name, start, info.size, info.size)
        # `next` takes a damaged header for the end, where zeros must be.
        file.seek(tar.offset)
        if file.read(tarfile.BLOCKSIZE) != bytes(tarfile.BLOCKSIZE):
            raise _refused(path, "damaged or cut short")


def _in_zip(path: str) -> Iterator[tuple[str, Content]]:
    with zipfile.ZipFile(path) as file:
        infos = file.infolist()
    if len(infos) > MOST_MEMBERS:
        raise _refused(path, f"more than {MOST_MEMBERS:,} members")
    size = os.path.getsize(path)
    if sum(info.file_size for info in infos) > max(FREE, MOST_RATIO * size):
        raise _refused(
            path, f"it would unpack to more than {MOST_RATIO} times its size"
        )
    for info in infos:
        name, kind = (
            _checked(path, info.filename),
            stat.S_IFMT(info.external_attr >> 16),
        )
        if info.is_dir():
            continue
        if kind not in (0, stat.S_IFREG):
            raise _refused(path, f"{printable(name)!r} is a link or no plain file")
        if info.flag_bits & ENCRYPTED:
            raise _refused(path, f"{printable(name)!r} is encrypted")
        if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise _refused(path, f"{printable(name)!r} is packed in a rare way")
        zipped = info.compress_type, info.CRC
        packed = info.compress_size
        yield name, Content(path, info.header_offset, packed, info.file_size, zipped)


def _expanded(path: Path, scratch: Path) -> Path:
    """The tar that a .tar.gz holds, as a file that is whole. Raises StageError."""
    digest = hashlib.sha256(os.fsencode(os.path.abspath(path))).hexdigest()
    out, size = scratch / f"{digest[:16]}.tar", path.stat().st_size
    if out.exists():
        return out
    drop_leftovers(out)
    title = f"expanding {path.name}"
    with (
        atomic(out) as temporary,
        open(path, "rb") as packed,
        gzip.open(packed) as unpacked,
        open(temporary, "wb") as file,
        Progress(size, title, "B", unit_scale=True) as progress,
    ):
        try:
            while block := unpacked.read(BLOCK):
                if file.tell() > max(FREE, MOST_RATIO * size):
                    why = f"it unpacks to more than {MOST_RATIO} times its size"
                    raise _refused(str(path), why)
                file.write(block)
                progress.advance(packed.tell() - progress.done)
        except gzip.BadGzipFile as error:
            raise _refused(str(path), f"damaged: {error}") from None
    return out
