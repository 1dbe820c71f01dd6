"""Accepts what people did in Welkin: edits the manifests until they say what is live, and nothing else.

What was edited is loaded and planned again, from the same snapshot, before anything is written: so what it
says is what holds, and an edit that a manifest would refuse is left out.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple

from reconciler.expand import context_of, expand
from reconciler.kinds import Context, load_kinds
from reconciler.manifest import load_environment
from reconciler.manifest.decode import decode
from reconciler.manifest.editing import Unplaced, edited
from reconciler.manifest.files import ManifestFile, meant
from reconciler.manifest.load import is_list
from reconciler.manifest.spelling import Data, literal
from reconciler.manifest.tree import WorkingTree
from reconciler.model import Action, Change, Desired, Findings, Key, Manifest, Plan, Snapshot
from reconciler.model.edits import Edit, Past, Untold, Value
from reconciler.plan.make import make_plan
from reconciler.plan.selection import Selection

MOST_ROUNDS = 4


class Rewritten(NamedTuple):
    """A file that says what is live; as it is, and as it is to be."""

    path: Path
    shown: str
    before: bytes
    after: str

    @property
    def data(self) -> bytes:
        return _encoded(self.after, self.before)


class Updated(NamedTuple):
    """What an update comes to. left: what differs still, and why."""

    files: list[Rewritten]
    left: list[Untold]


class _Seen(NamedTuple):
    """What the manifests want as they are now, and what of it differs from what is live."""

    context: Context
    desired: list[Desired]
    plan: Plan


class _Place(NamedTuple):
    """The file in which an entry stands, and how it is found below its section: by name, or by position."""

    shown: str
    step: str | int


class _Edited(WorkingTree):
    """The files on disk, some of them with other texts."""

    def __init__(self) -> None:
        self.texts: dict[Path, bytes] = {}

    def read(self, path: Path, most: int) -> bytes:
        found = self.texts.get(self.real(path))
        return super().read(path, most) if found is None else found


class Update:
    """One environment, its files, and what was read of the service."""

    def __init__(
        self, path: str, context: Context, live: Snapshot, api_url: str, selection: Selection, past: Past
    ) -> None:
        self.path, self.live, self.api_url, self.selection, self.past = path, live, api_url, selection, past
        self.now, self.adopt = context.now, context.adopt
        files = meant(Path(path), path, Findings())
        self.files: dict[str, ManifestFile] = {file.shown: file for file in files}
        self.declared: dict[tuple[str, str], _Place] = {}
        self.texts = {file.shown: decode(file.data, file.shown, Findings()) or "" for file in files}

    def made(self) -> Updated:
        """Edit in rounds: what an edit brings to light is edited next."""
        seen, left = self._seen(self.texts), dict[Key, Untold]()
        for _ in range(MOST_ROUNDS):
            if seen is None:
                break
            edits = list(self._edits(seen, left))
            texts = self._all(edits) or self._one_by_one(edits, left)
            if texts == self.texts:
                break
            self.texts, seen = texts, self._seen(texts)
        return Updated(list(self._rewritten()), list(self._left(seen, left)))

    def _edits(self, seen: _Seen, left: dict[Key, Untold]) -> Iterator[Edit]:
        for name, kind in load_kinds().items():
            own = [change for change in seen.plan.changes if change.key.kind == name]
            wishes = [wish for wish in seen.desired if wish.key.kind == name]
            for found in kind.accepted(own, wishes, self.live, seen.context, self.past):
                if isinstance(found, Untold):
                    left[found.about] = found
                else:
                    yield found

    def _all(self, edits: Sequence[Edit]) -> dict[str, str] | None:
        """The texts with all edits in; None if one of them has no place, or makes something unsound."""
        try:
            texts = self._with(self.texts, edits)
        except Unplaced:
            return None
        return texts if self._seen(texts) else None

    def _one_by_one(self, edits: Sequence[Edit], left: dict[Key, Untold]) -> dict[str, str]:
        """The texts with the edits that can be made, entry by entry."""
        texts = self.texts
        for entry in dict.fromkeys((edit.section, edit.name) for edit in edits):
            own = [edit for edit in edits if (edit.section, edit.name) == entry]
            try:
                tried = self._with(texts, own)
                if self._seen(tried):
                    texts = tried
                    continue
                reason = "the manifests would be refused with it"
            except Unplaced as error:
                reason = str(error)
            left.update((edit.about, Untold(edit.about, reason)) for edit in own)
        return texts

    def _with(self, texts: Mapping[str, str], edits: Iterable[Edit]) -> dict[str, str]:
        result = dict(texts)
        for edit in edits:
            shown, step = self._place_of(edit)
            path = (edit.section, step, *edit.path)
            value = None if edit.value is None else _literal(edit.value)
            result[shown] = edited(result[shown], path, value, edit.order, edit.note)
        return result

    def _place_of(self, edit: Edit) -> _Place:
        place = self.declared.get((edit.section, edit.name))
        if place is None:
            raise Unplaced("no file of the environment declares it")
        return place

    def _seen(self, texts: Mapping[str, str]) -> _Seen | None:
        """What manifests with these texts want; None if they aren't sound."""
        findings, tree = Findings(), _Edited()
        for shown, text in texts.items():
            file = self.files[shown]
            tree.texts[tree.real(file.path)] = _encoded(text, file.data)
        environment = load_environment(self.path, findings, tree=tree)
        if environment is None or findings.errors:
            return None
        context = context_of(environment, self.now, findings, self.adopt)
        desired = expand(context, load_kinds())
        plan = make_plan(desired, self.live, load_kinds(), context, self.api_url, self.selection)
        if findings.errors:
            return None
        self.declared = dict(_places(environment.manifests))
        return _Seen(context, desired, plan)

    def _rewritten(self) -> Iterator[Rewritten]:
        for shown, text in self.texts.items():
            file = self.files[shown]
            if _encoded(text, file.data) != file.data and text != decode(file.data, shown, Findings()):
                yield Rewritten(file.path.resolve(), shown, file.data, text)

    def _left(self, seen: _Seen | None, left: Mapping[Key, Untold]) -> Iterator[Untold]:
        """What differs still, but for what merely the moving horizon brings."""
        for change in seen.plan.changes if seen else ():
            if _differs(change):
                yield left.get(change.key) or Untold(change.key, change.reason or "differs still")


def _places(manifests: Iterable[Manifest]) -> Iterator[tuple[tuple[str, str], _Place]]:
    counts = Counter[tuple[str, str]]()
    for each in manifests:
        file = each.section, each.source.path
        step = counts[file] if is_list(each.section) else each.name
        counts[file] += 1
        yield (each.section, each.name), _Place(each.source.path, step)


def _differs(change: Change) -> bool:
    return change.action is not Action.NOOP and not change.is_routine and change.accepted is None


def _literal(value: Value) -> Data:
    """A value in which nothing is a reference to a variable."""
    if isinstance(value, str):
        return literal(value)
    if isinstance(value, Mapping):
        return {literal(key): _literal(each) for key, each in value.items()}
    return [_literal(each) for each in value]


def _encoded(text: str, before: bytes) -> bytes:
    """A text as bytes that begin and end their lines as those of a file."""
    mark = b"\xef\xbb\xbf" if before.startswith(b"\xef\xbb\xbf") else b""
    windows = b"\r\n" in before and before.count(b"\r\n") == before.count(b"\n")
    return mark + text.encode().replace(b"\n", b"\r\n" if windows else b"\n")
