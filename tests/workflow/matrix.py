"""Possible changes, and the stages that each must run again.

Each row names what changes and the stages that it hits directly; AFTER gives what these
stages make run again. A row is about one of three finished workflows: `sample` (the
embedded photographs), `study` (own labelled photographs, an L2 run and a published model)
or `stl10` (downloaded).
"""

AFTER = {
    "stl10_download": set(),  # its checksum is a setting of stl10
    "sample": {"count", "train", "evaluate", "pictures", "temperatures"},
    "folder": {"labels", "count", "train", "evaluate", "pictures", "temperatures"},
    "stl10": {"count", "train", "evaluate", "pictures", "temperatures", "probe"},
    "labels": {"evaluate", "probe"},
    "count": {"prior"},
    "gamut": {"prior", "draw_gamut", "published"},
    "prior": {"train", "evaluate", "temperatures", "draw_prior"},
    "train": {"evaluate", "pictures", "temperatures", "probe", "draw_history"}
    | {"colorize"},
    "published": {"evaluate", "pictures", "temperatures", "probe"},
    "evaluate": {"pictures", "compare", "draw_curves", "gallery"},
    "pictures": {"draw_pictures", "draw_comparison", "gallery"},
    "colorize": {"gallery"},
    "temperatures": {"draw_temperatures", "draw_comparison"},
    "probe": {"draw_probe"},
    "compare": {"draw_comparison"},
    "sitting": {"fooling"},
    "fooling": {"compare", "report"},
}
AFTER["folder"] |= {"probe"}
FIGURES = {"draw_gamut", "draw_prior", "draw_history", "draw_pictures", "draw_probe"}
FIGURES |= {"draw_temperatures", "draw_curves", "draw_comparison"}
IN_CARD = {"sample", "folder", "stl10", "prior", "train", "published", "evaluate"}
READ = FIGURES | IN_CARD | {"settings", "compare"}
# The stages that the report and the model cards read from.
for stages, reader in [(READ, "report"), (IN_CARD, "model_card")]:
    for stage in stages:
        AFTER[stage] = AFTER.get(stage, set()) | {reader}
STAGES = {
    "sample": {"sample"},
    "study": {"folder", "labels", "probe", "draw_probe", "published"} | {"colorize"},
    "stl10": {"stl10_download", "stl10", "probe", "draw_probe"},
}
COMMON = {"gamut", "count", "prior", "train", "evaluate", "pictures", "temperatures"}
COMMON |= {"compare", "draw_gamut", "draw_prior", "draw_history", "draw_pictures"}
COMMON |= {"draw_temperatures", "draw_curves", "draw_comparison"}
COMMON |= {"gallery", "report", "model_card"}
MODEL = {"evaluate", "pictures", "temperatures"}  # stages that run a trained model
ALL_MODEL = MODEL | {"probe", "colorize"}
IMPORTS = {"sample", "folder", "stl10"}

