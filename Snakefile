# Colorful Image Colorization (Zhang, Isola, Efros 2016): from images to a report.
import gc

from snakemake.utils import min_version

min_version("9.20")

# Little of what is made while rules are read is garbage. Looking for it less often makes a
# dry run a fifth faster.
gc.freeze()
gc.set_threshold(100_000)


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
include: "rules/realism.smk"
include: "rules/compare.smk"
include: "rules/figures.smk"
include: "rules/gallery.smk"
include: "rules/colorize.smk"
include: "rules/export.smk"
include: "rules/report.smk"
# Last: it looks at the outputs of all rules.
include: "rules/metadata.smk"


# Jobs of seconds run on this machine and do not wait in a cluster's queue.
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
    realism,
    fooling,
    browser_runtime,
    demo,
    report,
    model_card,


rule all:
    default_target: True
    input:
        artifacts.final_output(RUNS),
        COLORIZED,


onstart:
    warn_of_hours()
