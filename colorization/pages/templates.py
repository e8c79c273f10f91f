"""The environment that turns templates into pages."""

import jinja2

from colorization.pages import WEB


def environment(autoescape: bool = True, **options) -> jinja2.Environment:
    """Templates are in WEB; text is escaped, and a missing name is an error."""
    return jinja2.Environment(
        loader=jinja2.FileSystemLoader(WEB),
        autoescape=autoescape,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        **options,
    )
