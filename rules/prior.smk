# The distribution of the training pixels over the bins, and the class weights.


# The number of jobs that count, for a source too large for one machine:
# snakemake --set-scatter count=8
scattergather:
    count=1,


rule count:
    input:
        dataset_json="results/data/{dataset}/dataset.json",
        images=images_by_digest,
    output:
        colours="results/data/{dataset}/colours/{scatteritem}.npy",
        provenance="results/data/{dataset}/provenance/count-{scatteritem}.json",
    log:
        "results/logs/count/{dataset}/{scatteritem}.log",
    cache: SHARED
    conda:
        "../envs/train.yaml"
    threads: 2
    params:
        # Snakemake's cache between workflows ignores wildcards.
        part=lambda wildcards: wildcards.scatteritem,
        code=code("count"),
    script:
        "../workflow_scripts/count.py"


rule prior:
    input:
        bins=lambda wildcards: artifacts.bins_npy(PRIORS[wildcards.prior]),
        colour_counts=lambda wildcards: gather.count(
            artifacts.colour_counts(PRIORS[wildcards.prior])
        ),
    output:
        table="results/prior/{prior}/table.csv",
        weights="results/prior/{prior}/weights.npy",
        provenance="results/prior/{prior}/provenance/prior.json",
    log:
        "results/logs/prior/{prior}.log",
    cache: SHARED
    conda:
        "../envs/train.yaml"
    params:
        encoding=lambda wildcards: PRIORS[wildcards.prior]["encoding"],
        prior=lambda wildcards: PRIORS[wildcards.prior]["prior"],
        code=code("prior"),
    script:
        "../workflow_scripts/prior.py"