# Every key of the config that holds a value: workflow, a change, stages. `settings`, the list of
# all settings for the report, runs after every change but those of `running`.
SETTINGS = {
    "kind": ("study", "runs={authors: {kind: trained}}", {"train", "-colorize"}),
    "seeds": ("sample", "seeds=2", {"train"}),
    "published.weights": (
        "study",
        "runs={authors: {published: {weights: other.pth}}}",
        {"published"},
    ),
    "data.source": (
        "sample",
        "data={source: folder, folder: {paths: [photos]}}",
        {"folder", "count", "prior", "train"},
    ),
    "data.size": ("sample", "data={size: 40}", {"sample"}),
    "data.sample.train": ("sample", "data={sample: {train: 65}}", {"sample"}),
    "data.sample.validation": ("sample", "data={sample: {validation: 9}}", {"sample"}),
    "data.sample.test": ("sample", "data={sample: {test: 9}}", {"sample"}),
    "data.sample.seed": ("sample", "data={sample: {seed: 1}}", {"sample"}),
    "data.stl10.path": ("stl10", "data={stl10: {path: elsewhere}}", {"stl10"}),
    "data.stl10.url": ("stl10", "data={stl10: {url: 'http://other/'}}", set()),
    "data.stl10.md5": (
        "stl10",
        f"data={{stl10: {{md5: {'0' * 32}}}}}",
        {"stl10_download", "stl10"},
    ),
    "data.stl10.unlabeled": ("stl10", "data={stl10: {unlabeled: 11}}", {"stl10"}),
    "data.stl10.validation": ("stl10", "data={stl10: {validation: 3}}", {"stl10"}),
    "data.folder.paths": (
        "study",
        "data={folder: {paths: [photos, more]}}",
        {"folder"},
    ),
    "data.folder.split.train": (
        "study",
        "data={folder: {paths: [], split: {train: [photos], test: [more]}}}",
        {"folder"},
    ),
    "data.folder.split.validation": (
        "study",
        "data={folder: {paths: [], split: {train: [photos], validation: [mine], "
        "test: [more]}}}",
        {"folder"},
    ),
    "data.folder.split.test": (
        "study",
        "data={folder: {paths: [], split: {train: [more], test: [photos]}}}",
        {"folder"},
    ),
    "data.folder.validation": (
        "study",
        "data={folder: {validation: 0.1}}",
        {"folder"},
    ),
    "data.folder.test": ("study", "data={folder: {test: 0.2}}", {"folder"}),
    "data.folder.windows": ("study", "data={folder: {windows: 3}}", {"folder"}),
    "data.folder.max_skipped": ("study", "data={folder: {max_skipped: 0.5}}", set()),
    # The classifier of evaluate, and the probe, look at labels.
    "data.folder.labels": ("study", "data={folder: {labels: false}}", {"evaluate"}),
    "gamut.bins": ("sample", "gamut={bins: knn320}", {"gamut"}),
    "gamut.grid": ("sample", "gamut={grid: 12}", {"gamut"}),
    "encoding.neighbours": ("sample", "encoding={neighbours: 10}", {"prior"}),
    "encoding.sigma": ("sample", "encoding={sigma: 4}", {"prior"}),
    "prior.lambda": ("sample", "prior={lambda: 0.9}", {"prior"}),
    "prior.sigma": ("sample", "prior={sigma: 3}", {"prior"}),
    "network.width": ("sample", "network={width: 0.2}", {"train"}),
    "train.device": ("sample", "train={device: cuda}", {"train"}),
    "train.precision": ("sample", "train={precision: bf16}", {"train"}),
    "train.compile": ("sample", "train={compile: true}", {"train"}),
    "train.seed": ("sample", "train={seed: 1}", {"train"}),
    "train.steps": ("sample", "train={steps: 7}", {"train"}),
    "train.batch": ("sample", "train={batch: 4}", {"train"}),
    "train.micro_batch": ("sample", "train={micro_batch: 4}", {"train"}),
    "train.crop": ("sample", "train={crop: 16}", {"train"}),
    "train.smallest_crop": ("sample", "train={smallest_crop: 16}", {"train"}),
    "train.window": ("sample", "train={window: 0.5}", {"train"}),
    "train.start": ("sample", "train={start: other.safetensors}", {"train"}),
    "train.mirror": ("sample", "train={mirror: false}", {"train"}),
    "train.loss": (
        "study",
        "runs={l2: {train: {loss: classification}}}",
        {"train", "-colorize"},  # another run's model colorizes
    ),
    "train.rebalance": ("sample", "train={rebalance: false}", {"train"}),
    "train.gray_threshold": ("sample", "train={gray_threshold: 1}", {"train"}),
    "train.initialisation": ("sample", "train={initialisation: pytorch}", {"train"}),
    "train.optimizer": ("sample", "train={optimizer: adam}", {"train"}),
    "train.learning_rate": ("sample", "train={learning_rate: 0.1}", {"train"}),
    "train.schedule": ("sample", "train={schedule: paper}", {"train"}),
    "train.warmup": ("sample", "train={warmup: 0.2}", {"train"}),
    "train.beta1": ("sample", "train={beta1: 0.5}", {"train"}),
    "train.beta2": ("sample", "train={beta2: 0.5}", {"train"}),
    "train.weight_decay": ("sample", "train={weight_decay: 0.5}", {"train"}),
    "train.averaging": ("sample", "train={averaging: 0.5}", {"train"}),
    "train.validate_every": ("sample", "train={validate_every: 2}", {"train"}),
    "evaluate.device": ("study", "evaluate={device: auto}", ALL_MODEL),
    "evaluate.precision": ("study", "evaluate={precision: bf16}", ALL_MODEL),
    "evaluate.batch": (
        "study",
        "evaluate={batch: 4}",
        {"evaluate", "temperatures", "probe"},
    ),
    "evaluate.temperature": (
        "study",
        "evaluate={temperature: 0.5}",
        {"evaluate", "colorize"},
    ),
    "evaluate.rebalance": (
        "study",
        "runs={full: {evaluate: {rebalance: -0.5}}}",
        {"evaluate", "pictures", "colorize"},
    ),
    "evaluate.rebalances": (
        "sample",
        "evaluate={rebalances: [0.5]}",
        {"temperatures"},
    ),
    "evaluate.temperatures": (
        "sample",
        "evaluate={temperatures: [0.5]}",
        {"temperatures", "pictures"},
    ),
    "evaluate.sweep_images": ("sample", "evaluate={sweep_images: 4}", {"temperatures"}),
    "evaluate.perceptual.alexnet": (
        "sample",
        "evaluate={perceptual: {alexnet: a.pth}}",
        {"evaluate"},
    ),
    "evaluate.perceptual.inception": (
        "sample",
        "evaluate={perceptual: {inception: a.pth}}",
        {"evaluate"},
    ),
    "evaluate.perceptual.classifier.model": (
        "study",
        "evaluate={perceptual: {classifier: {model: resnet18}}}",
        {"evaluate"},
    ),
    "evaluate.perceptual.classifier.weights": (
        "study",
        "evaluate={perceptual: {classifier: {weights: a.pth}}}",
        {"evaluate"},
    ),
    "evaluate.perceptual.classifier.classes": (
        "study",
        "evaluate={perceptual: {classifier: {classes: {dark: [1]}}}}",
        {"evaluate"},
    ),
    "evaluate.grid_images": ("sample", "evaluate={grid_images: 2}", {"pictures"}),
    "running.gpus": ("sample", "running={gpus: 0}", set()),
    "running.checkpoint_seconds": ("sample", "running={checkpoint_seconds: 5}", set()),
    "running.tensorboard": ("sample", "running={tensorboard: true}", set()),
    "colorize.photos": ("study", "colorize-photos=photos", {"colorize"}),
    "colorize.run": ("study", "colorize-run=l2", {"colorize"}),
    "realism.runs": ("sample", "realism={runs: [full]}", set()),
    "realism.images": ("sample", "realism={images: 9}", set()),
    "realism.pairs": ("sample", "realism={pairs: 9}", set()),
    "realism.seed": ("sample", "realism={seed: 9}", set()),
    "realism.answers": (
        "sample",
        "realism={answers: [answers.json]}",
        {"sitting", "fooling"},
    ),
    "runs": ("sample", "runs={other: {train: {seed: 9}}}", {"train"}),
}

