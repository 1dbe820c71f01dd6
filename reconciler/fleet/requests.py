"""Which pull request a commit came with, as its message says, and where a forge shows it. Pure."""

from __future__ import annotations

import re
from typing import NamedTuple
from urllib.parse import urlsplit

LONGEST = 120
_MERGED = re.compile(r"Merge pull request #([0-9]{1,9}) ")
_SQUASHED = re.compile(r"(.*\S) \(#([0-9]{1,9})\)")
_GITLAB = re.compile(r"^See merge request \S*!([0-9]{1,9})$", re.MULTILINE)


class Origin(NamedTuple):
    """Where a commit came from. link: None where no page shows it."""

    subject: str
    link: str | None


def origin_of(git: str | None, id: str, message: str) -> Origin:
    """A commit's origin; git: the address of its repository, None of a folder."""
    lines = [line.strip() for line in message.splitlines() if line.strip()] or [id[:12]]
    subject, page = lines[0], f"commit/{id}"
    if merged := _MERGED.match(subject):
        subject, page = (lines[1] if len(lines) > 1 else subject), f"pull/{merged[1]}"
    elif squashed := _SQUASHED.fullmatch(subject):
        subject, page = squashed[1], f"pull/{squashed[2]}"
    elif asked := _GITLAB.search(message):
        subject, page = (lines[1] if len(lines) > 2 else subject), f"-/merge_requests/{asked[1]}"
    base = _page_of(git)
    return Origin(subject[:LONGEST], f"{base}/{page}" if base else None)


def _page_of(git: str | None) -> str | None:
    """The page of a repository that is fetched over HTTP, without whatever goes before its host."""
    try:
        parts = urlsplit(git or "")
        host = parts.netloc.rpartition("@")[2]
    except ValueError:
        return None
    if parts.scheme not in ("http", "https") or not host:
        return None
    return f"{parts.scheme}://{host}{parts.path.rstrip('/').removesuffix('.git')}"
