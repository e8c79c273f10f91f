"""A check of a report's page."""

import re
from html.parser import HTMLParser
from pathlib import Path


class Reader(HTMLParser):
    """Collects what a page loads, and its images and figures without descriptions."""

    def __init__(self):
        super().__init__()
        self.loaded, self.bare, self.figures, self.captions = [], [], 0, 0
        self.ids, self.targets = set(), set()

    def handle_starttag(self, tag, attributes):
        values = dict(attributes)
        self.loaded += [v for k, v in attributes if k in ("src", "srcset", "data")]
        self.loaded += [values["href"]] if tag == "link" else []
        if tag == "img" and len(values.get("alt") or "") < 10:
            self.bare.append(values)
        self.figures += tag == "figure"
        self.captions += tag == "figcaption"
        self.ids.add(values.get("id"))
        if tag == "a" and values["href"].startswith("#"):
            self.targets.add(values["href"][1:])


def check_page(path: Path) -> str:
    """Check sections, captions and alt texts, and that the page loads nothing. Its text."""
    page = path.read_text(encoding="utf-8")
    reader = Reader()
    reader.feed(page)
    assert all(address.startswith("data:") for address in reader.loaded)
    assert not re.search(r"@import|url\(", page)
    assert not reader.bare
    assert reader.figures == reader.captions
    assert reader.targets <= reader.ids
    sections = ["summary", "runs", "bins", "prior", "training", "metrics", "images"]
    found = re.findall(r'<section aria-labelledby="(\w+)"', page)
    assert [name for name in found if name not in ("realism", "probes")] == [
        *sections,
        *("ablation", "speed", "provenance"),
    ]
    assert len(page) < 30e6
    return page
