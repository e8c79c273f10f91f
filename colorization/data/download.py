"""Download a file with resume, checksum and progress; unpack it wholly or not at all."""

import logging
import os
import shutil
import tarfile
import time
from pathlib import Path

import requests

from colorization.runtime.files import file_digest, naming
from colorization.runtime.log import StageError
from colorization.runtime.progress import Progress

log = logging.getLogger(__name__)
ATTEMPTS = 5
TIMEOUT = 60  # seconds without a byte


def download(
    url: str, path: Path, md5: str, pause: float = 2.0, timeout: float = TIMEOUT
) -> None:
    """Fetch `url` to `path`, which appears only when its md5 is right.

    Bytes that arrived are kept in `path`.part, and a later call goes on from there. Waits
    `pause` seconds between attempts, doubled each time. An attempt ends after `timeout`
    seconds without a byte. Raises StageError.
    """
    part = path.with_name(path.name + ".part")
    part.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(1, ATTEMPTS + 1):
        try:
            with naming(part):
                _fetch(url, part, timeout)
            break
        except requests.RequestException as error:
            done = part.stat().st_size if part.exists() else 0
            if attempt == ATTEMPTS or not _worth_retrying(error):
                raise StageError(
                    f"cannot download {url}: {error}. {done:,} bytes are kept in {part}: "
                    "run again to go on, or put the data there by hand and set "
                    "data.stl10.path"
                ) from None
            log.warning(
                "download broke off at %s bytes (%s); trying again", f"{done:,}", error
            )
            time.sleep(pause * 2 ** (attempt - 1))
    digest = file_digest(part, "md5")
    if digest != md5:
        size = part.stat().st_size
        part.unlink()
        raise StageError(
            f"{url}: md5 is {digest}, expected {md5} (data.stl10.md5); the file of "
            f"{size:,} bytes is removed: run again, or correct data.stl10.url"
        )
    os.replace(part, path)


def _worth_retrying(error: requests.RequestException) -> bool:
    return error.response is None or error.response.status_code >= 500


def _fetch(url: str, part: Path, timeout: float) -> None:
    """Append the missing bytes of `url` to `part`."""
    start = part.stat().st_size if part.exists() else 0
    headers = {"Range": f"bytes={start}-"} if start else {}
    with requests.get(url, headers=headers, stream=True, timeout=timeout) as response:
        if (
            start
            and response.status_code == requests.codes.requested_range_not_satisfiable
        ):
            return  # nothing is missing; the checksum decides
        response.raise_for_status()
        if response.headers.get("Content-Type", "").lower().startswith("text/html"):
            # Such as a network's log-in page: it must not overwrite the bytes so far.
            raise requests.RequestException("the server sent a page, not the file")
        if response.status_code != requests.codes.partial_content:
            start = 0  # the server cannot resume
        total = start + int(response.headers.get("Content-Length", 0))
        with (
            open(part, "ab" if start else "wb") as file,
            Progress(total, "download", "B", start, unit_scale=True) as progress,
        ):
            for block in response.iter_content(1 << 16):
                file.write(block)
                progress.advance(len(block))


def unpack(archive: Path, folder: Path, names: list[str]) -> None:
    """Move the files `names` out of an archive's `stl10_binary/` into `folder`.

    Refuses links, devices and paths that lead out (PEP 706). Raises StageError.
    """
    folder.mkdir(parents=True, exist_ok=True)
    temporary = folder / ".unpack"
    shutil.rmtree(temporary, ignore_errors=True)  # left by a killed process
    try:
        with tarfile.open(archive) as tar:
            tar.extractall(temporary, filter="data")
        missing = [
            name for name in names if not (temporary / "stl10_binary" / name).is_file()
        ]
        if missing:
            raise StageError(f"{archive}: lacks stl10_binary/{missing[0]}")
        for name in names:
            os.replace(temporary / "stl10_binary" / name, folder / name)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise StageError(f"{archive}: cannot unpack: {error}") from None
    finally:
        shutil.rmtree(temporary, ignore_errors=True)
