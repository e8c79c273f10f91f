# Training; the state to resume from lies in checkpoints/, which is no output, because
# Snakemake removes the outputs of a failed job.


rule train:
    input:
        prior=lambda wildcards: prior_of(wildcards.run),
        dataset_json=lambda wildcards: description_of(wildcards.run),
        images=images_by_digest,
    output:
        model="results/train/{run}/model.safetensors",
        history="results/train/{run}/history.csv",
        provenance="results/train/{run}/provenance/train.json",
    log:
        "results/logs/train/{run}.log",
    wildcard_constraints:
        run=none_of(PUBLISHED),
    conda:
        "../envs/train.yaml"
    threads: MOST_THREADS
    resources:
        gpu=config["running"]["gpus"],
    params:
        settings=lambda wildcards: {
            key: RUNS[wildcards.run][key] for key in ("encoding", "network", "train")
        },
        running=reruns_nothing(**config["running"]),
        code=code("train"),
    script:
        "../workflow_scripts/train.py"


rule published:
    input:
        bins=lambda wildcards: bins_of(wildcards.run),
    output:
        model="results/train/{run}/model.safetensors",
        provenance="results/train/{run}/provenance/published.json",
    log:
        "results/logs/published/{run}.log",
    wildcard_constraints:
        run=any_of(PUBLISHED),
    conda:
        "../envs/train.yaml"
    params:
        weights=lambda wildcards: RUNS[wildcards.run]["published"]["weights"],
        contents=lambda wildcards: contents(
            [RUNS[wildcards.run]["published"]["weights"]]
        ),
        settings=lambda wildcards: {
            key: RUNS[wildcards.run][key] for key in ("kind", "encoding")
        },
        code=code("published"),
    script:
        "../workflow_scripts/published.py"
