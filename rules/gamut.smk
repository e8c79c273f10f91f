# The ab bins.


rule gamut:
    output:
        bins="results/gamut/{gamut}/bins.npy",
        picture=report(
            "results/gamut/{gamut}/gamut.png",
            caption="../report/gamut.rst",
            category="1. Bins",
            labels={"bins": "{gamut}", "figure": "bins over ab"},
        ),
    log:
        "results/logs/gamut/{gamut}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 2
    params:
        settings=lambda wildcards: GAMUTS[wildcards.gamut]["gamut"],
        code=code("gamut"),
    script:
        "../workflow_scripts/gamut.py"
