"""Records of provenance without a job, for tests."""

from colorization.provenance.record import Record

WHOLE = dict(
    rule="x",
    wildcards={},
    code=None,
    settings={},
    inputs={},
    images=[],
    outputs={},
    versions={},
    hardware=dict(processor="CPU", cores=1, gpus=[]),
    git=None,
    started="2026",
    seconds=1,
)


def record(**changes) -> Record:
    """A record with these values."""
    return Record(**WHOLE | changes)
