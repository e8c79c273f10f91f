# Own photographs: snakemake colorize --config colorize-photos=PATH colorize-run=NAME.
# Colorized photographs lie beside the table and are not outputs: Snakemake would remove them
# at the start, but only new and changed photographs are to be colorized. The param `lost`
# counts missing results, so that they are made again.


rule colorize:
    input:
        model=artifacts.model_file(CHOSEN),
    output:
        table=f"results/colorize/{CHOSEN}/photographs.csv",
        provenance=f"results/colorize/{CHOSEN}/provenance/colorize.json",
    log:
        f"results/logs/colorize/{CHOSEN}.log",
    conda:
        "../envs/evaluate.yaml"
    threads: MOST_THREADS
    params:
        settings=pick(
            settings_of(CHOSEN)["evaluate"],
            "device",
            "precision",
            "temperature",
            "rebalance",
        ),
        base=base_contents(CHOSEN),
        photographs=lambda wildcards: to_colorize_digest(),
        lost=lambda wildcards: {
            "lost_results": count_lost(Path("results/colorize", CHOSEN), MEMORY)
        },
        # The digest stands for the photographs; their folder does not matter.
        running=reruns_nothing(photos=config["colorize"]["photos"]),
        code=code("colorize"),
    script:
        "../workflow_scripts/colorize.py"
