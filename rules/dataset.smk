# The images, from one of three sources, as memory-mapped files with a dataset.json.


rule sample:
    output:
        train="results/data/{dataset}/train.npy",
        validation="results/data/{dataset}/validation.npy",
        test="results/data/{dataset}/test.npy",
        dataset_json="results/data/{dataset}/dataset.json",
        provenance="results/data/{dataset}/provenance/sample.json",
    log:
        "results/logs/sample/{dataset}.log",
    wildcard_constraints:
        # Takes all other names, so that an unknown one ends with a message here.
        dataset="(?!folder-|stl10)[^/]+",
    cache: SHARED
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: artifacts.data_settings(DATASETS[wildcards.dataset]),
        photographs=f"scikit-image {version('scikit-image')}",
        code=code("sample"),
    script:
        "../workflow_scripts/sample.py"


rule folder:
    output:
        train="results/data/{dataset}/train.npy",
        validation="results/data/{dataset}/validation.npy",
        test="results/data/{dataset}/test.npy",
        images="results/data/{dataset}/images.csv",
        skipped="results/data/{dataset}/skipped.csv",
        dataset_json="results/data/{dataset}/dataset.json",
        provenance="results/data/{dataset}/provenance/folder.json",
    log:
        "results/logs/folder/{dataset}.log",
    wildcard_constraints:
        dataset="folder-[^/]+",
    cache: SHARED
    conda:
        "../envs/data.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: artifacts.data_settings(DATASETS[wildcards.dataset]),
        listing=lambda wildcards: folder_digest(wildcards.dataset),
        running=reruns_nothing(
            max_skipped=lambda wildcards: DATASETS[wildcards.dataset]["data"][
                "folder"
            ]["max_skipped"]
        ),
        code=code("folder"),
    script:
        "../workflow_scripts/folder.py"


rule labels:
    input:
        images="results/data/{dataset}/images.csv",
    output:
        labels="results/data/{dataset}/labels.csv",
        provenance="results/data/{dataset}/provenance/labels.json",
    log:
        "results/logs/labels/{dataset}.log",
    wildcard_constraints:
        dataset="folder-[^/]+",
    conda:
        "../envs/data.yaml"
    params:
        code=code("labels"),
    script:
        "../workflow_scripts/labels.py"


rule stl10_download:
    output:
        **{
            file.replace(".", "_"): f"results/data/stl10_binary/{file}"
            for file in STL10_FILES
        },
        provenance="results/data/stl10_binary/provenance/stl10_download.json",
    log:
        "results/logs/stl10_download.log",
    cache: SHARED
    conda:
        "../envs/data.yaml"
    params:
        # No digest of code: the checksum says what is downloaded, from any mirror.
        md5=config["data"]["stl10"]["md5"],
        running=reruns_nothing(url=config["data"]["stl10"]["url"]),
    script:
        "../workflow_scripts/stl10_download.py"


rule stl10:
    input:
        binary=images_by_digest,
    output:
        labels="results/data/{dataset}/labels.csv",
        dataset_json="results/data/{dataset}/dataset.json",
        provenance="results/data/{dataset}/provenance/stl10.json",
    log:
        "results/logs/stl10/{dataset}.log",
    wildcard_constraints:
        dataset="stl10-[^/]+",
    cache: SHARED
    conda:
        "../envs/data.yaml"
    params:
        settings=lambda wildcards: pick(
            DATASETS[wildcards.dataset]["data"]["stl10"], "unlabeled", "validation"
        ),
        contents=lambda wildcards: stage_settings.stl10_contents(
            DATASETS[wildcards.dataset], contents
        ),
        code=code("stl10"),
    script:
        "../workflow_scripts/stl10.py"
