"""Snakemake that asks for the state of its jobs every second; by default it asks ever less."""

import sys

from snakemake.cli import main
from snakemake_interface_executor_plugins.executors.remote import RemoteExecutor

RemoteExecutor.next_seconds_between_status_checks = property(
    lambda self: 1.0, lambda self, value: None
)

if __name__ == "__main__":
    sys.argv[0] = "snakemake"
    main()
