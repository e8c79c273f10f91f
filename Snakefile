# Colorful Image Colorization (Zhang, Isola, Efros 2016): from images to a report.
from snakemake.utils import min_version

min_version("9.20")


include: "rules/config_files.smk"
include: "rules/common.smk"
include: "rules/hours.smk"
include: "rules/settings.smk"
include: "rules/dataset.smk"
include: "rules/gamut.smk"
include: "rules/prior.smk"
include: "rules/train.smk"
include: "rules/evaluate.smk"
include: "rules/probe.smk"
include: "rules/compare.smk"
include: "rules/figures.smk"
include: "rules/gallery.smk"
include: "rules/colorize.smk"
include: "rules/export.smk"
include: "rules/report.smk"
# After all rules: it looks at their outputs.
include: "rules/metadata.smk"


# Seconds of work: not worth a place in a cluster's queue.
localrules:
    all,
    settings,
    labels,
    compare,
    gallery,
    draw_gamut,
    draw_prior,
    draw_history,
    draw_pictures,
    draw_temperatures,
    draw_curves,
    draw_comparison,
    draw_probe,
    browser_runtime,
    demo,
    report,
    model_card,


rule all:
    default_target: True
    input:
        get_final_output(),


onstart:
    say_what_takes_hours()
