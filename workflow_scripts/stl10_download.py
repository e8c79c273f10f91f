"""Download and unpack STL-10."""

from pathlib import Path

from colorization import log
from colorization.data.download import download, unpack
from colorization.data.listing import STL10_FILES


def main(url: str, md5: str, archive: Path, folder: Path) -> None:
    """Fetch the archive, check it, unpack it into `folder`, and drop it."""
    if not archive.exists():
        download(url, archive, md5)
    unpack(archive, folder, STL10_FILES)
    archive.unlink()


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    params, folder = snakemake.params, Path(snakemake.output[0]).parent
    main(params.url, params.md5, Path(params.archive), folder)
