"""Sends a change in the words this service takes, and remembers what it turned out to know.

The plan says what is to be done in the live service's words; a service that knows only the reference takes
fewer keys and other methods. What is learnt holds for the run, in `client.dialect`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from reconciler.apply.keeping import Record
from reconciler.client import Client, Dialect
from reconciler.client.reading import is_id
from reconciler.client.resource import is_about
from reconciler.errors import ApiError, NotAllowed, NotFound
from reconciler.kinds import Kind, Known, kind_of, wave_of
from reconciler.model import Action, Change, Key, Live, Ref, Request, Snapshot
from reconciler.routes import filled

WHOLE = frozenset((Action.CREATE, Action.DELETE))  # nothing of a live object goes with their requests
Sort = tuple[str, str, bool]  # method, kind, whether of overrides: what a service takes alike
Find = Callable[[bool], Live | None]  # the live object of a change, read again where True


class Sender:
    """One run's way of speaking to one service.

    refused: overrides that were called bad requests, for their ruleType or for something else.
    ids, patients: username -> id, external id -> id, growing as they are created; what references in
        requests are filled in with.
    """

    def __init__(
        self, client: Client, kinds: Mapping[str, Kind], live: Snapshot, record: Record | None = None
    ) -> None:
        """Args: record: where each request is noted before it leaves, and its answer after it."""
        self.client, self.kinds, self.dialect, self.record = client, kinds, client.dialect, record
        self.ids, self.patients = dict(live.ids), dict(live.patients)
        self.shown, self.refused = set[Sort](), set[Key]()
        self.learn_from(live)

    def learn_from(self, seen: Snapshot) -> None:
        """Learn from what was read what this service keeps."""
        self.ids.update(seen.ids)
        self.patients.update(seen.patients)
        for kind in self.kinds.values():
            kind.learn(seen, self.dialect)
            self.shown |= {("POST", kind.name, late) for late in kind.proven(seen)}

    def id_of(self, key: Key) -> str | None:
        """The id of a user or a patient, if the service has told it."""
        return (kind_of(key).ids(self) or {}).get(key.name)

    def keep_id(self, change: Change, answer: object) -> None:
        """Remember the id of a new user or patient, for those who wait for it; not one of somebody else."""
        kind = kind_of(change.key)
        known: dict[str, str] | None = kind.ids(self)
        if known is None or not isinstance(answer, Mapping) or not is_id(answer.get("id")):
            return
        if is_about(change.key.name, answer.get(kind.identity, change.key.name)):
            known[change.key.name] = answer["id"]

    def is_news(self, change: Change) -> bool:
        """Whether nothing has shown yet what this service makes of such a write."""
        return change.request is not None and sort_of(change) not in self.shown

    def learnt(self, change: Change) -> None:
        """Such a write was read back: the next ones are no news."""
        self.shown.add(sort_of(change))

    def send(self, change: Change, find: Find) -> object:
        """Send a change's request; `find` gives its live object, for a service that wants it whole.

        Returns: the answer's JSON. Raises: ApiError; JournalError: it could not be noted, and was not sent.
        """
        found = None if change.action in WHOLE else find(False)
        request = self._filled(change, found)
        if request.method == "PATCH" and change.key.kind in self.dialect.whole:
            return self._send_whole(change, request, found)
        try:
            answer = self._call(change, request)
        except (NotAllowed, NotFound):
            if request.method != "PATCH":
                raise
            # Told apart from an object that is gone by looking again.
            return self._send_whole(change, request, find(True))
        except ApiError as error:
            if (
                error.status != 400
                or change.action is not Action.CREATE
                or change.key.kind in self.dialect.rich
            ):
                raise
            if wave_of(change).late:  # without its ruleType an override would be taken for usual hours
                self.refused.add(change.key)
                raise
            return self._send_plain(change, request, error)
        if change.action is Action.CREATE and request.body != self._filled(change, found, plain=True).body:
            self.dialect.rich.add(change.key.kind)
        return answer

    def put_back(self, change: Change, find: Find) -> bool:
        """Put back what a change took to make room for one which then failed; False where that is nothing."""
        kind = self.kinds[change.key.kind]
        back = kind.put_back(change)
        if back is None:
            return False
        request = kind.request(back, Known(self.client.scope, self.ids, self.patients))
        self._call(change, self._filled(back.sending(request), find(False)))
        return True

    def put_right(self, change: Change, request: Request) -> None:
        """Send what puts right what the service made of a change. Raises: ApiError, JournalError."""
        body = self.kinds[change.key.kind].adapt(request.body or {}, self.dialect)
        self._call(change, replace(request, body=body))

    def _call(self, change: Change, request: Request) -> object:
        """Send one request, noted in the journal before and after."""
        if self.record is None:
            return self.client.send(request)
        write = self.record.intend(change, request)
        statuses: list[int] = []
        answer, code = None, None
        try:
            answer = self.client.send(request, statuses.append)
        except ApiError as error:
            code = error.error_code
            raise
        finally:
            self.record.answer(
                write, statuses[0] if statuses else None, code, _id_in(answer) or change.live_id
            )
        return answer

    def _send_plain(self, change: Change, refused: Request, error: ApiError) -> object:
        """A 400 may mean keys that the reference doesn't know: try once without, and remember if it works.

        What counts is the body that was refused: others of the wave may have learnt it in the meantime.
        """
        request = self._filled(change, None, plain=True)
        if request.body == refused.body:
            raise error
        answer = self._call(change, request)
        self.dialect.plain.add(change.key.kind)
        return answer

    def _send_whole(self, change: Change, request: Request, found: Live | None) -> object:
        """PUT the whole object, where PATCH is not known here."""
        kind = self.kinds[change.key.kind]
        if found is None:
            raise NotFound(f"{change.key} is gone: somebody deleted it since it was read; plan again")
        self.dialect.whole.add(kind.name)
        whole = kind.replacement(change, request.body or {}, found)
        if whole is None:
            raise NotAllowed(f"this service changes no part of a {kind.name}: do it in Welkin", status=405)
        return self._call(change, replace(whole, body=kind.adapt(whole.body or {}, self.dialect)))

    def _filled(self, change: Change, found: Live | None, plain: bool = False) -> Request:
        """The request with ids in place of references and all that goes with it of the live object, in the
        words the service takes."""
        assert change.request is not None
        request = replace(change.request, path=filled(change.request.path, self._known_id))
        if request.body is None:
            return request
        body = {name: self._resolved(value) for name, value in request.body.items()}
        name, dialect = change.key.kind, self.dialect
        spoken: Dialect = replace(dialect, plain=dialect.plain | {name}) if plain else dialect
        whole = self.kinds[name].complete(change, replace(request, body=body), found, spoken)
        return replace(whole, body=self.kinds[name].adapt(whole.body or {}, spoken))

    def _resolved(self, value: object) -> object:
        """A body with ids in place of references."""
        if isinstance(value, Ref):
            return self._known_id(value.key)
        if isinstance(value, Mapping):
            return {name: self._resolved(item) for name, item in value.items()}
        return [self._resolved(item) for item in value] if isinstance(value, list) else value

    def _known_id(self, key: Key) -> str:
        id = self.id_of(key)
        assert id is not None  # or the change would have been held back
        return id


def sort_of(change: Change) -> Sort:
    """What a change's write is the like of."""
    return change.request.method if change.request else "", change.key.kind, wave_of(change).late


def told(kinds: Mapping[str, Kind], live: Snapshot) -> Dialect:
    """What a service shows of what it keeps."""
    dialect = Dialect()
    for kind in kinds.values():
        kind.learn(live, dialect)
    return dialect


def _id_in(answer: object) -> str | None:
    """The id an answer shows: of an object, or of the one row of work hours."""
    if not isinstance(answer, Mapping):
        return None
    rows = answer.get("details") or [{}]
    row = rows[0] if isinstance(rows, list) and isinstance(rows[0], Mapping) else {}
    return next((id for id in (answer.get("id"), row.get("workHoursId")) if is_id(id)), None)
