# The settings of all runs, for the report.


rule settings:
    output:
        text="results/settings.txt",
        provenance="results/provenance/settings.json",
    log:
        "results/logs/settings.log",
    conda:
        "../envs/figures.yaml"
    params:
        runs=dict(RUNS),
        code=code("settings"),
    script:
        "../workflow_scripts/settings.py"
