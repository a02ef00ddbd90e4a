"""What all pages are rendered with: templates that escape, and the formats of numbers."""

from __future__ import annotations

import jinja2
from markupsafe import Markup

from hemiscan.plots import style
from hemiscan.results._report_rows import format_number_interval, format_share_interval


def make_environment(*packages: str) -> jinja2.Environment:
    """Return an environment whose templates escape whatever is put into them.

    Parameters
    ----------
    *packages : str
        Packages with a folder ``templates`` of their own; those of `hemiscan.results`, such as
        ``base.css.j2``, are there in any case.

    Returns
    -------
    jinja2.Environment
    """
    loaders = [jinja2.PackageLoader(name) for name in (*packages, "hemiscan.results")]
    environment = jinja2.Environment(
        loader=jinja2.ChoiceLoader(loaders),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    environment.filters.update(
        number=style.format_number,
        share=style.format_share,
        number_interval=format_number_interval,
        share_interval=format_share_interval,
        css_string=_css_string,
    )
    environment.globals["style"] = style
    return environment


def _css_string(text: str) -> Markup:
    """Return a text as a string of CSS that neither style sheet nor page can be left by."""
    plain = " ".join(text.split())
    escaped = (
        letter
        if letter.isascii() and (letter.isalnum() or letter in " .-_")
        else f"\\{ord(letter):x} "
        for letter in plain
    )
    return Markup(f'"{"".join(escaped)}"')
