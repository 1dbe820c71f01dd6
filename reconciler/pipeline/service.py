"""A service as a run reaches it: begun with early, connected to, read, and others kept away from it."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from reconciler.apply.author import Author, author_of, user_here
from reconciler.apply.keeping import Hold
from reconciler.apply.lock import ThisMachine, folder_of
from reconciler.client import UNGUARDED, Client
from reconciler.errors import UsageError
from reconciler.kinds import Context, load_kinds, window_of
from reconciler.live import Reading
from reconciler.manifest import Head, head_of
from reconciler.model import Desired, Environment, Plan, Snapshot, Window
from reconciler.pipeline.lines import DATA, SIMULATOR, Lines, Settings


class Service:
    """A service as one environment or saved plan reaches it; for one run at a time."""

    def __init__(
        self, place: Environment | Plan, settings: Settings, client: Client, environ: Mapping[str, str]
    ) -> None:
        self.settings, self.client = settings, client
        self.api_url = SIMULATOR if settings.simulator else client.api_url
        self.hold: Hold | None = None  # while it is alone
        # The embedded Welkin's port means nothing: its data are in a folder.
        api = str(DATA.resolve()) if settings.simulator else client.api_url
        self._name = (api, place.tenant, place.instance, place.owner)
        self._environ = environ
        self._reading: Reading | None = None

    @property
    def author(self) -> Author:
        """Who runs this: the person or the pull request CI works for, else this computer's user."""
        return author_of(self._environ, user_here())

    def begin(self, window: Window, sections: frozenset[str] | None) -> Reading:
        """Begin to read what a plan needs; `window`, `sections`: what is known of it."""
        self._reading = Reading(self.client, load_kinds(), window, sections)
        return self._reading

    def read(self, desired: Sequence[Desired], context: Context) -> Snapshot:
        """Read what a plan needs, or the rest of it. Raises: ApiError; UsageError."""
        sections = frozenset(manifest.section for manifest in context.environment.manifests)
        reading = self._reading or self.begin(context.window, sections)
        self._reading = None
        return reading.finish(desired, context)

    def give_up(self) -> None:
        """Wait no longer for what was begun and not read."""
        if self._reading:
            self._reading.give_up()

    @contextmanager
    def alone(self, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other runs away from the environment; a plan made meanwhile is not out of date for theirs.

        wait_s: how long to wait for a run that is there already.
        Raises: Locked; UsageError: no lock can be written; DatabaseError.
        """
        keeper = self.settings.keeper or ThisMachine(str(self.author), folder_of(self._environ))
        with keeper.alone(self._name, wait_s) as self.hold:
            self.client.guard(self.hold.guard)
            try:
                yield
            finally:
                self.hold = None
                self.client.guard(UNGUARDED)


class HeadStart:
    """A service that is read while its environment is being loaded; what it has to say waits until then."""

    def __init__(self, head: Head | None) -> None:
        self.head = head
        self.service: Service | None = None
        self._tell: Callable[[str], None] | None = None
        self._untold: list[str] = []
        self._lock = threading.Lock()

    def tell(self, line: str) -> None:
        with self._lock:
            if self._tell:
                self._tell(line)
            else:
                self._untold.append(line)

    def take(self, place: Environment | Plan, tell: Callable[[str], None]) -> Service | None:
        """The service, if it is that of this place; once."""
        own = None if isinstance(place, Plan) else replace(place, manifests=(), digest="")
        if self.head is None or own != self.head.environment:
            return None
        with self._lock:
            self._tell = tell
            for line in self._untold:
                tell(line)
        service, self.service = self.service, None
        return service


@contextmanager
def head_start(
    path: str, settings: Settings, environ: Mapping[str, str], adopt: bool = False
) -> Iterator[HeadStart]:
    """Begin to read for a plan from an environment file's own keys on, while the rest is still to be loaded.

    Reads only, for `connect` to go on with. What nobody took, as the manifests are wrong, is given up and not
    waited for. The embedded Welkin makes files: it is not begun with before all is known to be well.
    """
    begun = HeadStart(None if settings.simulator else head_of(path))
    with ExitStack() as opened:
        if begun.head:
            with suppress(UsageError):  # for `connect` to say, after what is wrong with the manifests
                connection = connect(begun.head.environment, settings, environ, begun.tell)
                begun.service = opened.enter_context(connection)
                window = window_of(begun.head.environment, settings.now, adopt)
                begun.service.begin(window, begun.head.sections)
                opened.callback(begun.service.give_up)
        yield begun


@contextmanager
def connect(
    place: Environment | Plan,
    settings: Settings,
    environ: Mapping[str, str],
    tell: Callable[[str], None] = lambda line: None,
    begun: HeadStart | None = None,
) -> Iterator[Service]:
    """Connect to the service a place names, or to the embedded one; what is open is closed at the end.

    Args:
        environ: usually `os.environ`.
        tell: takes a line for whoever watches, when the service keeps us waiting.
        begun: perhaps with this service.
    Raises: UsageError.
    """
    service = begun and begun.take(place, tell)
    if service:
        yield service
        return
    with Lines(settings, environ, tell, shared=False) as lines:
        yield Service(place, settings, lines.client(place), environ)
