"""`welkin-reconcile schema`: prints a JSON Schema, for editors and for reading."""

from __future__ import annotations

import click


@click.command("schema")
@click.argument("name", required=False)
def command(name: str | None) -> None:
    """Print the JSON Schema NAME, or the names there are."""
    from reconciler.errors import UsageError
    from reconciler.manifest import schema_names, schema_text

    names = schema_names()
    if name is None:
        click.echo("\n".join(names))
    elif name in names:
        click.echo(schema_text(name).rstrip("\n"))
    else:
        raise UsageError(f"no schema is called `{name}`: those are {', '.join(names)}")
