# The table of all runs and baselines.


rule compare:
    input:
        metrics=expand("results/evaluate/{run}/metrics.json", run=RUNS),
        per_image=expand("results/evaluate/{run}/per_image.csv", run=RUNS),
        fooling=FOOLING,
    output:
        table="results/comparison.csv",
        paired="results/paired.csv",
        provenance="results/provenance/compare.json",
    log:
        "results/logs/compare.log",
    conda:
        "../envs/figures.yaml"
    params:
        datasets={run: artifacts.dataset_slug(RUNS[run]) for run in RUNS},
        judged=JUDGED if FOOLING else [],
        code=code("compare"),
    script:
        "../workflow_scripts/compare.py"
