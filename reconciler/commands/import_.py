"""`welkin-reconcile import`: hours from CSV and meetings from .ics, as a manifest. Uses no network."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import FORMAT, NOW

if TYPE_CHECKING:
    from reconciler.errors.escape import Printable
    from reconciler.export.others.taken import Taken
    from reconciler.model import Environment


@click.command("import")
@click.argument("path", metavar="ENV")
@click.argument("files", metavar="FILE…", nargs=-1, required=True)
@click.option("--to", metavar="PATH", type=click.Path(path_type=Path), help="Write the manifest there.")
@click.option("--force", is_flag=True, help="Also over what is there.")
@click.option("--dry-run", is_flag=True, help="Write nothing; say what would be taken, and what not.")
@click.option("--host", metavar="NAME", help="Who hosts events that name no organizer.")
@NOW
@FORMAT
def command(
    path: str,
    files: tuple[str, ...],
    to: Path | None,
    force: bool,
    dry_run: bool,
    host: str | None,
    now: datetime,
    format: str,
) -> int:
    """Make one manifest of tables of hours (CSV) and calendars (.ics), for the people ENV declares.

    What can't be taken is named by line and cause, and left out; then the exit code is 3.
    """
    from reconciler.commands.output import say, show
    from reconciler.errors import Exit
    from reconciler.export.others.sound import sound
    from reconciler.export.others.told import counts_line, import_data, lines_of

    environment = _environment(path, to, now)
    before = _standing(to, force)
    taken = _read(files, environment, host)
    _warn_of_declared(taken, environment)
    text = sound(taken, environment, now)
    if to and text and not dry_run:
        _write(to, text, before)
    if format == "json":
        show(import_data(taken))
    else:
        say(*lines_of(taken))
        if text and not (to or dry_run):
            show(text)
        say(counts_line(taken, str(to) if to and text and not dry_run else None))
    return Exit.REFUSED if taken.skipped else Exit.OK


def _environment(path: str, to: Path | None, now: datetime) -> Environment:
    """The environment, without what the file says that is to be written. Raises: ManifestError."""
    from dataclasses import replace

    from reconciler.errors import ManifestError
    from reconciler.pipeline import check, load

    errors, _, environments = check(load(path), now)
    if errors:
        raise ManifestError(errors)
    (environment,) = environments
    own = to.resolve() if to else None
    kept = (each for each in environment.manifests if Path(each.source.path).resolve() != own)
    return replace(environment, manifests=tuple(kept))


def _standing(to: Path | None, force: bool) -> bytes | None:
    """What stands where the manifest is to be written. Raises: UsageError."""
    from reconciler.errors import UsageError
    from reconciler.errors.output_file import ANYTHING, standing

    if to is None or standing(to, ANYTHING) is None:
        return None
    if not force:
        raise UsageError(f"{to} is there already: add --force to write over it, or name another file")
    return to.read_bytes()


def _read(files: tuple[str, ...], environment: Environment, host: str | None) -> Taken:
    """Raises: UsageError."""
    from reconciler.errors import UsageError
    from reconciler.errors.named_file import Unfit, read_file
    from reconciler.export.others.reading import LARGEST, read_into
    from reconciler.export.others.taken import People, Taken

    people = People(environment)
    people.host = people.find(host) if host else None
    if host and not people.host:
        raise UsageError(f"--host: no user whom {environment.source.path} declares is called `{host}`")
    taken = Taken()
    for file in files:
        try:
            data = read_file(Path(file), LARGEST).data
        except Unfit as error:
            raise UsageError(f"{file}: {error}") from None
        read_into(taken, data, file, people)
    return taken


def _warn_of_declared(taken: Taken, environment: Environment) -> None:
    """A person's hours stand in one entry."""
    declared = {each.name: each.source.place for each in environment.under("workHours")}
    for period in taken.periods:
        if period.user in declared:
            message = f"hours of {period.user} are declared in {declared[period.user]}: put the periods there"
            taken.warn(period.places[0], message)


def _write(to: Path, text: Printable, before: bytes | None) -> None:
    from reconciler.errors.output_file import rewrite_file, write_file

    if before is None:
        write_file(to, text, private=False)
    else:
        rewrite_file(to, f"{text}\n", before)
