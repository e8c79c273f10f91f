"""make chaos: random faults in the workflow, after which it must recover."""

import argparse
import json
import os
import re
import shutil
import signal
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor, wait
from contextlib import ExitStack, contextmanager
from pathlib import Path

import numpy as np
import pandas as pd

from tests.chaos.campaign import Trial, trials
from tests.chaos.sandbox import Sandbox, end_processes
from tests.support.starter import Starter
from tests.support.stl10_server import serve
from tests.support.workflows import (
    SIDE_BY_SIDE,
    Workflow,
    make_downloaded,
    make_mine,
    make_study,
)

# The shipped settings, with states saved often, so that killed trainings make progress.
SAMPLE = "running: {checkpoint_seconds: 2}\n"
# Seconds between messages on the progress of an undisturbed run.
INTERVAL = 15


def sample(folder: Path) -> Workflow:
    make_mine(folder)
    workflow = Workflow(folder, "colorize: {photos: mine}\n", small=SAMPLE)
    workflow("--", "all", "results/export/full/model.onnx")
    return workflow


class Campaign:
    """The state that lanes share; each lane breaks its own workflow."""

    def __init__(self, seed: int, minutes: float, faults: int):
        self.seed, self.limit, self.trials = seed, faults, []
        self._end = time.monotonic() + 60 * minutes
        self._report = threading.Lock()

    def lane(self, sandbox: Sandbox, seed: str, kept: Path) -> None:
        for trial in trials(sandbox, seed, kept):
            self._add(trial)
            if time.monotonic() > self._end or self.injected >= self.limit:
                return

    def _add(self, trial: Trial) -> None:
        with self._report:
            self.trials.append(trial)
            state = "LOST" if trial.lost else "recovered"
            faults = ", ".join(
                [*trial.faults, *(f"{m} (missed)" for m in trial.missed)]
            )
            print(
                f"{self.injected:4} {state} {trial.seconds:4.0f} s {trial.job}: {faults}"
            )
            for text in (*trial.lost, *trial.unclear):
                print(f"     {text}")
            sys.stdout.flush()

    @property
    def injected(self) -> int:
        return sum(len(trial.faults) for trial in self.trials)

    def summary(self) -> dict:
        """Counts of faults, by kind and by stage."""
        rows = [
            (fault, trial.job.split()[0], bool(trial.lost))
            for trial in self.trials
            for fault in trial.faults
        ]
        table = pd.DataFrame(rows, columns=["fault", "stage", "lost"])
        print(table.groupby("fault")["lost"].agg(injected="size", lost="sum"))
        print(table.groupby("stage")["lost"].agg(injected="size", lost="sum"))
        counts = dict(injected=len(table), lost=int(table["lost"].sum()))
        counts["recovered"] = counts["injected"] - counts["lost"]
        unclear = Counter(text for trial in self.trials for text in trial.unclear)
        counts["missed"] = sum(len(trial.missed) for trial in self.trials)
        return dict(seed=self.seed, **counts, unclear=dict(unclear))


@contextmanager
def progress(name: str, folder: Path) -> Iterator[None]:
    """Print from time to time how many jobs of an undisturbed run are done."""
    start, done = time.monotonic(), threading.Event()

    def tell() -> None:
        while not done.wait(INTERVAL):
            jobs = len(list(folder.glob("results/**/provenance/*.json")))
            seconds = time.monotonic() - start
            print(f"{name}: {jobs} jobs done after {seconds:.0f} s", flush=True)

    print(f"{name}: an undisturbed run", flush=True)
    teller = threading.Thread(target=tell)
    teller.start()
    try:
        yield
    finally:
        done.set()
        teller.join()


def open_worlds(arguments, base: Path, stack: ExitStack) -> dict[str, tuple]:
    """The finished workflows that the arguments name, and their servers."""
    worlds = {}
    for world in arguments.worlds:
        name, _, folder = world.partition("=")
        given = Path(folder) if folder else base / name
        given.mkdir(exist_ok=True)
        server, finished = None, given if folder else None
        if name == "stl10":
            # At the port in the settings of the finished workflow.
            port = 0
            if folder:
                text = (given / "own.yaml").read_text(encoding="utf-8")
                port = int(re.search(r"127\.0\.0\.1:(\d+)", text)[1])
            server = stack.enter_context(serve(np.random.default_rng(0), port))
        if finished:
            own, small = (
                (given / f"{n}.yaml").read_text(encoding="utf-8")
                for n in ("own", "small")
            )
            workflow = Workflow(given, own, small=small)
        else:
            make = dict(sample=sample, study=make_study, stl10=make_downloaded)[name]
            with progress(name, given):
                workflow = make(given, server) if server else make(given)
        worlds[name] = workflow, () if name == "sample" else SIDE_BY_SIDE, server
    return worlds


def main() -> int:
    """Exit status 0 if nothing was lost."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument(
        "--minutes",
        type=float,
        default=60,
        help="including the undisturbed runs; trials that have begun are finished (60)",
    )
    parser.add_argument(
        "--faults", type=int, default=10**9, help="stop after this many"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--json", type=Path, help="where to write the summary")
    parser.add_argument(
        "worlds",
        nargs="*",
        default=["sample", "study", "stl10"],
        help="sample, study or stl10; NAME=FOLDER for one that has already run",
    )
    arguments = parser.parse_args()
    # SIGTERM cleans up, too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    # Snakemake ends with this process, however it ends, and jobs end with Snakemake.
    Workflow.starter = Starter(together=True)
    base = Path(tempfile.mkdtemp(prefix="chaos-"))
    kept = Path(tempfile.gettempdir(), f"lost-in-{base.name}")
    campaign = Campaign(arguments.seed, arguments.minutes, arguments.faults)
    with ExitStack() as stack:
        stack.callback(shutil.rmtree, base)
        stack.callback(end_processes, base)
        worlds = open_worlds(arguments, base, stack)
        # Two lanes on the shipped settings, one on each of the others.
        lanes = [*worlds, *(["sample"] if "sample" in worlds else [])]
        lines = []
        for number, name in enumerate(lanes):
            sandbox = Sandbox(base / f"{name}-{number}", *worlds[name])
            stack.callback(sandbox.close)
            lines.append((sandbox, f"{arguments.seed}-{number}", kept))
        with ThreadPoolExecutor(len(lines)) as pool:
            done = [pool.submit(campaign.lane, *line) for line in lines]
            try:
                wait(done)
            except KeyboardInterrupt:
                for sandbox, *_ in lines:
                    sandbox.stop()
                raise
    summary = campaign.summary()
    if arguments.json:
        arguments.json.parent.mkdir(exist_ok=True)
        arguments.json.write_text(
            json.dumps(summary, indent=2) + "\n", encoding="utf-8"
        )
    print(json.dumps(summary, indent=2))
    if summary["lost"]:
        print(f"what was lost is kept in {kept}")
    for lane in done:
        lane.result()  # raises errors of the campaign itself
    return int(summary["lost"] > 0)


if __name__ == "__main__":
    # Mounts need a name space. It ends with this process, and so do they.
    if "CHAOS" not in os.environ:
        command = ["unshare", "--map-root-user", "--mount", sys.executable, "-m"]
        os.environ["CHAOS"] = "1"
        # Processes of outside do not see what is mounted inside.
        os.environ.pop("SHARED_PYTHON_OF_JOBS", None)
        os.execvp("unshare", [*command, "tests.chaos", *sys.argv[1:]])
    sys.exit(main())