# Equal settings, and settings that no stage uses.
SAME = {
    "another order and notation": ("sample", "prior={sigma: 5.0, lambda: 0.5}"),
    "a value as it was": ("sample", "train={seed: 0, mirror: true}"),
    "a source that is not used": ("sample", "data={folder: {windows: 3}}"),
    "a classifier without labels": (
        "sample",
        "evaluate={perceptual: {classifier: {model: resnet18}}}",
    ),
}

# Every module: a workflow that uses it, and the stages whose code it belongs to.
NETWORK = {"train", "published"} | ALL_MODEL
EVERY = COMMON | {"folder", "labels", "probe", "draw_probe", "published", "settings"}
EVERY |= {"colorize"}
GRIDS = {"draw_pictures", "draw_comparison"}
COLOURS = {"prior", "train"} | ALL_MODEL  # stages that convert colours
PAGES = {"report", "model_card"}
IMAGES = {"folder", "colorize", "gallery"}  # stages that read image files
TABLES = {"folder", "count", "labels", "gamut", "published", "compare", "gallery"}
TABLES |= (
    COLOURS - {"colorize"} | FIGURES | PAGES
)  # stages that read or write arrays and tables
EVALUATION = MODEL | {"probe", "compare"}
IMPORTED = {"folder", "labels", "count", "settings"}  # stages without the method
MODULES = {
    "__init__": ("study", EVERY),
    "__main__": ("study", set()),
    "runtime/tables": ("study", TABLES),
    "planning/code_digest": ("study", set()),
    "method/cielab": ("study", {"gamut", "draw_gamut"} | COLOURS),
    "data/colorized": ("study", {"colorize"}),
    "evaluation/comparison": ("sample", {"compare"}),
    "planning/config": ("study", set()),
    "planning/config_values": ("study", set()),
    "method/constants": (
        "study",
        {"evaluate", "pictures", "colorize", "compare", "gallery"} | FIGURES | PAGES,
    ),
    "runtime/file_digests": ("study", {"folder", "colorize"}),
    "provenance/crate": ("study", set()),
    "planning/explain": ("study", set()),
    "method/decoding": ("study", ALL_MODEL),
    "runtime/device": ("study", NETWORK),
    "method/encoding": ("study", COLOURS - {"probe", "colorize"}),
    "evaluation/measuring": ("sample", {"evaluate", "temperatures"}),
    "runtime/files": ("study", EVERY),
    "pages/gallery": ("study", {"gallery"}),
    "pages/own_photographs": ("study", {"gallery"}),
    "method/gamut_bins": ("study", {"gamut"}),
    "runtime/json_file": ("study", EVERY),
    "runtime/base_model": ("study", {"train", "colorize"}),
    "runtime/lock": ("study", {"folder", "train"}),
    "runtime/log": ("study", EVERY),
    "runtime/system": ("study", EVERY),
    "method/loss": ("study", {"train"} | ALL_MODEL),
    "inference/predict": ("study", ALL_MODEL),
    "planning/snakemake_metadata": ("study", set()),
    "evaluation/metrics_file": ("sample", {"evaluate", "compare", "gallery"} | PAGES),
    "evaluation/metrics": ("sample", {"evaluate", "temperatures"}),
    "inference/half_precision": ("sample", set()),
    "inference/model_file": ("study", {"train", "published"} | ALL_MODEL),
    "method/network": ("study", NETWORK),
    "pages/npm": ("sample", set()),
    "inference/onnx_export": ("sample", set()),
    "evaluation/perceptual": ("sample", {"evaluate", "temperatures"}),
    "inference/full_resolution": ("study", {"colorize"}),
    "inference/hinted": ("study", {"colorize"}),
    "inference/join": ("study", {"colorize"}),
    "inference/small_copy": ("study", {"colorize"}),
    "inference/box_mean": ("study", {"colorize"}),
    "inference/compiled": ("study", {"colorize"}),
    "inference/photographs": ("study", {"colorize"}),
    "inference/hints_file": ("sample", set()),
    "method/hints": ("study", {"colorize"}),
    "method/rebalancing_weights": (
        "sample",
        {"prior", "train", "evaluate", "temperatures"},
    ),
    "method/prior": ("sample", {"prior", "train", "evaluate", "temperatures"}),
    "evaluation/pictures": ("sample", {"pictures"}),
    "planning/__init__": ("sample", {"train"}),
    "planning/artifact_names": ("study", set()),
    "planning/training_hours": ("sample", set()),
    "planning/setting_types": ("sample", set()),
    "planning/config_errors": ("sample", set()),
    "planning/settings_page": ("sample", set()),
    "planning/schema": ("sample", set()),
    "planning/schema_base": ("sample", {"train"}),
    "planning/stage_settings": ("study", set()),
    "planning/start_model": ("sample", set()),
    "planning/train_schema": ("sample", {"train"}),
    "planning/workflow_jobs": ("study", set()),
    "evaluation/probe": ("study", {"probe"}),
    "runtime/progress": (
        "study",
        {"folder", "count", "train"} | ALL_MODEL - {"pictures"},
    ),
    "provenance/record": ("study", EVERY),
    "inference/published_model": ("study", {"published"}),
    "pages/demo_server": ("sample", set()),
    "evaluation/answer_key": ("sample", {"compare", "report"}),
    "evaluation/bootstrap": (
        "study",
        {"evaluate", "temperatures", "probe", "compare", "report"},
    ),
    "evaluation/fooling": ("sample", {"compare", "report"}),
    "evaluation/sitting": ("sample", set()),
    "method/torch_cielab": ("study", COLOURS),
    "data/archive": ("study", {"folder"}),
    "data/__init__": ("study", {"folder", "count"} | COLOURS | PAGES),
    "images/boxes": ("study", IMAGES),
    "data/colour_counts": ("sample", {"count", "prior"}),
    "images/color_profile": ("study", IMAGES),
    "data/dataset": (
        "study",
        {"folder", "count"} | COLOURS - {"colorize", "prior"} | PAGES,
    ),
    "data/memory_map": ("study", {"count"} | COLOURS),
    "images/decoded": ("study", IMAGES),
    "images/deep_jpeg": ("study", IMAGES),
    "data/download": ("stl10", set()),
    "images/exif": ("study", IMAGES),
    "images/file_kind": ("study", IMAGES),
    "data/folder": ("study", {"folder"}),
    "data/resumable_files": ("study", {"folder"}),
    "images/image_file": ("study", IMAGES),
    "images/jxl_file": ("study", IMAGES),
    "data/listing": ("study", {"folder", "colorize"}),
    "images/pillow_file": ("study", IMAGES),
    "images/jpeg_file": ("study", IMAGES),
    "data/sample": ("sample", {"sample"}),
    "data/stl10": ("stl10", {"stl10"}),
    "images/tiff_file": ("study", IMAGES),
    "data/windows": ("study", {"folder"}),
    "figures/__init__": ("study", FIGURES),
    "figures/curves": ("sample", {"draw_curves"}),
    "figures/gamut": ("sample", {"draw_gamut"}),
    "figures/grid": ("sample", GRIDS),
    "figures/history": ("sample", {"draw_history"}),
    "figures/prior": ("sample", {"draw_prior"}),
    "figures/probe": ("study", {"draw_probe"}),
    "figures/style": ("study", FIGURES),
    "figures/temperatures": ("sample", {"draw_temperatures"}),
    "figures/tradeoff": ("sample", {"draw_comparison"}),
    "pages/realism": ("sample", set()),
    "pages/report/__init__": ("sample", PAGES | {"gallery"}),
    "pages/report/captions": ("sample", {"report"}),
    "pages/report/card": ("sample", {"model_card"}),
    "pages/report/figures": ("sample", {"report"}),
    "pages/report/limits": ("sample", PAGES),
    "pages/report/metrics": ("sample", PAGES | {"gallery"}),
    "pages/report/numbers": ("sample", PAGES | {"gallery"}),
    "pages/report/origin": ("sample", {"report"}),
    "pages/report/page": ("sample", {"report"}),
    "pages/report/realism": ("sample", {"report"}),
    "pages/report/results": ("sample", PAGES),
    "pages/report/runs": ("sample", PAGES),
    "pages/report/scores": ("sample", {"report"}),
    "pages/report/table": ("sample", PAGES),
    "training/__init__": ("sample", {"train"}),
    "training/batches": ("sample", {"train"}),
    "training/distributed": ("sample", {"train"}),
    "training/gray_images": ("sample", {"train"}),
    "training/loop": ("sample", {"train"}),
    "training/nodes": ("sample", {"train"}),
    "training/run": ("sample", {"train"}),
    "training/schedule": ("sample", {"train"}),
    "training/start": ("sample", {"train"}),
    "training/checkpoints": ("sample", {"train"}),
    "training/warm_start": ("sample", {"train"}),
    "training/trainer": ("sample", {"train"}),
    "training/monitor": ("sample", {"train"}),
    "api": ("study", set()),
    "evaluation/__init__": ("study", EVALUATION | {"gallery"} | PAGES),
    "evaluation/baselines": ("study", MODEL),
    "evaluation/onnx_check": ("sample", set()),
    "images/__init__": ("study", IMAGES),
    "inference/__init__": ("study", {"train", "published"} | ALL_MODEL),
    "method/__init__": ("study", EVERY - IMPORTED),
    "pages/__init__": ("study", PAGES | {"gallery"}),
    "pages/templates": ("study", PAGES | {"gallery"}),
    "provenance/__init__": ("study", EVERY),
    "provenance/chain": ("study", set()),
    "runtime/__init__": ("study", EVERY),
}
# Every script, and a workflow that uses it. It is the code of the stage of its name, except
# for the download, which a checksum describes.
SCRIPTS = {
    "colorize": "study",
    "compare": "sample",
    "count": "sample",
    "draw_comparison": "sample",
    "draw_curves": "sample",
    "draw_gamut": "sample",
    "draw_history": "sample",
    "draw_pictures": "sample",
    "draw_prior": "sample",
    "draw_probe": "study",
    "draw_temperatures": "sample",
    "evaluate": "sample",
    "folder": "study",
    "gallery": "sample",
    "gamut": "sample",
    "labels": "study",
    "model_card": "sample",
    "pictures": "sample",
    "prior": "sample",
    "probe": "study",
    "published": "study",
    "report": "sample",
    "sample": "sample",
    "settings": "sample",
    "stl10": "stl10",
    "stl10_download": "stl10",
    "temperatures": "sample",
    "train": "sample",
}
# Targets outside of the default target, and the stages that make them.
ASKED_FOR = {
    "demo": {"export", "browser_runtime", "demo"},
    "realism": {"sitting", "realism"},
}


def stages(workflow: str) -> set[str]:
    """All stages of a finished workflow."""
    return COMMON | STAGES[workflow] | {"settings"}


def expected(workflow: str, direct: set[str]) -> set[str]:
    """The stages hit directly and all that follow from them, without "-stages"."""
    left_out = {stage[1:] for stage in direct if stage.startswith("-")}
    direct = {stage for stage in direct if not stage.startswith("-")}
    found, queue = set(), list(direct)
    while queue:
        stage = queue.pop()
        if stage not in found:
            found.add(stage)
            queue += AFTER.get(stage, ())
    # A new stage must be in the row's `direct`.
    return (found & (stages(workflow) | direct)) - left_out
