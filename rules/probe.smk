# Representation learning: what a linear classifier reads from the trained trunk.


rule probe:
    input:
        model="results/train/{run}/model.safetensors",
        dataset_json=lambda wildcards: description_of(wildcards.run),
        labels=lambda wildcards: labels_of(
            only(LABELLED, wildcards.run, "has images without classes: none to probe")
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
        settings=lambda wildcards: {
            key: RUNS[wildcards.run]["evaluate"][key]
            for key in ("device", "precision", "batch")
        },
        code=code("probe"),
    script:
        "../workflow_scripts/probe.py"
