# The settings of this result, for the report.


rule settings:
    output:
        report(
            "results/settings.txt",
            caption="../report/settings.rst",
            category="0. Settings",
            labels={"figure": "all runs"},
        ),
    log:
        "results/logs/settings.log",
    conda:
        "../envs/colorization.yaml"
    params:
        runs=RUNS,
        code=code("settings"),
    script:
        "../workflow_scripts/settings.py"
