# Colorizing and measuring the test images.


rule evaluate:
    input:
        model="results/train/{run}/model.safetensors",
        table=lambda wildcards: prior_of(wildcards.run, "table.csv"),
        description=lambda wildcards: description_of(wildcards.run),
        images=lambda wildcards: ancient(
            images_of(settings.dataset_slug(RUNS[wildcards.run]))
        ),
    output:
        metrics="results/evaluate/{run}/metrics.json",
        per_image="results/evaluate/{run}/per_image.csv",
        curves="results/evaluate/{run}/curves.csv",
        curves_picture=report(
            "results/evaluate/{run}/curves.png",
            caption="../report/curves.rst",
            category="5. Metrics",
            labels={"run": "{run}", "figure": "cumulative error"},
        ),
    log:
        "results/logs/evaluate/{run}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 16
    params:
        settings=lambda wildcards: {
            key: RUNS[wildcards.run]["evaluate"][key]
            for key in (
                "device",
                "precision",
                "batch",
                "temperature",
                "perceptual",
            )
        }
        | {"labelled": labelled(wildcards.run)},
        encoding=lambda wildcards: RUNS[wildcards.run]["encoding"],
        code=code("evaluate"),
    script:
        "../workflow_scripts/evaluate.py"


rule pictures:
    input:
        model="results/train/{run}/model.safetensors",
        per_image="results/evaluate/{run}/per_image.csv",
        description=lambda wildcards: description_of(wildcards.run),
        images=lambda wildcards: ancient(
            images_of(settings.dataset_slug(RUNS[wildcards.run]))
        ),
    output:
        selection="results/evaluate/{run}/selection.npz",
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
    log:
        "results/logs/pictures/{run}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 16
    params:
        settings=lambda wildcards: {
            key: RUNS[wildcards.run]["evaluate"][key]
            for key in ("device", "precision", "temperature", "grid_images")
        },
        code=code("pictures"),
    script:
        "../workflow_scripts/pictures.py"


rule temperatures:
    input:
        model="results/train/{run}/model.safetensors",
        prior=lambda wildcards: prior_of(wildcards.run, "table.csv"),
        description=lambda wildcards: description_of(wildcards.run),
        images=lambda wildcards: ancient(
            images_of(settings.dataset_slug(RUNS[wildcards.run]))
        ),
    output:
        table="results/evaluate/{run}/temperatures.csv",
        picture=report(
            "results/evaluate/{run}/temperatures.png",
            caption="../report/temperatures.rst",
            category="5. Metrics",
            labels={"run": "{run}", "figure": "metrics against temperature"},
        ),
        strip=report(
            "results/evaluate/{run}/temperature_strip.png",
            caption="../report/temperature_strip.rst",
            category="4. Colorized images",
            labels={"run": "{run}", "figure": "temperatures"},
        ),
    log:
        "results/logs/temperatures/{run}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 16
    params:
        settings=lambda wildcards: {
            key: RUNS[wildcards.run]["evaluate"][key]
            for key in ("device", "precision", "batch", "temperatures", "sweep_images")
        },
        encoding=lambda wildcards: RUNS[wildcards.run]["encoding"],
        code=code("temperatures"),
    script:
        "../workflow_scripts/temperatures.py"
