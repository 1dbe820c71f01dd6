"""Sources on this machine: fetched, and opened by revision as trees of manifests. Nothing is read of a branch
that moves.

    sources = Sources(fleet, os.environ)
    revision = sources.fetch(source)
    with sources.opened(source, revision) as tree:
        (loaded,) = load("env/clinic.yaml", tree=tree)

Everything lies below the state folder, is shared by all workers of this machine, and is made anew if lost.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from hashlib import sha256
from pathlib import Path

from reconciler.apply.lock import state_folder
from reconciler.errors import ManifestError
from reconciler.errors.mistakes import Mistake
from reconciler.fleet.checkouts import Checkouts
from reconciler.fleet.git import Clone
from reconciler.fleet.loose import Loose
from reconciler.fleet.origin import Origin, Unavailable
from reconciler.fleet.shape import Fleet, Source
from reconciler.manifest.folder import Folder


class Sources:
    """The sources of a fleet. For any thread."""

    def __init__(self, fleet: Fleet, environ: Mapping[str, str]) -> None:
        self._folder = state_folder(environ) / "sources"
        self._origins = {source.name: self._origin(source) for source in fleet.sources}
        self._checkouts = {
            source.name: Checkouts(self._place(source), Path("/", source.name)) for source in fleet.sources
        }

    def fetch(self, source: Source) -> str:
        """Look for something new; the full id of the newest revision. Raises: ManifestError."""
        with _told(source):
            return self._origins[source.name].fetch()

    def revision(self, source: Source, named: str) -> str | None:
        """The full id of a revision that somebody names; None where there is none. Raises: ManifestError."""
        with _told(source):
            return self._origins[source.name].revision(named)

    def message(self, source: Source, revision: str) -> str | None:
        """What was said of a revision by whoever made it. Raises: ManifestError."""
        with _told(source):
            return self._origins[source.name].message(revision)

    @contextmanager
    def opened(self, source: Source, revision: str) -> Iterator[Folder]:
        """The files of a revision, which is named by its full id. Raises: ManifestError."""
        origin = self._origins[source.name]
        with ExitStack() as stack:
            with _told(source, f"{revision[:12]}: "):
                opening = self._checkouts[source.name].opened(revision, partial(origin.lay_out, revision))
                tree = stack.enter_context(opening)
            yield tree

    def sweep(self, needed: Mapping[str, Collection[str]]) -> None:
        """Take away files that nobody has asked for in an hour. needed: revisions that stay, by source."""
        for name, checkouts in self._checkouts.items():
            checkouts.sweep(needed.get(name, ()))

    def _origin(self, source: Source) -> Origin:
        if source.git is None:
            assert source.path is not None
            return Loose(source.path)
        place = self._place(source)
        return Clone(place.with_name(f"{place.name}.git"), source.git, source.ref)

    def _place(self, source: Source) -> Path:
        """Its own, whoever else calls a source by this name."""
        what = (source.git, source.ref) if source.git else (str(source.path and source.path.resolve()),)
        return self._folder / f"{source.name}-{sha256(repr(what).encode()).hexdigest()[:12]}"


@contextmanager
def _told(source: Source, before: str = "") -> Iterator[None]:
    """What can't be had is a problem of the fleet's file, where the source's address stands."""
    try:
        yield
    except Unavailable as error:
        why = str(error)
    except OSError as error:
        why = f"{error.filename or source.path}: {(error.strerror or 'it cannot be read').lower()}"
    else:
        return
    message = f"the source `{source.name}` can't be read: {before}{why}"
    raise ManifestError([source.reach.problem(message, Mistake.SOURCE)])
