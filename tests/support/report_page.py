"""Is a report whole?"""

import re
from html.parser import HTMLParser
from pathlib import Path


class Reader(HTMLParser):
    """What a page loads, and which of its images and figures are not described."""

    def __init__(self):
        super().__init__()
        self.loaded, self.bare, self.figures, self.captions = [], [], 0, 0
        self.ids, self.targets = set(), set()

    def handle_starttag(self, tag, attributes):
        found = dict(attributes)
        self.loaded += [v for k, v in attributes if k in ("src", "srcset", "data")]
        self.loaded += [found["href"]] if tag == "link" else []
        if tag == "img" and len(found.get("alt") or "") < 10:
            self.bare.append(found)
        self.figures += tag == "figure"
        self.captions += tag == "figcaption"
        self.ids.add(found.get("id"))
        if tag == "a" and found["href"].startswith("#"):
            self.targets.add(found["href"][1:])


def check_page(path: Path) -> str:
    """The page, if it is whole: sections, captions, alt texts, and nothing from outside."""
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
    assert [name for name in found if name != "probes"] == [
        *sections,
        *("ablation", "speed", "provenance"),
    ]
    assert len(page) < 30e6
    return page
