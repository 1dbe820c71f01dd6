"""Pages without a network: Jinja2 templates of `pages/`, every text escaped twice, for HTML and as always."""

from __future__ import annotations

from jinja2 import Environment, PackageLoader, StrictUndefined

from reconciler.errors.escape import Printable, page, visible


def rendered(name: str, **values: object) -> Printable:
    """A page made of a template; what it is handed are texts as they are."""
    environment = Environment(
        loader=PackageLoader("reconciler.report", "pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        finalize=_shown,
    )
    return page(environment.get_template(name).render(**values).split("\n"))


def _shown(value: object) -> object:
    """A text with all of its signs; what a macro made has been through here already."""
    return visible(value) if isinstance(value, str) and not hasattr(value, "__html__") else value
