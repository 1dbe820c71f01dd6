"""Every error a user can meet, as one tree, and the exit codes. What a message says is part of the interface.

ReconcileError                 anything below; the command line prints it, one line a problem
├── ManifestError              manifests that cannot be used: all their problems at once
├── UsageError                 a flag, a variable or a file given to the program is wrong or missing
├── PlanError                  a plan that cannot be made or read
│   ├── UnsafePlan             a brake refused it (exit code 3)
│   ├── StalePlan              the live service moved on since the plan was made
│   └── NotApproved            a plan made now holds what the approved one did not
├── JournalError               the journal cannot be written or read
├── DatabaseError              the fleet's database cannot be used
│   └── DatabaseDown           it can't be reached: what was under way may be done or not
├── ForgeError                 GitHub or GitLab refused, failed, or could not be reached
├── Locked                     another run works on this environment
├── Fenced                     a run's lease has ended, so that it writes nothing more
├── Interrupted                a person stopped the run (exit code 130)
├── Unprintable                stdout is closed, or its device is full
└── ApiError                   the service refused, failed, or could not be reached
    ├── Unreachable            no connection came about: certainly nothing was done
    │   └── Untrusted          no trust in who answers: trying again changes nothing
    ├── NoAnswer               nothing, or nothing usable, came back: a write may or may not have landed
    │   └── OutOfBounds        it took too long in all, or is too large: not asked again
    ├── Incomplete             a list that was read is not whole, by what it says itself
    ├── Unauthorized           401
    ├── Forbidden              403
    ├── NotFound               404, 410
    ├── NotAllowed             405
    ├── RateLimited            429
    └── ServerError            5xx: a write may or may not have landed
"""

from __future__ import annotations

from collections.abc import Sequence
from enum import IntEnum
from typing import NamedTuple

from reconciler.errors.mistakes import Mistake


class Exit(IntEnum):
    """How the program ends. Where several hold, ERROR beats REFUSED beats PENDING."""

    OK = 0
    ERROR = 1
    PENDING = 2
    REFUSED = 3
    INTERRUPTED = 130


class Problem(NamedTuple):
    """One thing wrong at one place of the manifests. `line` and `column` count from 1.

    mistake: its kind, which has an id. last: what stands behind it in its file was not read.
    """

    path: str
    line: int
    column: int
    message: str
    mistake: Mistake
    last: bool = False

    def __str__(self) -> str:
        return f"{self.path}:{self.line}:{self.column}: {self.message}"


def problem_data(problem: Problem) -> dict[str, object]:
    """A problem as JSON has it everywhere."""
    place = {"path": problem.path, "line": problem.line, "column": problem.column}
    return {**place, "rule": str(problem.mistake), "message": problem.message}


class ReconcileError(Exception):
    """Base of all errors that are shown to a user without a traceback."""

    code = "error"
    exit = Exit.ERROR

    def __str__(self) -> str:
        return "\n".join(self.lines())

    def lines(self) -> list[str]:
        """The message; each line is an argument of its own, as values in it may hold line breaks."""
        return [*map(str, self.args)]


class ManifestError(ReconcileError):
    """All problems found in the manifests, in file order."""

    code = "manifest"

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(sorted(set(problems)))
        super().__init__(*self.problems)

    def lines(self) -> list[str]:
        return [*super().lines(), *unread_lines(self.problems)]


def unread_lines(problems: Sequence[Problem]) -> list[str]:
    """A line for each file in which there may be more problems than these."""
    unread = sorted({problem.path for problem in problems if problem.last})
    return [f"{path}: more may follow: behind that error it was not read" for path in unread]


class UsageError(ReconcileError):
    """A flag, an environment variable or a file given to the program is wrong or missing."""

    code = "usage"


class PlanError(ReconcileError):
    """A plan that cannot be made or read."""

    code = "plan"


class UnsafePlan(PlanError):
    """A brake refused the plan; the message names count, limit and the flag that allows it."""

    code = "unsafe"
    exit = Exit.REFUSED


class StalePlan(PlanError):
    """The live objects a saved plan touches changed since it was made."""

    code = "stale"


class NotApproved(PlanError):
    """A plan made now holds changes that the approved one did not."""

    code = "not-approved"


class JournalError(ReconcileError):
    """The journal cannot be written or read; nothing is sent that cannot be noted first."""

    code = "journal"


class DatabaseError(ReconcileError):
    """The fleet's database cannot be used; the message names it without its password."""

    code = "database"


class DatabaseDown(DatabaseError):
    """The database can't be reached just now: what was under way may be done or not."""


class ForgeError(ReconcileError):
    """GitHub or GitLab refused, failed, or could not be reached."""

    code = "forge"


class Locked(ReconcileError):
    """Another run works on this environment; the message says whose and since when."""

    code = "locked"


class Fenced(ReconcileError):
    """A run's lease has ended and another may hold it: it stops without a word, and is no failure."""

    code = "fenced"


class Interrupted(ReconcileError):
    """A person stopped the run."""

    code = "interrupted"
    exit = Exit.INTERRUPTED


class Unprintable(ReconcileError):
    """A result that can't be written to stdout."""

    code = "unprintable"


class ApiError(ReconcileError):
    """The service refused, failed, or could not be reached.

    Carries only what may be shown: status, the service's `errorCode` and `componentType`, and the method
    and route. The service's own message and details can hold patient data and are dropped at once.
    """

    code = "api"

    def __init__(
        self,
        message: str,
        *,
        status: int | None = None,
        error_code: str | None = None,
        component: str | None = None,
        happened: str = "",
    ) -> None:
        """Args: happened: where and what, without request and advice: for a line said while we go on."""
        super().__init__(message)
        self.happened = happened
        self.status = status
        self.error_code = error_code
        self.component = component


class Unreachable(ApiError):
    """Refused, unknown name, no way through a proxy: the request never left, nothing was done."""


class Untrusted(Unreachable):
    """A certificate that is not trusted, or no TLS at all."""


class NoAnswer(ApiError):
    """No answer, a cut one, or one that is not the service's: a write may or may not have landed."""


class OutOfBounds(NoAnswer):
    """An exchange beyond its bounds of time or size; asking again would only cost as much again."""


class Incomplete(ApiError):
    """A list whose pages don't add up to what they announce: what is missing from it may well be there."""


class Unauthorized(ApiError):
    """401: the secret, or a token that could not be renewed."""


class Forbidden(ApiError):
    """403: the API client lacks a right; `ACCESS_FOR_API_CLIENT_RESTRICTED` means no API client has it."""


class NotFound(ApiError):
    """404 or 410."""


class NotAllowed(ApiError):
    """405: this service does not know this method here."""


class RateLimited(ApiError):
    """429 that outlasted our patience."""


class ServerError(ApiError):
    """5xx: a write may or may not have landed."""
