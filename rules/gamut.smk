# The ab bins.


rule gamut:
    output:
        bins="results/gamut/{gamut}/bins.npy",
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
