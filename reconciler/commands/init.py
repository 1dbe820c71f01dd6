"""`welkin-reconcile init`: a repository whose review, merge and night work on the first day."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from reconciler import __version__
from reconciler.commands.options import NOW
from reconciler.commands.starting import CI, Answers, starter_files, with_live, write_files

if TYPE_CHECKING:
    from reconciler.model import Environment
    from reconciler.pipeline import Settings

# What is asked, and what holds where nobody is there to answer.
_QUESTIONS = {
    "tenant": ("Tenant (organisation) in Welkin", "example"),
    "instance": ("Instance", "sandbox"),
    "timezone": ("Time zone, by region and city", "America/New_York"),
    "client": ("Name of the API client", "welkin-reconcile"),
    "ci": (f"Continuous integration: {', '.join(CI)}", "both"),
}
_VALIDATE, _PLAN = "welkin-reconcile validate env/*.yaml", "welkin-reconcile plan env/*.yaml"


@click.command("init")
@click.argument("folder", metavar="[DIR]", type=click.Path(path_type=Path), default=".")
@click.option("--tenant", metavar="NAME", help="Tenant (organisation) in Welkin.")
@click.option("--instance", metavar="NAME", help="Instance of the tenant.")
@click.option("--timezone", metavar="ZONE", help="Time zone, as in America/New_York.")
@click.option("--client", metavar="NAME", help="Name of the API client.")
@click.option("--ci", type=click.Choice(CI), help="Continuous integration.  [default: both]")
@click.option(
    "--install", metavar="SPEC", default=f"welkin-reconcile=={__version__}", show_default=True,
    help="What CI hands to pip.",
)  # fmt: skip
@click.option("--from-live", is_flag=True, help="With the people, hours and meetings that the tenant has.")
@click.option("--users", metavar="a,b", help="With --from-live: these users; everybody without it.")
@click.option("--api-url", metavar="URL", help="With --from-live: the service; wins over $WELKIN_API_URL.")
@click.option("--secret-file", metavar="FILE", help="With --from-live: where the secret is read.")
@click.option("--simulator", is_flag=True, help="With --from-live: the embedded Welkin.")
@NOW
def command(
    folder: Path,
    install: str,
    from_live: bool,
    users: str | None,
    api_url: str | None,
    secret_file: str | None,
    simulator: bool,
    now: datetime,
    **given: str | None,
) -> None:
    """Write a working repository into DIR: an environment, staff, policies, CI and a README.

    On a terminal it asks for what no flag says; elsewhere the defaults hold. Nothing is overwritten. Where
    $WELKIN_SECRET is set, it logs in with it. --from-live takes what Welkin has, as `export` does.
    """
    from reconciler.commands.output import say, show
    from reconciler.errors.escape import page
    from reconciler.pipeline import Settings

    answers = Answers(**_answered(given), install=install, live=from_live)
    texts = starter_files(answers, now)
    environment = _sound(texts, answers, now)
    if from_live:
        settings = Settings(now=now, api_url=api_url, secret_file=secret_file, simulator=simulator)
        texts = _of_live(texts, environment, settings, users)
    write_files(folder, texts)
    trouble = "" if from_live else _login(environment, now)
    say(*([f"warning: the login failed: {trouble}"] if trouble else []))
    where = "" if folder == Path() else f" in {folder}"
    written = [f"  {path}" for path in texts if not path.startswith(".schemas/")]
    plan = _PLAN if from_live and not simulator else f"{_PLAN} --simulator"
    show(
        page([f"Written{where}:", *written, "  .schemas/ for editors", "", f"Next{where}:", _VALIDATE, plan])
    )


def _answered(given: Mapping[str, str | None]) -> dict[str, str]:
    asks = sys.stdin.isatty()
    answers = {}
    for name, (question, default) in _QUESTIONS.items():
        answer = given[name]
        if answer is None and asks:
            kind = click.Choice(CI) if name == "ci" else click.STRING
            answer = str(click.prompt(question, default=default, type=kind, show_choices=False, err=True))
        answers[name] = default if answer is None else answer
    return answers


def _sound(texts: Mapping[str, str], answers: Answers, now: datetime) -> Environment:
    """The environment that the files make. Raises: UsageError: an answer won't do, says why."""
    from tempfile import TemporaryDirectory

    from reconciler.errors import UsageError
    from reconciler.pipeline import check, load

    if "/" in answers.instance or "\0" in answers.environment:
        raise UsageError("an instance's name has letters, digits, `.`, `_` and `-` only")
    with TemporaryDirectory() as draft:
        write_files(Path(draft), texts)
        errors, _, environments = check(load(str(Path(draft, answers.environment))), now)
    if errors:
        line = texts[answers.environment].splitlines()[errors[0].line - 1]
        raise UsageError(f"{line.partition(':')[0]}: {errors[0].message}")
    return environments[0]


def _of_live(
    texts: Mapping[str, str], environment: Environment, settings: Settings, users: str | None
) -> dict[str, str]:
    """The files with what the tenant has; what they don't hold is said. Raises: ApiError, UsageError."""
    from dataclasses import replace

    from reconciler.commands.exporting import names_in, read_live, tell_the_rest
    from reconciler.export.files import files_of

    made = read_live(replace(environment, manifests=()), settings, names_in(users))
    tell_the_rest(made)
    return with_live(texts, files_of(made.manifests, f"{environment.instance}.yaml", by_person=False))


def _login(environment: Environment, now: datetime) -> str:
    """Log in, if a secret is there; say what went wrong."""
    from reconciler.client.connection import tenant_variable
    from reconciler.errors import ApiError, UsageError
    from reconciler.pipeline import Settings, connect

    own = tenant_variable("WELKIN_SECRET", environment.tenant)
    if not (os.environ.get(own) or os.environ.get("WELKIN_SECRET")):
        return ""
    try:
        with connect(environment, Settings(now=now), os.environ) as service:
            service.client.hurry()
            service.client.users.get(environment.client or "")
    except (ApiError, UsageError) as error:
        return str(error)
    return ""
