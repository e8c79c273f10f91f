"""What people read and use in a browser: report, gallery, demo, cards of models."""

from pathlib import Path

# Templates, styles and scripts, which pages are made of.
WEB = Path(__file__).parent / "web"
