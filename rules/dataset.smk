# Images of one of three sources, as memory-mapped files with a description.


rule sample:
    output:
        train="results/data/{dataset}/train.npy",
        validation="results/data/{dataset}/validation.npy",
        test="results/data/{dataset}/test.npy",
        description="results/data/{dataset}/dataset.json",
    log:
        "results/logs/sample/{dataset}.log",
    wildcard_constraints:
        dataset="sample-[^/]+",
    conda:
        "../envs/colorization.yaml"
    params:
        settings=lambda wildcards: settings.data_settings(DATASETS[wildcards.dataset]),
        code=code("sample"),
    script:
        "../workflow_scripts/sample.py"


rule folder:
    output:
        train="results/data/{dataset}/train.npy",
        validation="results/data/{dataset}/validation.npy",
        test="results/data/{dataset}/test.npy",
        images="results/data/{dataset}/images.csv",
        labels="results/data/{dataset}/labels.csv",
        skipped="results/data/{dataset}/skipped.csv",
        description="results/data/{dataset}/dataset.json",
    log:
        "results/logs/folder/{dataset}.log",
    wildcard_constraints:
        dataset="folder-[^/]+",
    conda:
        "../envs/colorization.yaml"
    threads: 16
    params:
        settings=lambda wildcards: settings.data_settings(DATASETS[wildcards.dataset]),
        listing=lambda wildcards: listing(wildcards.dataset),
        code=code("folder"),
    script:
        "../workflow_scripts/folder.py"


rule stl10_download:
    output:
        expand("results/data/stl10_binary/{file}", file=STL10_FILES),
    log:
        "results/logs/stl10_download.log",
    conda:
        "../envs/colorization.yaml"
    params:
        url=config["data"]["stl10"]["url"],
        md5=config["data"]["stl10"]["md5"],
        # Not an output: Snakemake would delete it, and the bytes so far, on a failure.
        archive="results/data/stl10_binary.tar.gz",
        code=code("stl10_download"),
    script:
        "../workflow_scripts/stl10_download.py"


rule stl10:
    input:
        unlabeled=lambda wildcards: images_of(wildcards.dataset)[0],
        others=lambda wildcards: images_of(wildcards.dataset)[1:],
    output:
        labels="results/data/{dataset}/labels.csv",
        description="results/data/{dataset}/dataset.json",
    log:
        "results/logs/stl10/{dataset}.log",
    wildcard_constraints:
        dataset="stl10-[^/]+",
    conda:
        "../envs/colorization.yaml"
    params:
        settings=lambda wildcards: settings.data_settings(DATASETS[wildcards.dataset]),
        code=code("stl10"),
    script:
        "../workflow_scripts/stl10.py"
