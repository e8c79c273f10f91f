"""Validating an RO-Crate without a network."""

import json
from importlib.resources import files

from requests_cache import CachedRequest, CachedResponse, CachedSession
from rocrate_validator import models, services

CONTEXT = "https://w3id.org/ro/crate/1.1/context"
BIOSCHEMAS = "https://bioschemas.org"
TERMS = {
    "ComputationalWorkflow": f"{BIOSCHEMAS}/ComputationalWorkflow",
    "FormalParameter": f"{BIOSCHEMAS}/FormalParameter",
    "input": f"{BIOSCHEMAS}/ComputationalWorkflow#input",
    "output": f"{BIOSCHEMAS}/ComputationalWorkflow#output",
}


def problems(crate, memory) -> list[str]:
    """What the official validator finds against the Workflow Run Crate profile.

    `memory` names a file for its cache. Into it goes the vocabulary that the library
    `rocrate` has on board, with the terms in which version 1.1 differs, as the web's.
    """
    context = json.loads(
        files("rocrate").joinpath("data/ro-crate.jsonld").read_text(encoding="utf-8")
    )
    context["@context"] |= TERMS
    answer = CachedResponse(
        url=CONTEXT,
        status_code=200,
        content=json.dumps(context).encode(),
        headers={"Content-Type": "application/ld+json"},
        request=CachedRequest(method="GET", url=CONTEXT),
    )
    with CachedSession(str(memory), backend="sqlite", expire_after=-1) as session:
        session.cache.save_response(answer)
    result = services.validate(
        models.ValidationSettings(
            rocrate_uri=str(crate),
            profile_identifier="workflow-run-crate-0.5",
            requirement_severity=models.Severity.REQUIRED,
            cache_path=str(memory),
            offline=True,
            skip_availability_check=True,
        )
    )
    return [
        f"{issue.check.identifier}: {issue.message}" for issue in result.get_issues()
    ]
