"""What `init` writes: the files of starter/ with a clinic's answers in them, all of them or none."""

from __future__ import annotations

import json
import os
import re
from collections.abc import Iterable, Mapping
from contextlib import suppress
from datetime import datetime, timedelta
from importlib.resources import files
from pathlib import Path
from typing import NamedTuple

from reconciler import __version__
from reconciler.errors import UsageError

CI = ("github", "gitlab", "both", "none")
_ALWAYS = {
    "README.md": "README.md",
    ".gitignore": "gitignore",
    ".pre-commit-config.yaml": "pre-commit-config.yaml",
    "env/@instance@.yaml": "env/environment.yaml",
    "staff/people.yaml": "staff/people.yaml",
    "staff/hours.yaml": "staff/hours.yaml",
    "staff/meetings.yaml": "staff/meetings.yaml",
    "staff/policies.yaml": "staff/policies.yaml",
}
_OF_CI = {
    "github": {
        f".github/workflows/{name}.yml": f"github/{name}.yml"
        for name in ("review", "apply", "by-hand", "night")
    },
    "gitlab": {".gitlab-ci.yml": "gitlab-ci.yml"},
}
_PLAIN = re.compile(r"[A-Za-z0-9][\w./+-]*", re.ASCII)  # YAML that needs no quotes
_BLANK = re.compile(r"@(\w+)@")


class Answers(NamedTuple):
    """What a repository is made for. install: what CI hands to pip. live: with the people of the tenant."""

    tenant: str
    instance: str
    timezone: str
    client: str
    ci: str
    install: str
    live: bool = False

    @property
    def environment(self) -> str:
        """The path of the environment file."""
        return f"env/{self.instance}.yaml"


def starter_files(answers: Answers, now: datetime) -> dict[str, str]:
    """The text of each file by its path; schemas for editors among them, last."""
    from reconciler.manifest import schema_names, schema_text

    chosen = [name for name in _OF_CI if answers.ci in (name, "both")]
    named = _ALWAYS | {path: source for name in chosen for path, source in _OF_CI[name].items()}
    pages = "".join(_starter(f"README.{name}.md") for name in chosen)
    blanks = _blanks(answers, now)
    before = _starter("README.live.md" if answers.live else "README.invented.md")
    text = {
        path: _starter(source).replace("@ci@", pages).replace("@before@", before)
        for path, source in named.items()
    }
    filled = {
        path.replace("@instance@", answers.instance): _filled(each, blanks) for path, each in text.items()
    }
    names = (name for name in schema_names() if name != "plan")
    return filled | {f".schemas/{name}.schema.json": schema_text(name) for name in names}


def with_live(texts: Mapping[str, str], live: Mapping[str, str]) -> dict[str, str]:
    """The files with those of a tenant in place of what is invented."""
    invented = {path for path in texts if path.startswith(("env/", "staff/"))} - {"staff/policies.yaml"}
    kept = {path: text for path, text in texts.items() if path not in invented}
    return {path: _for_editors(path) + text for path, text in live.items()} | kept


def _for_editors(path: str) -> str:
    schema = "environment" if path.startswith("env/") else "manifest"
    return f"# yaml-language-server: $schema=../.schemas/{schema}.schema.json\n"


def write_files(folder: Path, texts: Mapping[str, str]) -> None:
    """Write all of these. Raises: UsageError: one is in the way, or can't be written; then none is there."""
    blocked = [path for path in texts if os.path.lexists(folder / path)]
    if blocked:
        raise UsageError(f"{folder / blocked[0]} is in the way: nothing was written")
    made: list[Path] = []
    try:
        for path, text in texts.items():
            _make_folder((folder / path).parent, made)
            with (folder / path).open("x", encoding="utf-8", newline="") as file:
                made.append(folder / path)
                file.write(text)
    except OSError as error:
        _unmake(made)
        reason = (error.strerror or "it can't be written").lower()
        raise UsageError(f"{error.filename}: {reason}: nothing was written") from None


def _make_folder(folder: Path, made: list[Path]) -> None:
    """Make a folder with those above it, and note which are new."""
    missing = [each for each in (folder, *folder.parents) if not each.exists()]
    for each in reversed(missing):
        each.mkdir()
        made.append(each)


def _unmake(made: Iterable[Path]) -> None:
    for path in reversed([*made]):
        with suppress(OSError):
            path.rmdir() if path.is_dir() else path.unlink()


def _starter(name: str) -> str:
    return files("reconciler").joinpath("starter", *name.split("/")).read_text(encoding="utf-8")


def _blanks(answers: Answers, now: datetime) -> dict[str, str]:
    """What stands for each blank; YAML, where a person's word may be anything."""
    monday = now.date() + timedelta(days=7 - now.weekday())
    return {
        "tenant": _yaml(answers.tenant),
        "instance": _yaml(answers.instance),
        "timezone": _yaml(answers.timezone),
        "owner": re.sub("[^a-z0-9-]", "-", answers.instance.lower())[:30],
        "client": _yaml(answers.client),
        "install": _yaml(answers.install),
        "monday": str(monday),
        "wednesday": str(monday + timedelta(days=2)),
        "version": __version__,
    }


def _yaml(text: str) -> str:
    return text if _PLAIN.fullmatch(text) else json.dumps(text)


def _filled(text: str, blanks: Mapping[str, str]) -> str:
    return _BLANK.sub(lambda found: blanks.get(found[1], found[0]), text)
