"""Draws the rules and what they hand on, as docs/rulegraph.svg: make rulegraph.

Snakemake says which rule needs which, as text for Graphviz. Many machines have no
Graphviz, and most of the arrows say nothing to somebody new, so the picture is laid out
here: rules that draw figures are left out, and so is each arrow that follows from others.
"""

import re
import subprocess
import sys
from collections.abc import Iterable
from graphlib import TopologicalSorter
from html import escape
from itertools import combinations, pairwise, permutations
from pathlib import Path
from tempfile import TemporaryDirectory

ROOT = Path(__file__).parents[1]
PICTURE = ROOT / "docs/rulegraph.svg"
# What is asked for: all results, and the page that colorizes.
TARGETS = ["all", "demo"]
# In pixels: a box, the gap between two columns, and from one box to the next.
WIDTH, HEIGHT, GAP = 124, 34, 36
ACROSS, DOWN = WIDTH + GAP, 56
MARGIN = 12
# What a newcomer follows first.
JOURNEY = ["sample", "count", "gamut", "prior", "train", "evaluate"]
STYLE = """
  text { font: 14px system-ui, sans-serif; text-anchor: middle; fill: #1f2328; }
  rect { fill: #f2f4f7; stroke: #8c959f; stroke-width: 1.2; }
  .journey rect { fill: #dbeafe; stroke: #2563eb; stroke-width: 2; }
  path { fill: none; stroke: #8c959f; stroke-width: 1.5; }
  .head { fill: #8c959f; stroke: none; }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3; }
    rect { fill: #21262d; }
    .journey rect { fill: #172f5c; stroke: #60a5fa; }
  }
"""

# Of each rule, the rules that it needs.
Graph = dict[str, set[str]]


def parse(dot: str) -> Graph:
    """The graph that `snakemake --rulegraph dot` prints."""
    names = dict(re.findall(r'^\s*(\d+)\[label = "(\w+)"', dot, re.MULTILINE))
    graph: Graph = {name: set() for name in names.values()}
    for needed, rule in re.findall(r"^\s*(\d+) -> (\d+)", dot, re.MULTILINE):
        graph[names[rule]].add(names[needed])
    return graph


def without(graph: Graph, left_out: Iterable[str]) -> Graph:
    """The graph less some rules; what needed one of them needs what that one needed."""
    for name in left_out:
        needed = graph[name]
        graph = {
            rule: (needs - {name}) | (needed if name in needs else set())
            for rule, needs in graph.items()
            if rule != name
        }
    return graph


def all_needed(graph: Graph) -> Graph:
    """Of each rule, all that it needs, directly or through others."""
    closure: Graph = {}
    for rule in TopologicalSorter(graph).static_order():
        closure[rule] = graph[rule].union(*(closure[need] for need in graph[rule]))
    return closure


def reduced(graph: Graph) -> Graph:
    """The graph without the arrows that follow from others."""
    closure = all_needed(graph)
    return {
        rule: {n for n in needs if not any(n in closure[other] for other in needs)}
        for rule, needs in graph.items()
    }


def columns(graph: Graph) -> dict[str, int]:
    """The column of each rule: behind all that it needs; a source, just before its use."""
    column: dict[str, int] = {}
    for rule in TopologicalSorter(graph).static_order():
        column[rule] = max((column[need] + 1 for need in graph[rule]), default=0)
    for rule in [rule for rule, needs in graph.items() if not needs]:
        users = [column[other] for other, needs in graph.items() if rule in needs]
        column[rule] = min(users, default=1) - 1
    return column


def split(graph: Graph, column: dict[str, int]) -> list[list[str]]:
    """Each arrow as the places it runs through: its ends, and "a>b@3" between them."""
    return [
        [need, *(f"{need}>{rule}@{i}" for i in range(column[need] + 1, last)), rule]
        for rule, last in sorted(column.items())
        for need in sorted(graph[rule])
    ]


