# What people read: one page on all runs, and a card for each model.


def about(run):
    """What the page and the card need to know of a run beside its files."""
    return dict(
        settings=RUNS[run],
        dataset=settings.dataset_slug(RUNS[run]),
        gamut=settings.gamut_slug(RUNS[run]),
        prior=settings.prior_slug(RUNS[run]),
        labelled=labelled(run),
    )


def templates(folder):
    """What a page is rendered from."""
    return contents(sorted([ROOT / "web/base.css", *(ROOT / folder).iterdir()]))


rule report:
    input:
        settings="results/settings.txt",
        tables=["results/comparison.csv", "results/paired.csv"],
        comparison=["results/tradeoff.svg", "results/comparison.png"],
        descriptions=expand("results/data/{dataset}/dataset.json", dataset=DATASETS),
        gamuts=expand("results/gamut/{gamut}/gamut.svg", gamut=GAMUTS),
        priors=expand(
            "results/prior/{prior}/{file}",
            prior=PRIORS,
            file=["table.csv", "prior.svg"],
        ),
        models=expand("results/train/{run}/model.safetensors", run=RUNS),
        histories=expand(
            "results/train/{run}/history.{kind}", run=TRAINED, kind=["csv", "svg"]
        ),
        evaluated=expand(
            "results/evaluate/{run}/{file}",
            run=RUNS,
            file=["metrics.json", "curves.svg", "grid.png", "ranked.png"],
        ),
        temperatures=expand(
            "results/evaluate/{run}/{file}",
            run=CLASSIFYING,
            file=["temperatures.svg", "temperature_strip.png"],
        ),
        probes=expand("results/probe/{run}/probe.svg", run=filter(labelled, RUNS)),
    output:
        page="results/report.html",
        provenance="results/provenance/report.json",
    log:
        "results/logs/report.log",
    conda:
        "../envs/figures.yaml"
    params:
        runs={run: about(run) for run in RUNS},
        page=templates("web/report"),
        code=code("report"),
    script:
        "../workflow_scripts/report.py"
