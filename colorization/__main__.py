"""The command `colorization`."""

import argparse
import io
import json
import logging
import sys
from pathlib import Path

from colorization.method.constants import TEMPERATURE
from colorization.pages import demo_server
from colorization.planning import explain
from colorization.provenance.chain import chain
from colorization.runtime.base_model import BASE
from colorization.runtime.log import StageError, advice

NO_COMMIT = dict(commit="no commit known", clean=True)
# Versions that are worth a word; the record has all.
SHOWN = ("python", "numpy", "numba", "torch", "matplotlib")


def main(arguments: list[str] | None = None) -> int:
    """Run one command. Returns its exit status."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # For terminals that cannot show a character.
        sys.stdout.reconfigure(errors="backslashreplace")
    parser = argparse.ArgumentParser(prog="colorization", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    show = commands.add_parser(
        "provenance", help="what a file was made from, back to the data"
    )
    show.add_argument("file", type=Path, help="a file below results/")
    show.set_defaults(run=show_provenance)
    pack = commands.add_parser("crate", help="a finished run as an RO-Crate, in a zip")
    results = Path("results")
    pack.add_argument(
        "results", type=Path, default=results, nargs="?", help=f"({results})"
    )
    pack.add_argument("-o", "--output", type=Path, default=Path("results/crate.zip"))
    pack.set_defaults(run=export_crate)
    why = commands.add_parser("explain", help="why stages would run again, in words")
    why.add_argument("options", nargs="*", help="as for snakemake, after --")
    why.set_defaults(run=explain_plan)
    add_colorize(
        commands.add_parser(
            "colorize", help="colorize photographs with a trained model"
        )
    )
    write = commands.add_parser(
        "schema", help="write schemas/config.schema.json and docs/settings.md"
    )
    write.set_defaults(run=write_reference)
    show = commands.add_parser("serve", help="show a folder of pages on 127.0.0.1")
    show.add_argument(
        "folder", type=Path, default=results, nargs="?", help=f"({results})"
    )
    show.add_argument("--port", type=int, default=8000, help="(8000); 0 takes any")
    show.set_defaults(run=serve_pages)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except StageError as error:
        print(error, file=sys.stderr)
        return 1
    except BrokenPipeError:  # as with `| head`
        sys.stdout = None
        return 0
    except OSError as error:
        if line := advice(error):
            print(line, file=sys.stderr)
            return 1
        raise


def add_colorize(do: argparse.ArgumentParser) -> None:
    """The command that users without the workflow have."""
    do.description = (
        "Colorize photographs, gray or colour (of which only the lightness is used), at "
        "their full size. Results keep names and subfolders."
    )
    do.epilog = "example: colorization colorize photo.jpg holiday/"
    do.add_argument("photographs", nargs="+", help="image files, or folders of them")
    do.add_argument(
        "--model",
        type=Path,
        default=BASE,
        help="a model.safetensors of a run (the base model)",
    )
    do.add_argument(
        "-o",
        "--output",
        type=Path,
        default=Path("colorized"),
        help="folder for the results (%(default)s)",
    )
    do.add_argument(
        "--temperature",
        type=_temperature,
        default=TEMPERATURE,
        help="from near 0, the likeliest colour, to 1, the mean (%(default)s)",
    )
    do.add_argument(
        "--vividness",
        type=_vividness,
        help="from 0 to 1: how much rare colours are preferred (as is usual for the "
        "model)",
    )
    do.add_argument(
        "--size",
        type=_size,
        help="pixels of the shorter side that the network sees (as in training); with "
        "more, it sees finer parts, but less of the whole at once",
    )
    do.add_argument(
        "--hints",
        type=Path,
        help="a JSON file of colours for places of one photograph, as the page saves it",
    )
    do.add_argument(
        "--device",
        choices=["auto", "cpu", "cuda", "mps"],
        default="auto",
        help="(auto)",
    )
    do.add_argument(
        "--side-by-side", action="store_true", help="put the gray photograph beside it"
    )
    do.set_defaults(run=colorize)


def _temperature(text: str) -> float:
    if not 0 < float(text) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not above 0 and at most 1")
    return float(text)


def _vividness(text: str) -> float:
    if not 0 <= float(text) <= 1:
        raise argparse.ArgumentTypeError(f"{text} is not in 0…1")
    return float(text)


def _size(text: str) -> int:
    if not 16 <= int(text) <= 1024:
        raise argparse.ArgumentTypeError(f"{text} is not in 16…1024")
    return int(text)


def colorize(options: argparse.Namespace) -> int:
    """Colorize all files that can be read; 1 if one cannot."""
    from colorization.data.colorized import claim
    from colorization.data.listing import list_images
    from colorization.inference import full_resolution, photographs  # slow to import
    from colorization.inference.hints_file import read_hints
    from colorization.inference.model_file import load_model
    from colorization.runtime.device import pick_device

    logging.basicConfig(format="%(message)s", level=logging.INFO)
    sources = list_images(options.photographs, logging.info)
    if not sources:
        raise StageError(f"no image in {', '.join(options.photographs)}")
    if options.hints and len(sources) > 1:
        raise StageError(
            f"--hints belong to one photograph, and {len(sources)} were given: "
            "colorize each with its own hints"
        )
    hints = read_hints(options.hints) if options.hints else ()
    model = load_model(options.model, pick_device(options.device))
    claim(options.output, options.photographs)
    how = full_resolution.Options(
        options.temperature,
        options.vividness,
        options.size,
        side_by_side=options.side_by_side,
        hints=hints,
    )
    rows = photographs.colorize_files(model, sources, options.output, how)
    failed = sum(bool(row["reason"]) for row in rows)
    print(f"{len(rows) - failed} of {len(rows)} colorized, in {options.output}")
    return int(failed > 0)


def show_provenance(options: argparse.Namespace) -> int:
    """Print the chain of records, starting with the file; 1 if one has a fault."""
    status = 0
    for file, fault, record in chain(options.file):
        print(file + (f"  [{fault}]" if fault else ""))
        status |= bool(fault)
        if record is None:
            print("    no record: it was not made by the pipeline")
            continue
        tree = "commit unknown"
        if record.git:
            tree = record.git.commit[:12] + (
                "" if record.git.clean else ", with changes"
            )
        print(f"    made by {record.rule} in {record.seconds:g} s,", end=" ")
        print(f"{record.started[:19]} UTC, code {(record.code or '—')[:12]} ({tree})")
        print(f"    sha256 {record.outputs.get(file, '—')}")
        if record.settings:
            print(f"    with {json.dumps(record.settings, ensure_ascii=False)}")
        hardware = [record.hardware.processor, *record.hardware.gpus]
        versions = [
            f"{name} {v}" for name, v in record.versions.items() if name in SHOWN
        ]
        print(f"    on {', '.join(hardware)}; {', '.join(versions)}")
        if record.inputs:
            print(f"    from {', '.join(record.inputs)}")
    return status


def explain_plan(options: argparse.Namespace) -> int:
    """Print one line for each job that would run."""
    lines = list(explain.explain(explain.planned(options.options)))
    print(
        "\n".join(lines)
        or "Nothing would run: all results exist and nothing has changed."
    )
    return 0


def export_crate(options: argparse.Namespace) -> int:
    """Write the crate."""
    from colorization.provenance import crate  # slow to import

    crate.export(options.results, options.output)
    print(options.output)
    return 0


def write_reference(options: argparse.Namespace) -> int:
    """Write the files that are made from the config's schema."""
    from colorization.planning import settings_page  # slow to import

    print(*settings_page.write(), sep="\n")
    return 0


def serve_pages(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    demo_server.serve(options.folder, options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