def rows(paths: list[list[str]], column: dict[str, int]) -> dict[str, float]:
    """The row of each place: the columns are ordered to cross, then bend, the least.

    One column after the other, again and again, as long as it gets better.
    """
    at = dict(column) | {p: int(p.split("@")[1]) for path in paths for p in path[1:-1]}
    orders = [
        tuple(sorted(place for place in at if at[place] == i))
        for i in range(max(column.values()) + 1)
    ]
    arrows = [arrow for path in paths for arrow in pairwise(path)]

    def placed(orders: list[tuple[str, ...]]) -> dict[str, float]:
        return {
            place: i - (len(order) - 1) / 2
            for order in orders
            for i, place in enumerate(order)
        }

    def cost(orders: list[tuple[str, ...]]) -> tuple[int, float]:
        row = placed(orders)
        crossed = sum(
            at[a] == at[c] and (row[a] - row[c]) * (row[b] - row[d]) < 0
            for (a, b), (c, d) in combinations(arrows, 2)
        )
        return crossed, sum((row[a] - row[b]) ** 2 for a, b in arrows)

    before = None
    while orders != before:
        before = list(orders)
        for i, order in enumerate(orders):
            changed = [[*orders[:i], o, *orders[i + 1 :]] for o in permutations(order)]
            orders = min([orders, *changed], key=cost)
    return placed(orders)


def draw(graph: Graph) -> str:
    """The graph as SVG, for light and dark pages."""
    column = columns(graph)
    paths = split(graph, column)
    row = rows(paths, column)
    top = min(row.values())

    def line(place: str) -> float:
        return MARGIN + HEIGHT / 2 + (row[place] - top) * DOWN

    parts = []
    for path in paths:
        x, y = MARGIN + WIDTH + column[path[0]] * ACROSS, line(path[0])
        curve = f"M{x:g},{y:g}"
        for place in path[1:]:
            # Bends in the gap between two columns, and runs level through the next.
            half, end, y1 = x + GAP / 2, x + GAP - 7, line(place)
            curve += f" C{half:g},{y:g} {half:g},{y1:g} {end:g},{y1:g}"
            x, y = x + ACROSS, y1
            if place != path[-1]:
                curve += f" H{x:g}"
        parts.append(f'<path d="{curve}"/>')
        tip = f"M{x - WIDTH:g},{y:g} l-9,-4.5 v9 z"
        parts.append(f'<path class="head" d="{tip}"/>')
    for rule in sorted(graph):
        x, y = MARGIN + column[rule] * ACROSS, line(rule)
        kind = ' class="journey"' if rule in JOURNEY else ""
        box = f'x="{x:g}" y="{y - HEIGHT / 2:g}" width="{WIDTH}" height="{HEIGHT}"'
        text = f'<text x="{x + WIDTH / 2:g}" y="{y + 5:g}">{escape(rule)}</text>'
        parts.append(f'<g{kind}><rect {box} rx="7"/>{text}</g>')
    width = 2 * MARGIN + WIDTH + max(column.values()) * ACROSS
    height = 2 * MARGIN + HEIGHT + (max(row.values()) - top) * DOWN
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width:g}" height="{height:g}"'
    )
    return "\n".join(
        [
            f'{head} viewBox="0 0 {width:g} {height:g}" role="img">',
            "<title>The rules, and which needs what another makes</title>",
            f"<style>{STYLE}</style>",
            *parts,
            "</svg>\n",
        ]
    )


def rule_graph() -> Graph:
    """What Snakemake says of the default config, as it is drawn."""
    command = [sys.executable, "-m", "snakemake", *TARGETS, "--rulegraph", "dot"]
    with TemporaryDirectory() as folder:  # whatever results and settings lie here
        command += ["--snakefile", str(ROOT / "Snakefile"), "--directory", folder]
        done = subprocess.run(
            command, stdout=subprocess.PIPE, encoding="utf-8", check=True
        )
    graph = parse(done.stdout)
    figures = [rule for rule in graph if rule.startswith("draw_")]
    return reduced(without(graph, [*figures, "all"]))


if __name__ == "__main__":
    PICTURE.write_text(draw(rule_graph()), encoding="utf-8")
