"""Download and unpack STL-10."""

from pathlib import Path

from colorization.data.download import download, unpack
from colorization.data.listing import STL10_FILES
from colorization.provenance.record import recorded
from colorization.runtime import log
from colorization.runtime.files import file_digest


def main(url: str, md5: str, archive: Path, folder: Path) -> None:
    """Download and check the archive, unpack it into `folder`, and remove it."""
    if not archive.exists() or file_digest(archive, "md5") != md5:
        download(url, archive, md5)
    unpack(archive, folder, STL10_FILES)
    archive.unlink()


if __name__ == "__main__":
    log.configure(snakemake.log[0])
    folder, params = Path(snakemake.output[0]).parent, snakemake.params
    # Not an output: when a job fails, Snakemake deletes outputs, and the bytes would go.
    archive = folder.with_name("stl10_binary.tar.gz")
    with recorded(snakemake):
        main(params.running["url"], params.md5, archive, folder)
