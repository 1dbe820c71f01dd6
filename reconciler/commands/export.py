"""`welkin-reconcile export`: what a tenant has, as manifests. Only reads."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import common

if TYPE_CHECKING:
    from reconciler.pipeline import Settings


@click.command("export")
@click.argument("environment", metavar="ENV")
@click.option("--all", "everybody", is_flag=True, help="Everybody in the tenant.")
@click.option("--users", metavar="a,b", help="These users, with their hours and the meetings they host.")
@click.option(
    "--out", metavar="DIR", type=click.Path(path_type=Path, file_okay=False), help="Write files there."
)
@click.option(
    "--by",
    type=click.Choice(["kind", "person"]),
    default="kind",
    show_default=True,
    help="A file for people, hours and meetings each, or one for each person.",
)
@common
def command(
    environment: str,
    everybody: bool,
    users: str | None,
    out: Path | None,
    by: str,
    settings: Settings,
    format: str,
) -> int:
    """Write what Welkin has as manifests that plan empty: `unmarked: match` stands in the environment.

    Without --out it is one file, on stdout. Titles, locations and remarks were written by people: read them
    before you commit.
    """
    from reconciler.commands.exporting import (
        environment_at,
        names_in,
        read_live,
        tell_files,
        tell_in_json,
        tell_the_rest,
    )
    from reconciler.commands.output import show
    from reconciler.commands.starting import write_files
    from reconciler.errors import Exit, UsageError
    from reconciler.errors.escape import page
    from reconciler.export.files import files_of, single_file

    if everybody == bool(users):
        raise UsageError("say whom to export: --all, or --users johndoe,janedoe")
    made = read_live(environment_at(environment), settings, names_in(users))
    name = Path(environment).name
    if out:
        files = files_of(made.manifests, name, by == "person")
        write_files(out, files)
    else:
        files = {name: single_file(made.manifests).text}
    if format == "json":
        tell_in_json(made, files, written=out is not None)
    elif out:
        tell_files(made, files, out)
    else:
        show(page(files[name].removesuffix("\n").split("\n")))
    tell_the_rest(made)
    return Exit.OK
