"""A whole run as a Workflow Run RO-Crate (https://w3id.org/ro/wfrun), a zip file.

It holds the workflow's code, the artifacts, and by the records of provenance what made
which file from which. Images are left out; dataset.json has their digests.
"""

import logging
from datetime import datetime, timedelta
from pathlib import Path

from rocrate.model.contextentity import ContextEntity
from rocrate.model.entity import Entity
from rocrate.rocrate import ROCrate

from colorization.provenance.record import ROOT, Record, records
from colorization.runtime.files import atomic, file_digest
from colorization.runtime.log import StageError

log = logging.getLogger(__name__)

PROFILES = [
    ("https://w3id.org/ro/wfrun/process/0.5", "Process Run Crate"),
    ("https://w3id.org/ro/wfrun/workflow/0.5", "Workflow Run Crate"),
    ("https://w3id.org/workflowhub/workflow-ro-crate/1.0", "Workflow RO-Crate"),
]
CODE = ["rules", "workflow_scripts", "colorization", "schemas", "envs"]
CODE += ["config", "profiles", "config.yaml", "README.md", "LICENSE"]
LICENCE = "https://spdx.org/licenses/MIT"


def export(results: Path, path: Path) -> None:
    """Write the crate of a results folder. Raises StageError if it has no records."""
    jobs = records(results)
    if not jobs:
        raise StageError(f"{results}: no records of provenance; run the workflow first")
    crate = ROCrate(version="1.1")  # the version that the profiles build on
    crate.name = "Colorful Image Colorization: a run of the pipeline"
    crate.description = "Colorization models, trained and measured: code and artifacts."
    crate.license = crate.add(
        ContextEntity(crate, LICENCE, {"@type": "CreativeWork", "name": "MIT License"})
    )
    conforms = [
        _context(crate, address, "CreativeWork", name=name, version=address[-3:])
        for address, name in PROFILES
    ]
    crate.root_dataset["conformsTo"] = conforms
    workflow = _add_code(crate, jobs[-1].versions["snakemake"])
    files = _add_files(crate, jobs, results.absolute().parent)
    actions = [_add_action(crate, job, files) for job in jobs]
    _add_run(crate, jobs, files, workflow)
    crate.root_dataset["mentions"] = [*crate.root_dataset["mentions"], *actions]
    for bill in sorted(results.glob("sbom.*.json")):
        properties = {
            "name": "Software bill of materials, in CycloneDX",
            "encodingFormat": "application/vnd.cyclonedx+json",
        }
        crate.add_file(bill, bill.name, properties=properties)
    with atomic(path) as temporary:
        crate.write_zip(temporary)


def _context(crate: ROCrate, identifier: str, kind: str, **properties) -> Entity:
    entity = ContextEntity(crate, identifier, {"@type": kind, **properties})
    return crate.add(entity)


def _add_code(crate: ROCrate, snakemake_version: str) -> Entity:
    """Add the code. Returns the main workflow, which is the Snakefile."""
    workflow = crate.add_workflow(
        ROOT / "Snakefile",
        "Snakefile",
        main=True,
        lang="snakemake",
        lang_version=snakemake_version,
    )
    workflow["name"] = "Colorful Image Colorization"
    workflow["license"] = crate.license
    for name in CODE:
        for path in sorted([ROOT / name, *(ROOT / name).rglob("*")]):
            if path.is_file() and "__pycache__" not in path.parts:
                key = path.relative_to(ROOT).as_posix()
                source = {"@type": ["File", "SoftwareSourceCode"], "name": key}
                properties = source if path.suffix == ".py" else {}
                crate.add_file(path, key, properties=properties)
    return workflow


def _add_files(crate: ROCrate, jobs: list[Record], root: Path) -> dict[str, Entity]:
    """The artifacts that are still what they were, but for images, by their names."""
    files = {}
    for job in jobs:
        for key, digest in job.outputs.items():
            images = key.startswith("results/data/") and key.endswith((".npy", ".bin"))
            if images or not (root / key).is_file():
                continue
            if file_digest(root / key) != digest:
                log.warning("%s is left out: it has changed since it was made", key)
            else:
                properties = {"sha256": digest, "name": Path(key).name}
                files[key] = crate.add_file(root / key, key, properties=properties)
    return files


def _add_action(crate: ROCrate, job: Record, files: dict[str, Entity]) -> Entity:
    """One job: its script made the outputs from the inputs."""
    started = datetime.fromisoformat(job.started)
    ended = started + timedelta(seconds=job.seconds)
    wildcards = ", ".join(job.wildcards.values())
    action = _context(
        crate,
        f"#{job.rule}/{wildcards}",
        "CreateAction",
        name=f"{job.rule} {wildcards}".strip(),
        description=f"settings: {job.settings}; code: {job.code}",
        startTime=started.isoformat(),
        endTime=ended.isoformat(),
    )
    action["instrument"] = crate.get(f"workflow_scripts/{job.rule}.py")
    action["object"] = [files[key] for key in job.inputs if key in files]
    action["result"] = [files[key] for key in job.outputs if key in files]
    return action


def _add_run(
    crate: ROCrate, jobs: list[Record], files: dict[str, Entity], workflow: Entity
) -> None:
    """All jobs as one run of the workflow, from the config to what nothing else used."""
    used = {key for job in jobs for key in job.inputs}
    parameters = {}
    for name, kind in [("config", "input"), ("artifact", "output")]:
        parameters[kind] = _context(
            crate, f"#{name}", "FormalParameter", name=name, additionalType="File"
        )
        workflow[kind] = [parameters[kind]]
    run = _context(crate, "#run", "CreateAction", name="the whole run")
    run["startTime"] = jobs[0].started
    run["endTime"] = max(job.started for job in jobs)
    run["instrument"] = workflow
    config = crate.get("config.yaml")
    config["exampleOfWork"] = parameters["input"]
    run["object"] = [config]
    run["result"] = [entity for key, entity in files.items() if key not in used]
    for entity in run["result"]:
        entity["exampleOfWork"] = parameters["output"]
    crate.root_dataset["mentions"] = [run]
