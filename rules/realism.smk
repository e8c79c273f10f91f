# Which one is real? A page on which people tell photographs from colorized ones, and what
# they answered. The default target makes nothing of it unless there are answers.


rule sitting:
    input:
        models=expand("results/train/{run}/model.safetensors", run=JUDGED),
        dataset_json=artifacts.dataset_json(RUNS[JUDGED[0]]),
        images=ancient(artifacts.image_files(RUNS[JUDGED[0]])),
    output:
        pairs="results/sitting/pairs.npz",
        key="results/sitting/key.json",
        provenance="results/sitting/provenance/sitting.json",
    log:
        "results/logs/sitting.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        runs={
            run: pick(
                RUNS[run]["evaluate"],
                "device",
                "precision",
                "batch",
                "temperature",
                "rebalance",
            )
            for run in JUDGED
        },
        chosen=pick(config["realism"], "images", "pairs", "seed"),
        code=code("sitting"),
    script:
        "../workflow_scripts/sitting.py"


rule realism:
    input:
        pairs="results/sitting/pairs.npz",
        key="results/sitting/key.json",
    output:
        page="results/realism/index.html",
        pairs=directory("results/realism/pairs"),
        provenance="results/provenance/realism.json",
    log:
        "results/logs/realism.log",
    conda:
        "../envs/figures.yaml"
    params:
        templates=lambda wildcards: template_digests("realism"),
        code=code("realism"),
    script:
        "../workflow_scripts/realism.py"


rule fooling:
    input:
        key="results/sitting/key.json",
        answers=given_answers,
    output:
        fooling="results/sitting/fooling.json",
        provenance="results/sitting/provenance/fooling.json",
    log:
        "results/logs/fooling.log",
    conda:
        "../envs/figures.yaml"
    params:
        answers=lambda wildcards: contents(config["realism"]["answers"]),
        code=code("fooling"),
    script:
        "../workflow_scripts/fooling.py"
