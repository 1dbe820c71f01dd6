"""Comments on pull requests, on GitHub and on GitLab.

A comment is found again by its first line. The token goes to the address that the runner names, in a header,
to nothing that an answer points to, and into no text.
"""

from __future__ import annotations

import json
import logging
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import Enum
from typing import Any, NamedTuple, cast
from urllib.parse import quote

from reconciler.errors import ForgeError, UsageError

TIMEOUTS_S = (10.0, 30.0)  # to connect, to wait for data
PER_PAGE = 100
MOST_PAGES = 1_000
NOTHING = "No changes."
# https, or http on this computer: tests, and forges behind a tunnel.
URL = re.compile(
    r"https://[^\s/?#@]+(/[^\s?#]*)?|http://(localhost|127(\.[0-9]{1,3}){3}|\[::1\])(:[0-9]{1,5})?(/[^\s?#]*)?"
)
_MARKER = re.compile(r"<!-- welkin-reconcile: [^\r\n]* -->(?=\r?\n|\Z)")
_STRANGERS = frozenset({"NONE", "FIRST_TIMER", "FIRST_TIME_CONTRIBUTOR", "CONTRIBUTOR", "MANNEQUIN"})


class Posted(Enum):
    """What became of a report."""

    CREATED = "commented"
    EDITED = "the comment was edited"
    SILENT = "nothing to say, and no comment to edit"
    READ_ONLY = "may only read"


class Forge(NamedTuple):
    """Where comments are: how a forge is asked for them, and by what its words differ.

    path: of a pull request's comments, `%d` its number. one: of a comment, `%s` its id, `%d` the number.
    """

    name: str
    url: str
    headers: Mapping[str, str]
    path: str
    one: str
    edit: str  # method
    token: str  # the variable, for advice


class _Refused(Exception):
    """403: the token may not do this."""


def marker_of(report: str) -> str | None:
    """The first line of a report in Markdown, None if it is none of ours."""
    found = _MARKER.match(report)
    return found and found[0]


def forge_of(environ: Mapping[str, str]) -> Forge:
    """The forge that a runner's variables name. Raises: UsageError: they name none, or a part of one."""
    github = ("GITHUB_API_URL", "GITHUB_REPOSITORY", "GITHUB_TOKEN")
    gitlab = ("CI_API_V4_URL", "CI_PROJECT_ID", "GITLAB_TOKEN")
    for names, forge in ((github, _github), (gitlab, _gitlab)):
        if all(environ.get(name) for name in names):
            return forge(*(environ[name] for name in names))
    begun = max((github, gitlab), key=lambda names: sum(bool(environ.get(name)) for name in names))
    missing = [f"${name}" for name in begun if not environ.get(name)]
    if len(missing) == len(begun):
        raise UsageError(f"no forge is named: set {_listed(github)}, or {_listed(gitlab)}")
    advice = "; a job's own token can't write notes" if "$GITLAB_TOKEN" in missing else ""
    raise UsageError(f"{', '.join(missing)} missing: the forge's address, project and token{advice}")


def comment(forge: Forge, number: int, report: str) -> Posted:
    """Put a report into a pull request: into the comment that begins as it does, else into a new one.

    Raises: ForgeError. UsageError: it is no report.
    """
    marker = marker_of(report)
    if marker is None:
        raise UsageError("this is no report: make one with `--format markdown`")
    with _Conversation(forge) as forge_asked:
        try:
            return _put(forge_asked, number, report, marker)
        except _Refused:
            return Posted.READ_ONLY


def _put(asked: _Conversation, number: int, report: str, marker: str) -> Posted:
    for id in _ids(asked, number, marker):
        try:
            asked.edit(number, id, report)
        except _Refused:
            continue  # another's, who has our first line
        return Posted.EDITED
    if report[len(marker) :].strip() == NOTHING:
        return Posted.SILENT
    asked.create(number, report)
    return Posted.CREATED


def _ids(asked: _Conversation, number: int, marker: str) -> Iterator[str]:
    """Comments that begin with a marker; strangers' left out, who copy it to have ours said in theirs."""
    for each in asked.comments(number):
        body = each.get("body")
        if isinstance(body, str) and body.startswith(marker) and not _is_strangers(each):
            yield str(each.get("id"))


def _is_strangers(comment: Mapping[str, Any]) -> bool:
    """Whether a person without a say in the repository wrote it, as far as the forge tells."""
    user = comment.get("user")
    person = isinstance(user, dict) and user.get("type") == "User"
    return person and comment.get("author_association") in _STRANGERS


