# Own photographs: snakemake colorize --config colorize-photos=PATH colorize-run=NAME. What
# comes out lies beside the table and is no output, because Snakemake removes those before it
# starts, and only new and changed photographs are to be colorized. That a result was lost is
# a param.


rule colorize:
    input:
        model=f"results/train/{CHOSEN}/model.safetensors",
    output:
        table=f"results/colorize/{CHOSEN}/photographs.csv",
        provenance=f"results/colorize/{CHOSEN}/provenance/colorize.json",
    log:
        f"results/logs/colorize/{CHOSEN}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings={
            key: RUNS[CHOSEN]["evaluate"][key]
            for key in ("device", "precision", "temperature")
        },
        photographs=lambda wildcards: photographs_digest(),
        lost=lambda wildcards: {
            "lost_results": count_lost(Path("results/colorize", CHOSEN), MEMORY)
        },
        # Where photographs lie matters to nothing: the digest knows them.
        running=reruns_nothing(photos=config["colorize"]["photos"]),
        code=code("colorize"),
    script:
        "../workflow_scripts/colorize.py"
