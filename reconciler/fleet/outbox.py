"""Notices of changes of state: written beside the change, sent later, folded by tenant and minute.

None is sent twice: one whose fate isn't known, as no answer came or whoever sent it died, is not sent again.
What is wrong stands on the page, and messages that come twice teach people not to read them.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping, Sequence
from enum import StrEnum
from itertools import groupby
from typing import NamedTuple
from uuid import uuid4

from reconciler.errors import UsageError
from reconciler.errors.escape import visible
from reconciler.fleet.database import Database
from reconciler.fleet.secrets import held
from reconciler.fleet.shape import Fleet, Notify
from reconciler.fleet.states import State
from reconciler.fleet.store import Row, Transaction
from reconciler.hosting.webhook import Untold, checked, posted

FORMAT = "welkin-reconcile/fleet-notice/1"
FOLD_S = 60.0
ATTEMPTS = 8
Post = Callable[[str, Mapping[str, object]], Untold | None]
MOST = 20  # environments named in a message
# Chats take these for links and mentions.
_PLAIN = str.maketrans({"<": "‹", ">": "›"})


class Event(StrEnum):
    """What somebody may ask to be told of."""

    DRIFTED = "drifted"
    FAILED = "failed"
    REFUSED = "refused"
    RECOVERED = "recovered"
    WORKER_LOST = "worker-lost"
    GAP = "gap"


_SAID = {
    Event.DRIFTED: "drifted",
    Event.FAILED: "failed",
    Event.REFUSED: "was refused",
    Event.RECOVERED: "is as it should be again",
    Event.WORKER_LOST: "is lost",
    Event.GAP: "will have too few people",
}


class News(NamedTuple):
    """Something that somebody may want to know. environment: or the worker that is lost."""

    event: Event
    tenant: str | None
    environment: str
    message: str


_WRONG = {State.DRIFTED: Event.DRIFTED, State.FAILED: Event.FAILED, State.REFUSED: Event.REFUSED}


def event_of(before: str | None, after: str) -> Event | None:
    """What a change of state is told as; None: it is no news."""
    if before == after:
        return None
    if after == State.IN_SYNC:
        return Event.RECOVERED if before in _WRONG else None
    return _WRONG.get(State(after))


def put(within: Transaction, fleet: Fleet, news: News) -> None:
    """Have those told who asked for it, once this minute is over."""
    for target in fleet.notify:
        if news.event in target.on and (
            target.tenants is None or news.tenant is None or news.tenant in target.tenants
        ):
            within.run(
                """INSERT INTO welkin.notice (id, at, due, target, tenant, event, environment, message, state)
                VALUES (:id, :now, :now + :fold, :target, :tenant, :event, :environment, :message, 'waiting')
                ON CONFLICT (id) DO NOTHING""",
                id=uuid4().hex,
                fold=FOLD_S,
                target=name_of(target),
                tenant=news.tenant,
                event=news.event,
                environment=news.environment,
                message=news.message,
            )


def name_of(target: Notify) -> str:
    """What a target goes by in the database: nothing of its address, which may be a secret."""
    where = target.url.env or str(target.url.file)
    return hashlib.sha256(f"{where} {target.form}".encode()).hexdigest()[:16]


def send_due(
    database: Database,
    fleet: Fleet,
    environ: Mapping[str, str],
    post: Post = posted,
) -> list[str]:
    """Send what is due, a message a target and tenant; returns a line for each that was not taken."""
    targets = {name_of(target): target for target in fleet.notify}
    failures = []
    for (name, _), found in groupby(_taken(database), key=_fold):
        notices, target = list(found), targets.get(name)
        failure = _sent(target, notices, environ, post) if target else None
        _settle(database, notices, failure)
        if failure:
            failures.append(failure.line)
    return failures


def _fold(row: Row) -> tuple[str, str]:
    return row["target"], row["tenant"] or ""


def _taken(database: Database) -> list[Row]:
    """What is due, with all that came since for the same target and tenant; nobody else takes it any more."""
    rows = database.rows(
        """UPDATE welkin.notice AS mine SET state = 'sending', attempts = attempts + 1
        WHERE state = 'waiting' AND EXISTS (SELECT 1 FROM welkin.notice AS first
            WHERE first.state = 'waiting' AND first.due <= :now AND first.target = mine.target
            AND coalesce(first.tenant, '') = coalesce(mine.tenant, '')) RETURNING *"""
    )
    return sorted(rows, key=lambda row: (*_fold(row), row["at"]))


def _sent(
    target: Notify,
    notices: Sequence[Row],
    environ: Mapping[str, str],
    post: Post,
) -> Untold | None:
    """Why a message was not taken; None if it was."""
    try:
        url = checked(held(target.url, environ).value.strip())
    except UsageError as error:
        return Untold(f"nobody is told: {error}", sure=True)
    return post(url, message_of(target, notices))


def _settle(database: Database, notices: Sequence[Row], failure: Untold | None) -> None:
    """What was taken is over; what surely was not is sent again, each time after twice as long."""
    for each in notices:
        again = failure and failure.sure and each["attempts"] < ATTEMPTS
        database.run(
            "UPDATE welkin.notice SET state = :state, due = :now + :wait WHERE id = :id",
            id=each["id"],
            state="waiting" if again else "lost" if failure else "sent",
            wait=FOLD_S * 2 ** each["attempts"] if again else 0.0,
        )


def message_of(target: Notify, notices: Sequence[Row]) -> Mapping[str, object]:
    """One message, for Slack and its kin, or for a program."""
    text = "\n".join(_lines(notices))
    if target.form == "slack":
        return {"text": text}
    return {
        "format": FORMAT,
        "text": text,
        "tenant": notices[0]["tenant"],
        "events": [
            {
                "event": each["event"],
                "environment": each["environment"],
                "message": each["message"],
                "at": each["at"],
            }
            for each in notices
        ],
    }


def _lines(notices: Sequence[Row]) -> Iterator[str]:
    """The last word on each environment; beyond some, their number."""
    last = {(each["environment"], each["event"] == Event.GAP): each for each in notices}
    for each in [*last.values()][:MOST]:
        said = f": {each['message']}" if each["message"] else ""
        what = _SAID[Event(each["event"])]
        first = visible(f"{each['environment']} {what}{said}".split("\n", 1)[0])
        yield first.translate(_PLAIN)
    if len(last) > MOST:
        yield f"and {len(last) - MOST} more"
