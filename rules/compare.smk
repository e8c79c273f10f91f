# All runs and baselines side by side.


rule compare:
    input:
        metrics=expand("results/evaluate/{run}/metrics.json", run=RUNS),
    output:
        table=report(
            "results/comparison.csv",
            caption="../report/comparison.rst",
            category="5. Metrics",
            labels={"run": "all", "figure": "comparison"},
        ),
    log:
        "results/logs/compare.log",
    conda:
        "../envs/colorization.yaml"
    params:
        code=code("compare"),
    script:
        "../workflow_scripts/compare.py"
