"""Pages for people: report, gallery, demo, model cards."""

from pathlib import Path

# Templates, styles and scripts of the pages.
WEB = Path(__file__).parent / "web"
