# The test images: colorized, measured, and chosen for pictures.


rule evaluate:
    input:
        model="results/train/{run}/model.safetensors",
        prior=lambda wildcards: artifacts.prior_table(RUNS[wildcards.run]),
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        labels=lambda wildcards: artifacts.labels_csv(RUNS[wildcards.run]),
        images=images_by_digest,
    output:
        metrics="results/evaluate/{run}/metrics.json",
        per_image="results/evaluate/{run}/per_image.csv",
        curves="results/evaluate/{run}/curves.csv",
        provenance="results/evaluate/{run}/provenance/evaluate.json",
    log:
        "results/logs/evaluate/{run}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: stage_settings.evaluate_settings(RUNS[wildcards.run]),
        perceptual=lambda wildcards: perceptual_settings(wildcards.run),
        encoding=lambda wildcards: RUNS[wildcards.run]["encoding"],
        code=code("evaluate"),
    script:
        "../workflow_scripts/evaluate.py"


rule pictures:
    input:
        model="results/train/{run}/model.safetensors",
        per_image="results/evaluate/{run}/per_image.csv",
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        images=images_by_digest,
    output:
        selection="results/evaluate/{run}/selection.npz",
        ranks="results/evaluate/{run}/ranks.npz",
        provenance="results/evaluate/{run}/provenance/pictures.json",
    log:
        "results/logs/pictures/{run}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: pick(
            RUNS[wildcards.run]["evaluate"],
            "device",
            "precision",
            "temperature",
            "rebalance",
            "temperatures",
            "grid_images",
        ),
        code=code("pictures"),
    script:
        "../workflow_scripts/pictures.py"


rule temperatures:
    input:
        model="results/train/{run}/model.safetensors",
        prior=lambda wildcards: artifacts.prior_table(
            RUNS[
                RUNS.require(
                    wildcards.run, CLASSIFYING, "is a regression, without temperatures"
                )
            ]
        ),
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        images=images_by_digest,
    output:
        table="results/evaluate/{run}/temperatures.csv",
        provenance="results/evaluate/{run}/provenance/temperatures.json",
    log:
        "results/logs/temperatures/{run}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: pick(
            RUNS[wildcards.run]["evaluate"],
            "device",
            "precision",
            "batch",
            "temperatures",
            "rebalances",
            "sweep_images",
        ),
        encoding=lambda wildcards: RUNS[wildcards.run]["encoding"],
        code=code("temperatures"),
    script:
        "../workflow_scripts/temperatures.py"
