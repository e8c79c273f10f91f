# The ab bins.


rule gamut:
    output:
        bins="results/gamut/{gamut}/bins.npy",
        provenance="results/gamut/{gamut}/provenance/gamut.json",
    log:
        "results/logs/gamut/{gamut}.log",
    cache: SHARED
    conda:
        "../envs/data.yaml"
    threads: 2
    params:
        settings=lambda wildcards: artifacts.gamut_settings(wildcards.gamut),
        code=code("gamut"),
    script:
        "../workflow_scripts/gamut.py"
