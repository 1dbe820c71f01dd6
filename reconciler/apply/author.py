"""Who runs an apply: shown to those who wait for the lock, noted in the journal."""

from __future__ import annotations

import getpass
from collections.abc import Mapping
from typing import NamedTuple


class Author(NamedTuple):
    """Who runs an apply and for what: a user's name, a commit, a pull request; None where unknown."""

    who: str | None = None
    commit: str | None = None
    pull_request: str | None = None

    def __str__(self) -> str:
        request = f" for pull request {self.pull_request}" if self.pull_request else ""
        return (self.who or "somebody") + request


def author_of(environ: Mapping[str, str], user: str | None) -> Author:
    """Who runs this, by the variables of GitHub, GitLab, Azure and Jenkins; `user`: outside of CI."""

    def first(*names: str) -> str | None:
        return next((environ[name] for name in names if environ.get(name)), None)

    reference = environ.get("GITHUB_REF", "").split("/")
    asked = reference[2] if reference[:2] == ["refs", "pull"] and len(reference) > 2 else None
    return Author(
        first("GITHUB_ACTOR", "GITLAB_USER_LOGIN", "BUILD_REQUESTEDFOR", "BUILD_USER_ID", "BUILD_USER")
        or user,
        first("GITHUB_SHA", "CI_COMMIT_SHA", "BUILD_SOURCEVERSION", "GIT_COMMIT"),
        asked or first("CI_MERGE_REQUEST_IID", "SYSTEM_PULLREQUEST_PULLREQUESTNUMBER", "CHANGE_ID"),
    )


def user_here() -> str | None:
    """This computer's user; None where it has no name, as in a container."""
    try:
        return getpass.getuser()
    except (OSError, KeyError):
        return None
