"""`welkin-reconcile schema`: prints a JSON Schema, for editors and for reading."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema NAME, or the names there are."""
    from reconciler.commands.output import show
    from reconciler.errors import UsageError
    from reconciler.errors.escape import page
    from reconciler.manifest import schema_names, schema_text

    names = schema_names()
    if name is None:
        show(page(names))
    elif name in names:
        show(page(schema_text(name).splitlines()))
    else:
        raise UsageError(f"no schema is called `{name}`: those are {', '.join(names)}")
