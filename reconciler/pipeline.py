"""One environment from its manifests to what landed: what drives a command, or a fleet.

    (wishes,) = expand(load("env/clinic.yaml"), settings.now)
    with connect(wishes.environment, settings, os.environ) as service, service.alone():
        applied = apply(plan(wishes, service), service, Manner(journal))

Prints nothing, asks nobody, handles no signal: what there is to say on the way is told to callbacks, from any
thread. Several environments may be driven side by side, each by a service of its own.
"""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, NamedTuple, Protocol

from reconciler.apply.author import Author, author_of, user_here
from reconciler.apply.lock import folder_of, held
from reconciler.client import PATIENT, Client, Patience
from reconciler.client.connection import Connection, connection_from
from reconciler.errors import ManifestError, Problem, UsageError
from reconciler.expand import context_of
from reconciler.expand import expand as expanded
from reconciler.kinds import Context, load_kinds, undeclared_users, window_of
from reconciler.live import Reading
from reconciler.manifest import Head, head_of, load_environment
from reconciler.model import Desired, Environment, Findings, Key, Outcome, Plan, Planned, Snapshot, Window
from reconciler.plan.approval import Ahead, only_approved, only_new
from reconciler.plan.make import Selection, make_plan

if TYPE_CHECKING:
    from reconciler.apply.carry_out import Applied, Manner

SIMULATOR = "simulator"  # stands for the embedded Welkin's URL in plans: its port is another one every time
DATA = Path(".welkin-reconcile")
ALL = Selection()


@dataclass(frozen=True, slots=True)
class Settings:
    """How to reach a service, and when that is.

    now: aware; taken for the present moment. api_url, secret_file: win over variables and manifests.
    simulator: the embedded Welkin, data in `.welkin-reconcile/`. parallelism: calls at once. rate: calls a
    second at most. patience: how long to wait for a service, and for what was written to show.
    """

    now: datetime
    api_url: str | None = None
    secret_file: str | None = None
    simulator: bool = False
    parallelism: int = 8
    rate: float | None = None
    patience: Patience = PATIENT


class Loaded(NamedTuple):
    """What an environment file and its includes say; `environment` is None where that makes none."""

    environment: Environment | None
    findings: Findings


class Wishes(NamedTuple):
    """One environment, expanded."""

    context: Context
    desired: list[Desired]

    @property
    def environment(self) -> Environment:
        return self.context.environment


class Checked(NamedTuple):
    """What can be said of environments without a service: what is wrong, what is odd, and those that load."""

    errors: list[Problem]
    warnings: list[Problem]
    environments: list[Environment]


class Stoppable(Protocol):
    """A run that can be asked to begin nothing more, from any thread."""

    def stop(self) -> None: ...

    def under_way(self) -> Sequence[Key]: ...


class Service:
    """A service as one environment or saved plan reaches it; for one run at a time."""

    def __init__(
        self, place: Environment | Plan, settings: Settings, client: Client, environ: Mapping[str, str]
    ) -> None:
        self.settings, self.client = settings, client
        self.api_url = SIMULATOR if settings.simulator else client.api_url
        self.is_alone = False
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

    def read(self, wishes: Wishes) -> Snapshot:
        """Read what a plan needs, or the rest of it. Raises: ApiError; UsageError."""
        sections = frozenset(manifest.section for manifest in wishes.environment.manifests)
        reading = self._reading or self.begin(wishes.context.window, sections)
        self._reading = None
        return reading.finish(wishes.desired, wishes.context)

    def give_up(self) -> None:
        """Wait no longer for what was begun and not read."""
        if self._reading:
            self._reading.give_up()

    @contextmanager
    def alone(self, wait_s: float = 0.0) -> Iterator[None]:
        """Keep other runs away from the environment; a plan made meanwhile is not out of date for theirs.

        wait_s: how long to wait for a run that is there already.
        Raises: Locked; UsageError: no lock can be written.
        """
        with held(self._name, str(self.author), folder_of(self._environ), wait_s):
            self.is_alone = True
            try:
                yield
            finally:
                self.is_alone = False


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


def load(*paths: str) -> list[Loaded]:
    """Read environment files with what they include; what is wrong stands in the findings."""
    loaded = []
    for path in paths:
        findings = Findings()
        loaded.append(Loaded(load_environment(path, findings), findings))
    return loaded


def expand(loaded: Iterable[Loaded], now: datetime, adopt: bool = False) -> list[Wishes]:
    """Say what environments want. All of them are checked before anything is done with one.

    Raises: ManifestError: every problem of every file.
    """
    loaded = list(loaded)
    wishes = [_expanded(each, now, adopt) for each in loaded]
    problems = [problem for each in loaded for problem in each.findings.errors]
    if problems:
        raise ManifestError(problems)
    return [wish for wish in wishes if wish]


