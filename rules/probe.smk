# Representation learning: linear classifiers on the features of the trained trunk.


rule probe:
    input:
        model="results/train/{run}/model.safetensors",
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        labels=lambda wildcards: artifacts.labels_csv(
            RUNS[
                RUNS.require(
                    wildcards.run,
                    LABELLED,
                    "has images without classes: none to probe",
                )
            ]
        ),
        images=images_by_digest,
    output:
        table="results/probe/{run}/accuracy.csv",
        provenance="results/probe/{run}/provenance/probe.json",
    log:
        "results/logs/probe/{run}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: pick(
            RUNS[wildcards.run]["evaluate"], "device", "precision", "batch"
        ),
        code=code("probe"),
    script:
        "../workflow_scripts/probe.py"
