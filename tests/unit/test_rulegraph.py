"""The picture of the rules."""

import re
import xml.etree.ElementTree as ET

from docs import rulegraph

DOT = """
digraph snakemake_dag {
    0[label = "all", color = "0.00 0.6 0.85", style="rounded"];
    1[label = "evaluate", color = "0.29 0.6 0.85", style="rounded"];
    2[label = "train", color = "0.65 0.6 0.85", style="rounded"];
    3[label = "gamut", color = "0.38 0.6 0.85", style="rounded"];
    4[label = "draw_gamut", color = "0.38 0.6 0.85", style="rounded"];
    1 -> 0
    4 -> 0
    3 -> 4
    3 -> 2
    3 -> 1
    2 -> 1
}
"""


def test_the_picture_is_that_of_the_rules():
    """If not: make rulegraph."""
    drawn = rulegraph.draw(rulegraph.rule_graph())
    assert rulegraph.PICTURE.read_text(encoding="utf-8") == drawn


def test_arrows_that_follow_from_others_are_left_out():
    graph = rulegraph.parse(DOT)
    assert graph["all"] == {"evaluate", "draw_gamut"}
    graph = rulegraph.without(graph, ["draw_gamut"])
    assert graph["all"] == {"evaluate", "gamut"}
    assert rulegraph.reduced(graph) == dict(
        all={"evaluate"}, evaluate={"train"}, train={"gamut"}, gamut=set()
    )


def boxes(svg):
    """Of each rule in the picture: left, top, width, height."""
    space = {"": "http://www.w3.org/2000/svg"}
    return {
        group.find("text", space).text: [
            float(group.find("rect", space).get(key))
            for key in ("x", "y", "width", "height")
        ]
        for group in ET.fromstring(svg).iterfind("g", space)
    }


def test_no_box_covers_another_or_an_arrow():
    # d needs c, and a at the other end.
    graph = dict(a=set(), b={"a"}, c={"b"}, d={"c", "e"}, e={"a"}, f={"c"})
    svg = rulegraph.draw(graph)
    drawn = boxes(svg)
    assert drawn.keys() == graph.keys()
    corners = {(x, y) for x, y, _, _ in drawn.values()}
    assert len(corners) == len(graph)
    levels = re.findall(r"C\S+ \S+ ([\d.]+),([\d.]+) H([\d.]+)", svg)
    assert len(levels) == 1  # from e to d, past c
    for start, level, end in levels:
        for x, y, width, height in drawn.values():
            beside = x + width < float(start) or float(end) < x
            assert beside or not y <= float(level) <= y + height
