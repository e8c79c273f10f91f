# The distribution of the training pixels over the bins, and the rebalancing weights.


# Into how many jobs the count is split, for a source too large for one machine:
# snakemake --set-scatter count=8
scattergather:
    count=1,


rule count:
    input:
        description="results/data/{dataset}/dataset.json",
        # Described by a digest in dataset.json: their times do not matter.
        images=lambda wildcards: ancient(images_of(wildcards.dataset)),
    output:
        colours="results/data/{dataset}/colours/{scatteritem}.npy",
    log:
        "results/logs/count/{dataset}/{scatteritem}.log",
    conda:
        "../envs/colorization.yaml"
    threads: 2
    params:
        code=code("count"),
    script:
        "../workflow_scripts/count.py"


rule prior:
    input:
        bins=lambda wildcards: "results/gamut/{}/bins.npy".format(
            settings.gamut_slug(PRIORS[wildcards.prior])
        ),
        colours=lambda wildcards: gather.count(
            "results/data/{}/colours/{{scatteritem}}.npy".format(
                settings.dataset_slug(PRIORS[wildcards.prior])
            )
        ),
    output:
        table="results/prior/{prior}/table.csv",
        weights="results/prior/{prior}/weights.npy",
    log:
        "results/logs/prior/{prior}.log",
    conda:
        "../envs/colorization.yaml"
    params:
        encoding=lambda wildcards: PRIORS[wildcards.prior]["encoding"],
        prior=lambda wildcards: PRIORS[wildcards.prior]["prior"],
        code=code("prior"),
    script:
        "../workflow_scripts/prior.py"