def _github(url: str, repository: str, token: str) -> Forge:
    if not re.fullmatch(r"[\w.-]+/[\w.-]+", repository, re.ASCII):
        raise UsageError("$GITHUB_REPOSITORY is no `owner/name`")
    headers = {"Authorization": f"Bearer {_header(token, 'GITHUB_TOKEN')}"}
    headers |= {"Accept": "application/vnd.github+json", "X-GitHub-Api-Version": "2022-11-28"}
    path = f"/repos/{repository}/issues"
    comments = (f"{path}/%d/comments", f"{path}/comments/%s")
    return Forge("GitHub", _url(url, "GITHUB_API_URL"), headers, *comments, "PATCH", "GITHUB_TOKEN")


def _gitlab(url: str, project: str, token: str) -> Forge:
    headers = {"PRIVATE-TOKEN": _header(token, "GITLAB_TOKEN")}
    path = f"/projects/{quote(project, safe='')}/merge_requests/%d/notes"
    return Forge("GitLab", _url(url, "CI_API_V4_URL"), headers, path, f"{path}/%s", "PUT", "GITLAB_TOKEN")


def _url(url: str, name: str) -> str:
    if not URL.fullmatch(url):
        raise UsageError(f"${name} must be https://…: the token is sent there (http: to this computer only)")
    return url.rstrip("/")


def _header(token: str, name: str) -> str:
    if not re.fullmatch(r"[\x21-\x7e]+", token):
        raise UsageError(f"${name} is no token: it holds blanks, or characters beyond ASCII")
    return token


def _listed(names: Sequence[str]) -> str:
    return ", ".join(f"${name}" for name in names)


@dataclass
class _Conversation:
    """Requests to one forge; no redirect is followed, no netrc read."""

    forge: Forge
    _session: Any = field(init=False)

    def __enter__(self) -> _Conversation:
        import requests

        logging.getLogger("urllib3").setLevel(logging.CRITICAL)
        self._session = requests.Session()
        # Without an `auth` of ours requests would put a netrc's in the place of the token.
        self._session.auth = self._authorised
        self._session.trust_env = self.forge.url.startswith("https:")  # this computer is asked by no proxy
        return self

    def __exit__(self, *_: object) -> None:
        self._session.close()

    def _authorised(self, request: Any) -> Any:
        request.headers.update(self.forge.headers)
        return request

    def comments(self, number: int) -> Iterator[Mapping[str, Any]]:
        """All of them, page by page; a page that brings nothing new is the last."""
        seen = set[str]()
        for page in range(1, MOST_PAGES + 1):
            path = f"{self.forge.path % number}?per_page={PER_PAGE}&page={page}"
            found, last = self._ask("GET", path)
            if not isinstance(found, list) or not all(isinstance(each, dict) for each in found):
                raise ForgeError(f"{self.forge.name}: the answer is no list of comments")
            fresh = [each for each in found if str(each.get("id")) not in seen]
            seen.update(str(each.get("id")) for each in fresh)
            yield from fresh
            if last or not fresh:
                return
        raise ForgeError(f"{self.forge.name}: more than {MOST_PAGES:,} pages of comments")

    def edit(self, number: int, id: str, text: str) -> None:
        one = self.forge.one.replace("%d", str(number)).replace("%s", quote(id, safe=""))
        self._ask(self.forge.edit, one, {"body": text})

    def create(self, number: int, text: str) -> None:
        self._ask("POST", self.forge.path % number, {"body": text})

    def _ask(self, method: str, path: str, body: object = None) -> tuple[object, bool]:
        """The answer's data, and whether it says that no page follows.

        Raises: ForgeError, _Refused.
        """
        import requests

        answer, failure = None, ""
        try:
            answer = self._session.request(
                method, self.forge.url + path, json=body, timeout=TIMEOUTS_S, allow_redirects=False
            )
        except requests.Timeout:
            failure = "no answer in time"
        except (requests.RequestException, OSError, ValueError):
            failure = "no connection, or it broke"
        # Raised out here, unchained: the library's errors carry the request with its token.
        asked = f"{self.forge.name}: {method} {path.partition('?')[0]}"
        if answer is None:
            raise ForgeError(f"{asked}: {failure}: try again, or check the address")
        if answer.status_code == 403:
            raise _Refused
        if not 200 <= answer.status_code < 300:
            raise ForgeError(f"{asked}: {answer.status_code}: {self._advice(answer.status_code)}")
        return self._data(answer.content, asked), "Link" in answer.headers and "next" not in answer.links

    def _advice(self, status: int) -> str:
        if status in (401, 404):
            return f"check ${self.forge.token}, the project and --number"
        return "redirects are not followed, check the address" if 300 <= status < 400 else "try again later"

    @staticmethod
    def _data(content: bytes, asked: str) -> object:
        try:
            return cast(object, json.loads(content))
        except ValueError:
            raise ForgeError(f"{asked}: the answer is no JSON: check the address") from None
