# What Snakemake remembers of the results (settings, code, checksums) is kept beside them,
# too: who deletes .snakemake, or copies results/, gets no stale result after a change.
import shutil
import time
from base64 import urlsafe_b64decode
from contextlib import suppress

REMEMBERED, KEPT = Path(".snakemake/metadata"), Path("results/.metadata")


def keep_metadata():
    """Copy what Snakemake remembers to beside the results."""
    part = KEPT.with_name(".metadata.part")
    # A disk that takes nothing: the stage has said so.
    with suppress(OSError):
        if REMEMBERED.exists():
            shutil.rmtree(part, ignore_errors=True)
            shutil.copytree(REMEMBERED, part)
            shutil.rmtree(KEPT, ignore_errors=True)
            part.rename(KEPT)
    shutil.rmtree(part, ignore_errors=True)


def restore_metadata():
    """Give back what is missing of it, for results that are as they were then."""
    for path in KEPT.rglob("*"):
        name = path.relative_to(KEPT)
        missing = path.is_file() and not (REMEMBERED / name).exists()
        if missing and is_unchanged(name, path):
            (REMEMBERED / name).parent.mkdir(parents=True, exist_ok=True)
            # Without this folder Snakemake takes the other for that of an old version.
            REMEMBERED.with_name("incomplete").mkdir(exist_ok=True)
            shutil.copy(path, REMEMBERED / name)


def is_unchanged(name, record):
    """Whether the artifact that a record is about has the time that it had then."""
    # A long name is split into folders that begin with @.
    encoded = "".join(part.removeprefix("@") for part in name.parts)
    artifact = Path(urlsafe_b64decode(encoded).decode())
    then = json.loads(record.read_text())["endtime"]
    return artifact.exists() and artifact.lstat().st_mtime == then


def end_the_future():
    """Give results with times that have not come yet the present one.

    After a clock was set back, Snakemake would find each new result older than what it was
    made from, and drop it. What counts are contents: nothing runs again.
    """
    if any(Path(".snakemake/locks").glob("*")):
        return  # to a line that runs, its inputs would seem to change
    now = time.time()
    for folder, _, names in os.walk("results"):
        for name in names:
            with suppress(OSError):  # it may go away meanwhile
                path = os.path.join(folder, name)
                if os.lstat(path).st_mtime > now:
                    os.utime(path, follow_symlinks=False)


if workflow.is_main_process:
    restore_metadata()
    end_the_future()
