"""Pages: Jinja2 templates of a room's `pages/`, every text escaped twice, for HTML and as always."""

from __future__ import annotations

from functools import cache

from jinja2 import ChoiceLoader, Environment, PackageLoader, StrictUndefined

from reconciler.errors.escape import Printable, page, visible

OURS = "reconciler.report"


def rendered(name: str, room: str = OURS, **values: object) -> Printable:
    """A page made of a template; what it is handed are texts as they are.

    room: where it lies; from other rooms it may take what stands here.
    """
    return page(_templates(room).get_template(name).render(**values).split("\n"))


@cache
def _templates(room: str) -> Environment:
    return Environment(
        loader=ChoiceLoader([PackageLoader(each, "pages") for each in dict.fromkeys((room, OURS))]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )


def _shown(value: object) -> object:
    """A text with all of its signs; what a macro made has been through here already."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
