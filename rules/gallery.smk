# A page that shows all runs, image by image.


rule gallery:
    input:
        pictures=expand(
            "results/evaluate/{run}/{file}.npz", run=RUNS, file=["selection", "ranks"]
        ),
        per_image=expand("results/evaluate/{run}/per_image.csv", run=RUNS),
        metrics=expand("results/evaluate/{run}/metrics.json", run=RUNS),
        photographs=COLORIZED,
    output:
        page="results/gallery/index.html",
        pictures=directory("results/gallery/pictures"),
        provenance="results/gallery/provenance/gallery.json",
    log:
        "results/logs/gallery.log",
    conda:
        "../envs/figures.yaml"
    params:
        runs=dict(RUNS),
        datasets={run: artifacts.dataset_slug(RUNS[run]) for run in RUNS},
        # Photographs that were colorized earlier are shown, but not made again.
        photographs=contents(
            path
            for path in expand("results/colorize/{run}/photographs.csv", run=RUNS)
            if path not in COLORIZED
        ),
        # With their own colours, if they are still where they were.
        running=reruns_nothing(photos={CHOSEN: PHOTOS}),
        templates=template_digests("gallery"),
        code=code("gallery"),
    script:
        "../workflow_scripts/gallery.py"
