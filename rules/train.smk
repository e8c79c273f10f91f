# Training. The saved states lie in checkpoints/, which is not an output: Snakemake removes
# the outputs of a failed job.


rule train:
    input:
        prior=lambda wildcards: artifacts.prior_table(RUNS[wildcards.run]),
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        images=images_by_digest,
    output:
        model="results/train/{run}/model.safetensors",
        history="results/train/{run}/history.csv",
        provenance="results/train/{run}/provenance/train.json",
    log:
        "results/logs/train/{run}.log",
    wildcard_constraints:
        run=artifacts.none_of(PUBLISHED),
    conda:
        "../envs/train.yaml"
    threads: MOST_THREADS
    resources:
        gpu=config["running"]["gpus"],
    params:
        settings=lambda wildcards: pick(
            RUNS[wildcards.run], "encoding", "network", "train"
        ),
        start=lambda wildcards: start_contents(RUNS[wildcards.run]),
        running=reruns_nothing(**config["running"]),
        code=code("train"),
    script:
        "../workflow_scripts/train.py"


rule published:
    input:
        bins=lambda wildcards: artifacts.bins_npy(RUNS[wildcards.run]),
    output:
        model="results/train/{run}/model.safetensors",
        provenance="results/train/{run}/provenance/published.json",
    log:
        "results/logs/published/{run}.log",
    wildcard_constraints:
        run=artifacts.any_of(PUBLISHED),
    conda:
        "../envs/train.yaml"
    params:
        weights=lambda wildcards: RUNS[wildcards.run]["published"]["weights"],
        contents=lambda wildcards: contents(
            [RUNS[wildcards.run]["published"]["weights"]]
        ),
        settings=lambda wildcards: pick(RUNS[wildcards.run], "kind", "encoding"),
        code=code("published"),
    script:
        "../workflow_scripts/published.py"
