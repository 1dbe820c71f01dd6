"""Registers the commands; turns every error into lines and an exit code. Imports nothing heavy."""

from __future__ import annotations

import atexit
import gc
import os
import sys
from typing import TYPE_CHECKING, NoReturn

import click

from reconciler import __version__
from reconciler.commands.completion import VARIABLE
from reconciler.commands.lazy import Lazy
from reconciler.commands.output import prints_json, report_error, say, wants_json
from reconciler.commands.streams import IN_JSON, IN_TEXT, standard_streams
from reconciler.errors import Exit, Interrupted, ReconcileError, Unprintable, UsageError

if TYPE_CHECKING:
    from reconciler.client import Patience

COMMANDS = (
    "validate",
    "plan",
    "diff",
    "apply",
    "init",
    "drift",
    "export",
    "import",
    "fmt",
    "show",
    "explain",
    "comment",
    "calendar",
    "history",
    "get",
    "schema",
    "completion",
    "simulator",
    "fleet",
)


@click.group(
    cls=Lazy,
    names=COMMANDS,
    room="reconciler.commands",
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.version_option(__version__, prog_name="welkin-reconcile")
def cli() -> None:
    """Staffing as code for the Welkin care platform.

    YAML manifests in Git say which users a tenant has, when they work, and which events recur; `plan` shows
    what differs from the live service, `apply` makes the fewest calls that remove the difference.
    """


def main(patience: Patience | None = None) -> NoReturn:
    """Run the command line; exit as `Exit` says.

    patience: with the service, where it isn't the usual one.
    """
    # Plans are many small objects and hardly a cycle; looking for those took a fifth of the time, and once
    # more on leaving.
    gc.set_threshold(1_000_000, 50, 50)
    atexit.register(gc.freeze)
    with standard_streams(IN_JSON if prints_json(sys.argv) else IN_TEXT):
        try:
            code = _run(wants_json(sys.argv), patience)
            sys.stdout.flush()
        except Unprintable as error:
            say(f"error: {error}")
            code = error.exit
    sys.exit(code)


def _run(as_json: bool, patience: Patience | None) -> int:
    """Run a command; say what goes wrong. Raises: Unprintable: nothing can be said on stdout."""
    try:
        if VARIABLE in os.environ:
            from reconciler.commands.completing import complete

            complete(cli, os.environ[VARIABLE])
            return Exit.OK
        code = cli.main(standalone_mode=False, obj=patience)
    except Unprintable:
        raise
    except ReconcileError as error:
        report_error(error, as_json)
        return error.exit
    except click.exceptions.NoArgsIsHelpError as error:
        click.echo(error.format_message())
        return Exit.ERROR
    except click.ClickException as error:
        report_error(UsageError(error.format_message().replace("\n\t", " ")), as_json)
        return Exit.ERROR
    except (click.Abort, KeyboardInterrupt):
        report_error(Interrupted("interrupted"), as_json)
        return Exit.INTERRUPTED
    except Exception as error:  # a bug: still one line, and no traceback, which could show personal data
        report_error(
            ReconcileError(f"internal error: {type(error).__name__} at {_place(error)}: please report"),
            as_json,
        )
        return Exit.ERROR
    return code if isinstance(code, int) else Exit.OK


def _place(error: Exception) -> str:
    """Where our own code failed; the message itself may hold data and is left out."""
    trace, place = error.__traceback__, "?"
    while trace:
        if "reconciler" in trace.tb_frame.f_code.co_filename:
            place = f"{trace.tb_frame.f_globals.get('__name__')}:{trace.tb_lineno}"
        trace = trace.tb_next
    return place
