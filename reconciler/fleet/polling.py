"""Looks at sources: one worker at a time each, and what is new in them is learnt."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field

from reconciler.errors import DatabaseError, ManifestError
from reconciler.fleet.database import Database
from reconciler.fleet.merges import Revisions
from reconciler.fleet.places import forget_sources, learn, revisions
from reconciler.fleet.requests import origin_of
from reconciler.fleet.runs import Kind
from reconciler.fleet.shape import Fleet, Source
from reconciler.fleet.sources import Sources
from reconciler.fleet.store import Transaction, one
from reconciler.fleet.surveys import Declared, clashes

EACH_S = 1.0


@dataclass(slots=True)
class Polls:
    """The sources of a fleet, as one worker looks at them. looked: at which it has, since it began."""

    fleet: Fleet
    database: Database
    sources: Sources
    tell: Callable[[str], None]
    looked: dict[str, tuple[Declared, ...]] = field(default_factory=dict)

    def go_on(self, stop: threading.Event) -> None:
        """Look at each source as often as the fleet says, until told to stop."""
        while not stop.is_set():
            with suppress(DatabaseError):  # whoever beats says so
                self.look()
            stop.wait(EACH_S)

    def look(self) -> None:
        """Look at those sources whose turn it is, and at all of them the first time."""
        if not self.looked:
            forget_sources(self.database, [source.name for source in self.fleet.sources])
        for source in self.fleet.sources:
            if self._is_due(source) or source.name not in self.looked:
                self._look_at(source)

    def sweep(self) -> None:
        """Take away files of revisions that nobody needs any more."""
        self.sources.sweep(revisions(self.database))

    def _is_due(self, source: Source) -> bool:
        """Whether it is time, and nobody else's turn."""
        self.database.run(
            "INSERT INTO welkin.source (name) VALUES (:name) ON CONFLICT (name) DO NOTHING", name=source.name
        )
        return bool(
            self.database.run(
                """UPDATE welkin.source SET fetched = :now WHERE name = :name
                AND (fetched IS NULL OR fetched <= :now - :poll OR asked > fetched)""",
                name=source.name,
                poll=source.poll.total_seconds(),
            )
        )

    def _look_at(self, source: Source) -> None:
        try:
            revision = self.sources.fetch(source)
            if source.name in self.looked and revision == self._known(source):
                self._note(source, None)
                return
            survey = Revisions(self.sources, source).survey(revision)
        except ManifestError as error:
            self._note(source, str(error))
            return
        self.looked[source.name] = survey.environments
        self._learn(source, revision)
        self._note_origin(source, revision)
        self._note(source, "\n".join(map(str, survey.problems)) or None)

    def _known(self, source: Source) -> str | None:
        row = one(
            self.database.rows("SELECT revision FROM welkin.source WHERE name = :name", name=source.name)
        )
        return row["revision"] if row else None

    def _learn(self, source: Source, revision: str) -> None:
        """Take over what was surveyed; what shares its owner with another source's, too, is barred."""
        everything = [each for own in self.looked.values() for each in own]
        own = self.looked[source.name]
        barred = {each.name: str(each.problem) for each in own if each.problem}
        barred |= {name: str(problem) for name, problem in clashes(everything).items()}
        kind = Kind.APPLY if self.fleet.apply_on_merge else Kind.DRIFT

        def learnt(within: Transaction) -> None:
            within.store.lock(within, "learning", wait=True)
            learn(within, source.name, revision, own, barred, kind)
            within.run(
                "UPDATE welkin.source SET revision = :revision WHERE name = :name",
                revision=revision,
                name=source.name,
            )

        self.database.together(learnt)

    def _note_origin(self, source: Source, revision: str) -> None:
        """Keep what a revision is called, and where it can be looked at."""
        message = self.sources.message(source, revision)
        if message is not None:
            origin = origin_of(source.git, revision, message)
            self.database.run(
                """INSERT INTO welkin.revision (source, id, subject, link)
                VALUES (:source, :id, :subject, :link) ON CONFLICT (source, id) DO NOTHING""",
                source=source.name,
                id=revision,
                subject=origin.subject,
                link=origin.link,
            )

    def _note(self, source: Source, error: str | None) -> None:
        """Keep what is wrong with a source, and say it once."""
        before = one(
            self.database.rows("SELECT error FROM welkin.source WHERE name = :name", name=source.name)
        )
        if before and before["error"] != error:
            self.database.run(
                "UPDATE welkin.source SET error = :error WHERE name = :name", error=error, name=source.name
            )
        if error and (before is None or before["error"] != error):
            for line in error.splitlines():
                self.tell(line)
