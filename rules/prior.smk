# The distribution of the training pixels over the bins, and the rebalancing weights.


rule prior:
    input:
        bins=lambda wildcards: "results/gamut/{}/bins.npy".format(
            settings.gamut_slug(PRIORS[wildcards.prior])
        ),
        description=lambda wildcards: "results/data/{}/dataset.json".format(
            settings.dataset_slug(PRIORS[wildcards.prior])
        ),
        # Described by a digest in dataset.json: their times do not matter.
        images=lambda wildcards: ancient(
            images_of(settings.dataset_slug(PRIORS[wildcards.prior]))
        ),
    output:
        table="results/prior/{prior}/table.csv",
        weights="results/prior/{prior}/weights.npy",
        picture=report(
            "results/prior/{prior}/prior.png",
            caption="../report/prior.rst",
            category="2. Prior",
            labels={"prior": "{prior}", "figure": "prior and weights"},
        ),
    log:
        "results/logs/prior/{prior}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 2
    params:
        encoding=lambda wildcards: PRIORS[wildcards.prior]["encoding"],
        prior=lambda wildcards: PRIORS[wildcards.prior]["prior"],
        code=code("prior"),
    script:
        "../workflow_scripts/prior.py"
