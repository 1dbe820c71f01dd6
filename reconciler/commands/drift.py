"""`welkin-reconcile drift`: what was changed in Welkin since the last apply, for a schedule. Never writes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

import click

from reconciler.commands.options import CHANGED_SINCE, REPORT, common, people

if TYPE_CHECKING:
    from reconciler.commands.planning import Made
    from reconciler.model import Plan
    from reconciler.pipeline import Settings
    from reconciler.plan.selection import Selection


@click.command("drift")
@click.argument("environments", metavar="ENV…", nargs=-1, required=True)
@click.option("--notify", metavar="URL", help="Post there, once, if something drifted or can't be checked.")
@click.option("--as-yaml", is_flag=True, help="Show the lines that `export --update` would write.")
@CHANGED_SINCE
@people
@lambda command: common(command, REPORT)
def command(
    environments: tuple[str, ...],
    notify: str | None,
    as_yaml: bool,
    changed_since: str | None,
    users: tuple[str, ...],
    teams: tuple[str, ...],
    settings: Settings,
    format: str,
) -> int:
    """Show what differs though nobody changed the manifests; exit with 2 if something does.

    What merely the moving horizon brings is not counted: `apply --only-new` is for that. Never writes.
    """
    from reconciler.commands.changed import changed
    from reconciler.commands.output import show
    from reconciler.commands.reports import report_of
    from reconciler.commands.updating import show_lines
    from reconciler.errors import Exit, Interrupted, ReconcileError, UsageError
    from reconciler.hosting.webhook import checked
    from reconciler.plan.selection import Selection

    url = notify and checked(notify)
    paths, chosen = changed(environments, changed_since), Selection(users=users, teams=teams)
    if as_yaml:
        if url or format != "text":
            raise UsageError("--as-yaml shows lines of manifests: leave --notify and --format")
        return show_lines(paths, settings, chosen)
    try:
        made = _checked(paths, settings, chosen, format, several=len(environments) > 1)
    except Interrupted:
        raise
    except ReconcileError as error:  # the only one that was given
        if url:
            _tell(url, paths, {}, {paths[0]: str(error)}, settings)
        raise
    drifted = {path: plan.is_pending for path, plan in made.by_path.items()}
    states = ["drifted" if pending else "in sync" for pending in drifted.values()]
    if url:
        _tell(url, paths, made.by_path, made.failures or {}, settings)
    show(report_of(made.plans, format, made.wanted._replace(states=states)), wrap=format == "text")
    if made.failures:
        return Exit.ERROR
    return Exit.PENDING if any(drifted.values()) else Exit.OK


def _checked(paths: Sequence[str], settings: Settings, chosen: Selection, format: str, several: bool) -> Made:
    from reconciler.commands.planning import plan_them
    from reconciler.pipeline import finish

    judge = format != "text"
    return plan_them(
        paths,
        settings,
        chosen,
        False,
        lambda draft: finish(draft, drift=True, effect=judge),
        several=several,
    )


def _tell(
    url: str,
    paths: Sequence[str],
    plans: Mapping[str, Plan],
    failures: Mapping[str, str],
    settings: Settings,
) -> None:
    """Post what was found, if that is anything; that nobody took it is a warning."""
    from reconciler.commands.output import say
    from reconciler.hosting.webhook import posted
    from reconciler.report.notice import Checked, notice_of

    found = [
        Checked(path, _place(path), None, failures[path])
        if path in failures
        else Checked(path, (plans[path].tenant, plans[path].instance), plans[path])
        for path in dict.fromkeys(paths)
    ]
    notice = notice_of(found, settings.now)
    failure = posted(url, notice) if notice else None
    if failure:
        say(f"warning: {failure.line}")


def _place(path: str) -> tuple[str, str] | None:
    """Which environment it is that could not be checked, as far as its file says so."""
    from reconciler.pipeline import load

    (loaded,) = load(path)
    place = loaded.environment
    return (place.tenant, place.instance) if place else None