def check(loaded: Iterable[Loaded], now: datetime) -> Checked:
    """Expand without a service, and say all that is wrong or odd."""
    errors, warnings, environments = set[Problem](), set[Problem](), []
    for each in loaded:
        wishes = _expanded(each, now)
        if wishes:
            environments.append(wishes.environment)
            for name, source in undeclared_users(wishes.desired, wishes.context).items():
                near = wishes.context.nearest_user(name)
                message = f"no manifest declares the user `{name}`: the tenant has to have it{near}"
                each.findings.warn(source, message)
        errors.update(each.findings.errors)
        warnings.update(each.findings.warnings)
    return Checked(sorted(errors), sorted(warnings), environments)


def _expanded(loaded: Loaded, now: datetime, adopt: bool = False) -> Wishes | None:
    if loaded.environment is None:
        return None
    context = context_of(loaded.environment, now, loaded.findings, adopt)
    return Wishes(context, expanded(context, load_kinds()))


@contextmanager
def head_start(path: str, settings: Settings, environ: Mapping[str, str]) -> Iterator[HeadStart]:
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
                window = window_of(begun.head.environment, settings.now)
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
    with (
        _reachable(place, settings, environ) as connection,
        Client(
            connection,
            parallelism=settings.parallelism,
            rate=settings.rate,
            patience=settings.patience,
            tell=tell,
        ) as client,
    ):
        yield Service(place, settings, client, environ)


def plan(
    wishes: Wishes,
    service: Service,
    selection: Selection = ALL,
    *,
    new_only: bool = False,
    approved: Sequence[Plan] = (),
) -> Planned:
    """Read what is live and plan what leads from there to what is wished.

    Args:
        new_only: create what is missing, nothing else.
        approved: plans that were reviewed: nothing beyond what they hold and the horizon brings.
    Raises: ApiError; PlanError; ManifestError: what only the live service could tell.
    """
    context, desired = wishes
    live = service.read(wishes)
    made = make_plan(desired, live, load_kinds(), context, service.api_url, selection)
    if context.findings.errors:
        raise ManifestError(context.findings.errors)
    if new_only:
        made = only_new(made)
    if approved:
        made = only_approved(made, approved, live.patients, Ahead.of(context))
    return Planned(made, live, fresh=True)


def apply(
    planned: Planned,
    service: Service,
    manner: Manner,
    *,
    listen: Callable[[Outcome], None] = lambda outcome: None,
    begins: Callable[[Stoppable], None] = lambda run: None,
) -> Applied:
    """Write what is planned, alone on the environment and noted in the journal.

    Args:
        listen: told of each outcome.
        begins: told what stops the run, when all is checked and the first write comes next.
    Raises: Locked, UnsafePlan, StalePlan, JournalError, UsageError: nothing was written. What ends a run
        later stands in what is returned, beside what landed.
    """
    from reconciler.apply.carry_out import carry_out  # SQLite and all: a plan by itself doesn't need them

    if not service.is_alone:  # others may have written since it was planned
        with service.alone():
            return apply(planned._replace(fresh=False), service, manner, listen=listen, begins=begins)
    now, who = service.settings.now, service.author
    return carry_out(planned, service.client, load_kinds(), manner, who, now, listen, begins)


@contextmanager
def _reachable(
    place: Environment | Plan, settings: Settings, environ: Mapping[str, str]
) -> Iterator[Connection]:
    if not settings.simulator:
        if place.api_url == SIMULATOR:
            raise UsageError("this plan was made for the embedded Welkin: add --simulator")
        yield connection_from(place, environ, api_url=settings.api_url, secret_file=settings.secret_file)
        return
    if settings.api_url:
        raise UsageError("--simulator and --api-url exclude each other: keep one")
    secret = environ.get("WELKIN_SECRET") or SIMULATOR
    with _embedded(secret, settings.now, place.timezone) as url:
        yield Connection(url, place.tenant, place.instance, place.client or SIMULATOR, secret)


@contextmanager
def _embedded(secret: str, now: datetime, timezone: str) -> Iterator[str]:
    """Run the embedded Welkin for as long as it is wanted, on data that stay.

    timezone: in which we read the hours of people without a zone of their own, and so does it.
    """
    from reconciler.simulator import Options, start

    try:
        DATA.mkdir(exist_ok=True)
        db = str(DATA / "simulator.db")
        running = start(Options(db=db, secret=secret, now=now, timezone=timezone))
    except ImportError:
        raise UsageError(
            "--simulator needs more packages: pip install 'welkin-reconcile[simulator]'"
        ) from None
    except OSError as error:
        raise UsageError(f"the embedded Welkin cannot start in {DATA}: {error.strerror}") from None
    try:
        yield running.url
    finally:
        running.stop()
