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
@click.option("--update", is_flag=True, help="Edit ENV's files: what people did in Welkin is accepted.")
@click.option("--user", "people", multiple=True, metavar="NAME", help="With --update: only this person's.")
@common
def command(
    environment: str,
    everybody: bool,
    users: str | None,
    out: Path | None,
    by: str,
    update: bool,
    people: tuple[str, ...],
    settings: Settings,
    format: str,
) -> int:
    """Write what Welkin has as manifests that plan empty: `unmarked: match` stands in the environment.

    Without --out it is one file, on stdout. Titles, locations and remarks were written by people: read them
    before you commit.

    With --update nothing is written out anew: where people changed in Welkin what ENV's files declare, those
    lines, and no others, come to say so.
    """
    from reconciler.commands.exporting import names_in
    from reconciler.commands.updating import accepted
    from reconciler.errors import UsageError

    if update:
        return accepted(environment, settings, people, format, alone=not (everybody or users or out))
    if people:
        raise UsageError("--user goes with --update; to export somebody: --users johndoe")
    if everybody == bool(users):
        raise UsageError("say whom to export: --all, or --users johndoe,janedoe")
    return _exported(environment, settings, names_in(users), out, by, format)


def _exported(
    environment: str,
    settings: Settings,
    names: tuple[str, ...] | None,
    out: Path | None,
    by: str,
    format: str,
) -> int:
    """names: of whom; None: of everybody."""
    from reconciler.commands.exporting import (
        environment_at,
        read_live,
        tell_files,
        tell_in_json,
        tell_the_rest,
    )
    from reconciler.commands.output import show
    from reconciler.commands.starting import write_files
    from reconciler.errors import Exit
    from reconciler.errors.escape import page
    from reconciler.export.files import files_of, single_file

    made = read_live(environment_at(environment), settings, names)
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
