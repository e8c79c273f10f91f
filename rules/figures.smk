# Figures. They are drawn from files alone, so that a change of a figure reruns only itself.


rule draw_gamut:
    input:
        bins="results/gamut/{gamut}/bins.npy",
    output:
        picture="results/gamut/{gamut}/gamut.png",
        vector="results/gamut/{gamut}/gamut.svg",
        provenance="results/gamut/{gamut}/provenance/draw_gamut.json",
    log:
        "results/logs/draw_gamut/{gamut}.log",
    conda:
        "../envs/figures.yaml"
    params:
        bins=lambda wildcards: artifacts.gamut_settings(wildcards.gamut)["bins"],
        code=code("draw_gamut"),
    script:
        "../workflow_scripts/draw_gamut.py"


rule draw_prior:
    input:
        table="results/prior/{prior}/table.csv",
    output:
        picture="results/prior/{prior}/prior.png",
        vector="results/prior/{prior}/prior.svg",
        provenance="results/prior/{prior}/provenance/draw_prior.json",
    log:
        "results/logs/draw_prior/{prior}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_prior"),
    script:
        "../workflow_scripts/draw_prior.py"


rule draw_history:
    input:
        histories=expand("results/train/{run}/history.csv", run=TRAINED),
    output:
        picture="results/history.png",
        vector="results/history.svg",
        provenance="results/provenance/draw_history.json",
    log:
        "results/logs/draw_history.log",
    conda:
        "../envs/figures.yaml"
    params:
        kinds={run: stage_settings.kind_of_loss(RUNS[run]) for run in TRAINED},
        code=code("draw_history"),
    script:
        "../workflow_scripts/draw_history.py"


rule draw_pictures:
    input:
        selection="results/evaluate/{run}/selection.npz",
        ranks="results/evaluate/{run}/ranks.npz",
        per_image="results/evaluate/{run}/per_image.csv",
    output:
        grid="results/evaluate/{run}/grid.png",
        ranked="results/evaluate/{run}/ranked.png",
        strip="results/evaluate/{run}/temperature_strip.png",
        provenance="results/evaluate/{run}/provenance/draw_pictures.json",
    log:
        "results/logs/draw_pictures/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_pictures"),
    script:
        "../workflow_scripts/draw_pictures.py"


rule draw_temperatures:
    input:
        table="results/evaluate/{run}/temperatures.csv",
    output:
        picture="results/evaluate/{run}/temperatures.png",
        vector="results/evaluate/{run}/temperatures.svg",
        provenance="results/evaluate/{run}/provenance/draw_temperatures.json",
    log:
        "results/logs/draw_temperatures/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_temperatures"),
    script:
        "../workflow_scripts/draw_temperatures.py"


rule draw_curves:
    input:
        curves=expand("results/evaluate/{run}/curves.csv", run=RUNS),
    output:
        picture="results/curves.png",
        vector="results/curves.svg",
        provenance="results/provenance/draw_curves.json",
    log:
        "results/logs/draw_curves.log",
    conda:
        "../envs/figures.yaml"
    params:
        datasets={run: artifacts.dataset_slug(RUNS[run]) for run in RUNS},
        code=code("draw_curves"),
    script:
        "../workflow_scripts/draw_curves.py"


rule draw_comparison:
    input:
        table="results/comparison.csv",
        selection=expand(
            "results/evaluate/{run}/selection.npz",
            run=artifacts.on_first_dataset(RUNS),
        ),
        sweeps=expand("results/evaluate/{run}/temperatures.csv", run=CLASSIFYING),
    output:
        tradeoff="results/tradeoff.png",
        vector="results/tradeoff.svg",
        grid="results/comparison.png",
        provenance="results/provenance/draw_comparison.json",
    log:
        "results/logs/draw_comparison.log",
    conda:
        "../envs/figures.yaml"
    params:
        temperatures={run: RUNS[run]["evaluate"]["temperature"] for run in CLASSIFYING},
        code=code("draw_comparison"),
    script:
        "../workflow_scripts/draw_comparison.py"


rule draw_probe:
    input:
        table="results/probe/{run}/accuracy.csv",
    output:
        picture="results/probe/{run}/probe.png",
        vector="results/probe/{run}/probe.svg",
        provenance="results/probe/{run}/provenance/draw_probe.json",
    log:
        "results/logs/draw_probe/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_probe"),
    script:
        "../workflow_scripts/draw_probe.py"
