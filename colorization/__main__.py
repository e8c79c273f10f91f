"""The command line: python -m colorization."""

import argparse
import json
import sys
from pathlib import Path

from colorization import explain, provenance, serve
from colorization.log import StageError

# Versions that are worth a word; the record has all.
SHOWN = ("python", "numpy", "numba", "torch", "matplotlib")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; its exit status."""
    parser = argparse.ArgumentParser(prog="python -m colorization", description=__doc__)
    commands = parser.add_subparsers(required=True, metavar="command")
    show = commands.add_parser(
        "provenance", help="what a file was made from, back to the data"
    )
    show.add_argument("file", type=Path, help="a file below results/")
    show.set_defaults(run=show_provenance)
    pack = commands.add_parser("crate", help="a finished run as an RO-Crate, in a zip")
    default = dict(type=Path, default=Path("results"), nargs="?")
    pack.add_argument("results", help="the results folder (results)", **default)
    pack.add_argument("-o", "--output", type=Path, default=Path("results/crate.zip"))
    pack.set_defaults(run=export_crate)
    why = commands.add_parser("explain", help="why stages would run again, in words")
    why.add_argument("options", nargs="*", help="as for snakemake, after --")
    why.set_defaults(run=explain_plan)
    show = commands.add_parser("serve", help="show a folder of pages on 127.0.0.1")
    demo = Path("results/demo")
    show.add_argument("folder", type=Path, default=demo, nargs="?", help=f"({demo})")
    show.add_argument("--port", type=int, default=8000, help="(8000); 0 takes any")
    show.set_defaults(run=serve_pages)
    options = parser.parse_args(arguments)
    try:
        return options.run(options)
    except StageError as error:
        print(error, file=sys.stderr)
        return 1


def show_provenance(options: argparse.Namespace) -> int:
    """Print the chain, the file itself first; 1 if something in it does not hold."""
    status = 0
    for file, fault, record in provenance.chain(options.file):
        print(file + (f"  [{fault}]" if fault else ""))
        status |= bool(fault)
        if record is None:
            print("    no record: it comes from outside of the pipeline")
            continue
        git = record["git"] or dict(commit="no commit known", clean=True)
        tree = git["commit"][:12] + ("" if git["clean"] else ", with changes")
        print(f"    made by {record['rule']} in {record['seconds']:g} s,", end=" ")
        print(
            f"{record['started'][:19]} UTC, code {(record['code'] or '—')[:12]} ({tree})"
        )
        if record["settings"]:
            print(f"    with {json.dumps(record['settings'], ensure_ascii=False)}")
        hardware, versions = record["hardware"], record["versions"]
        on = [hardware["processor"], *hardware["gpus"]]
        named = [f"{name} {v}" for name, v in versions.items() if name in SHOWN]
        print(f"    on {', '.join(on)}; {', '.join(named)}")
        if record["inputs"]:
            print(f"    from {', '.join(record['inputs'])}")
    return status


def explain_plan(options: argparse.Namespace) -> int:
    """Print a line for each stage that would run."""
    lines = list(explain.explain(explain.planned(options.options)))
    print(
        "\n".join(lines) or "Nothing would run: all is there and nothing has changed."
    )
    return 0


def export_crate(options: argparse.Namespace) -> int:
    """Write the crate."""
    from colorization import crate  # slow to import

    crate.export(options.results, options.output)
    print(options.output)
    return 0


def serve_pages(options: argparse.Namespace) -> int:
    """Serve until Ctrl-C."""
    serve.serve(options.folder, options.port)
    return 0


if __name__ == "__main__":
    sys.exit(main())
