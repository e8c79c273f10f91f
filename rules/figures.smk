# Pictures, drawn from files alone: a nicer figure reruns nothing else.


rule draw_gamut:
    input:
        bins="results/gamut/{gamut}/bins.npy",
    output:
        picture=report(
            "results/gamut/{gamut}/gamut.png",
            caption="../report/gamut.rst",
            category="1. Bins",
            labels={"bins": "{gamut}", "figure": "bins over ab"},
        ),
        provenance="results/gamut/{gamut}/provenance/draw_gamut.json",
    log:
        "results/logs/draw_gamut/{gamut}.log",
    conda:
        "../envs/figures.yaml"
    params:
        bins=lambda wildcards: GAMUTS[wildcards.gamut]["gamut"]["bins"],
        code=code("draw_gamut"),
    script:
        "../workflow_scripts/draw_gamut.py"


rule draw_prior:
    input:
        table="results/prior/{prior}/table.csv",
    output:
        picture=report(
            "results/prior/{prior}/prior.png",
            caption="../report/prior.rst",
            category="2. Prior",
            labels={"prior": "{prior}", "figure": "prior and weights"},
        ),
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
        history="results/train/{run}/history.csv",
    output:
        picture=report(
            "results/train/{run}/history.png",
            caption="../report/history.rst",
            category="3. Training",
            labels={"run": "{run}", "figure": "loss curves"},
        ),
        provenance="results/train/{run}/provenance/draw_history.json",
    log:
        "results/logs/draw_history/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_history"),
    script:
        "../workflow_scripts/draw_history.py"


rule draw_pictures:
    input:
        selection="results/evaluate/{run}/selection.npz",
        ranks="results/evaluate/{run}/ranks.npz",
        per_image="results/evaluate/{run}/per_image.csv",
    output:
        grid=report(
            "results/evaluate/{run}/grid.png",
            caption="../report/grid.rst",
            category="4. Colorized images",
            labels={"run": "{run}", "figure": "fixed selection"},
        ),
        ranked=report(
            "results/evaluate/{run}/ranked.png",
            caption="../report/ranked.rst",
            category="4. Colorized images",
            labels={"run": "{run}", "figure": "best, median, worst"},
        ),
        strip=report(
            "results/evaluate/{run}/temperature_strip.png",
            caption="../report/temperature_strip.rst",
            category="4. Colorized images",
            labels={"run": "{run}", "figure": "temperatures"},
        ),
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
        picture=report(
            "results/evaluate/{run}/temperatures.png",
            caption="../report/temperatures.rst",
            category="5. Metrics",
            labels={"run": "{run}", "figure": "metrics against temperature"},
        ),
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
        curves="results/evaluate/{run}/curves.csv",
    output:
        picture=report(
            "results/evaluate/{run}/curves.png",
            caption="../report/curves.rst",
            category="5. Metrics",
            labels={"run": "{run}", "figure": "cumulative error"},
        ),
        provenance="results/evaluate/{run}/provenance/draw_curves.json",
    log:
        "results/logs/draw_curves/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_curves"),
    script:
        "../workflow_scripts/draw_curves.py"


rule draw_comparison:
    input:
        table="results/comparison.csv",
        selection=expand("results/evaluate/{run}/selection.npz", run=of_first_dataset()),
    output:
        tradeoff=report(
            "results/tradeoff.png",
            caption="../report/tradeoff.rst",
            category="6. Comparison",
            labels={"figure": "raw against rebalanced"},
        ),
        grid=report(
            "results/comparison.png",
            caption="../report/comparison_grid.rst",
            category="6. Comparison",
            labels={"figure": "the same images"},
        ),
        provenance="results/provenance/draw_comparison.json",
    log:
        "results/logs/draw_comparison.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_comparison"),
    script:
        "../workflow_scripts/draw_comparison.py"


rule draw_probe:
    input:
        table="results/probe/{run}/accuracy.csv",
    output:
        picture=report(
            "results/probe/{run}/probe.png",
            caption="../report/probe.rst",
            category="7. Representation",
            labels={"run": "{run}", "figure": "accuracy by layer"},
        ),
        provenance="results/probe/{run}/provenance/draw_probe.json",
    log:
        "results/logs/draw_probe/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        code=code("draw_probe"),
    script:
        "../workflow_scripts/draw_probe.py"
