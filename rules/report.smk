# The report, one page on all runs, and a card for each model.


rule report:
    input:
        settings="results/settings.txt",
        tables=["results/comparison.csv", "results/paired.csv"],
        charts=["results/tradeoff.svg", "results/curves.svg"],
        history=["results/history.svg"] if TRAINED else [],
        comparison="results/comparison.png",
        selection=f"results/evaluate/{next(iter(RUNS))}/selection.npz",
        descriptions=expand("results/data/{dataset}/dataset.json", dataset=DATASETS),
        gamuts=expand("results/gamut/{gamut}/gamut.svg", gamut=GAMUTS),
        priors=expand(
            "results/prior/{prior}/{file}",
            prior=PRIORS,
            file=["table.csv", "prior.svg"],
        ),
        models=expand("results/train/{run}/model.safetensors", run=RUNS),
        histories=expand("results/train/{run}/history.csv", run=TRAINED),
        evaluated=expand(
            "results/evaluate/{run}/{file}",
            run=RUNS,
            file=["metrics.json", "grid.png", "ranked.png"],
        ),
        temperatures=expand(
            "results/evaluate/{run}/{file}",
            run=CLASSIFYING,
            file=["temperatures.csv", "temperatures.svg", "temperature_strip.png"],
        ),
        probes=expand("results/probe/{run}/probe.svg", run=LABELLED),
        fooling=FOOLING,
    output:
        page="results/report.html",
        provenance="results/provenance/report.json",
    log:
        "results/logs/report.log",
    conda:
        "../envs/figures.yaml"
    params:
        runs={run: stage_settings.report_settings(RUNS[run]) for run in RUNS},
        page=template_digests("report"),
        code=code("report"),
    script:
        "../workflow_scripts/report.py"


rule model_card:
    input:
        model="results/train/{run}/model.safetensors",
        history=lambda wildcards: expand(
            "results/train/{run}/history.csv", run={wildcards.run} & {*TRAINED}
        ),
        prior=lambda wildcards: artifacts.prior_table(RUNS[wildcards.run]),
        dataset_json=lambda wildcards: artifacts.dataset_json(RUNS[wildcards.run]),
        evaluated=multiext("results/evaluate/{run}/", "metrics.json", "per_image.csv"),
        photographs=lambda wildcards: artifacts.images_csv(RUNS[wildcards.run]),
    output:
        card="results/{run}/model_card.md",
        page="results/{run}/model_card.html",
        provenance="results/{run}/provenance/model_card.json",
    log:
        "results/logs/model_card/{run}.log",
    conda:
        "../envs/figures.yaml"
    params:
        run=lambda wildcards: stage_settings.card_settings(RUNS[wildcards.run]),
        templates=contents(
            WEB / name
            for name in ("model_card.md.j2", "model_card.html.j2", "base.css")
        ),
        code=code("model_card"),
    script:
        "../workflow_scripts/model_card.py"
