# The trained model for other programs, and a page that runs it. The default target makes
# neither: ask for `demo`, or for a file of `export`.

PAGE = [
    *("index.html", "demo.css", "place.js", "demo.js", "worker.js", "offline.js"),
    *("about.js", "alternatives.js", "color.js", "decoding.js", "geometry.js"),
    *("hints.js", "history.js", "model.js", "png.js", "reading.js", "storage.js"),
    *("strip.js", "versions.js", "view.js", "wonder.js"),
]
RUNTIME = [
    "onnxruntime/ort.wasm.bundle.min.mjs",
    "onnxruntime/ort-wasm-simd-threaded.wasm",
    "client-zip/index.js",
]
SAMPLES = ["cameraman", "astronaut", "cat", "coffee", "rocket", "coins"]


rule export:
    input:
        model=lambda wildcards: artifacts.model_file(wildcards.run),
        dataset_json=lambda wildcards: artifacts.dataset_json(
            settings_of(wildcards.run)
        ),
        images=images_by_digest,
    output:
        onnx="results/export/{run}/model.onnx",
        half="results/export/{run}/model.fp16.onnx",
        report="results/export/{run}/export.json",
        provenance="results/export/{run}/provenance/export.json",
    log:
        "results/logs/export/{run}.log",
    conda:
        "../envs/export.yaml"
    threads: MOST_THREADS
    params:
        settings=lambda wildcards: {
            "name": wildcards.run,
            **pick(
                settings_of(wildcards.run)["evaluate"],
                "temperature",
                "rebalance",
                "batch",
            ),
            "licence": "the authors' own" if wildcards.run in PUBLISHED else "MIT",
        },
        base=lambda wildcards: base_contents(wildcards.run),
        code=code("export"),
    script:
        "../workflow_scripts/export.py"


# onnxruntime for browsers, and what writes ZIP files, from the package registry in npm's
# settings.
rule browser_runtime:
    output:
        files=[f"results/demo/{name}" for name in RUNTIME],
        licences=[
            "results/demo/onnxruntime/LICENSE",
            "results/demo/onnxruntime/ThirdPartyNotices.txt",
            "results/demo/client-zip/LICENSE.txt",
        ],
        provenance="results/demo/provenance/browser_runtime.json",
    log:
        "results/logs/browser_runtime.log",
    conda:
        "../envs/export.yaml"
    params:
        lock=lambda wildcards: contents([WEB / "package-lock.json"]),
        code=code("browser_runtime"),
    script:
        "../workflow_scripts/browser_runtime.py"


rule demo:
    input:
        model=f"results/export/{CHOSEN}/model.fp16.onnx",
        report=f"results/export/{CHOSEN}/export.json",
        runtime=rules.browser_runtime.output.files,
    output:
        page=[f"results/demo/{name}" for name in PAGE],
        base="results/demo/base.css",
        onnx="results/demo/model.fp16.onnx",
        metadata="results/demo/model.json",
        samples=[f"results/demo/samples/{name}.jpg" for name in SAMPLES],
        provenance="results/demo/provenance/demo.json",
    log:
        "results/logs/demo.log",
    conda:
        "../envs/export.yaml"
    params:
        page=lambda wildcards: contents(
            [WEB / "base.css", *(WEB / "demo" / f for f in PAGE)]
        ),
        code=code("demo"),
    script:
        "../workflow_scripts/demo.py"
