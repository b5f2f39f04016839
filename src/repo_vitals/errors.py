"""The errors a command can end in. Raised where the cause is known; runtime turns them into exit codes."""
from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from datetime import datetime


class RepoVitalsError(Exception):
    """A failure that a person can act on. Its text is one line: what was wrong, where, and what to do."""

    exit_code = 3
    finding: tuple[str, str] | None = None      # rule and subject of the finding that says the same, if one does


class CallerError(RepoVitalsError):
    """The caller's mistake: input, configuration, repository, token, permission, a file that was named (exit 2)."""

    exit_code = 2


class InputError(CallerError):
    """An option, environment value or configuration key that can't be used as given."""


class RepositoryNotFound(CallerError):
    """GitHub does not know the repository, or hides it from this token."""


class TokenRefused(CallerError):
    """GitHub answered 401: the token is wrong, expired or revoked."""


class PermissionMissing(CallerError):
    """The token may not do this; the text names the permission to grant, or the policy that stands against it."""

    is_policy = False


class FeatureDisabled(CallerError):
    """A feature that was asked for is switched off in the repository."""


class CouldNotMeasure(RepoVitalsError):
    """A service stayed unavailable after retries, or its answer can't be trusted (exit 3)."""


class BudgetSpent(CouldNotMeasure):
    """The rate limit or this run's share of it is spent."""

    def __init__(self, message: str, *, resets_at: datetime | None = None) -> None:
        super().__init__(message)
        self.resets_at = resets_at


class OutputGone(BrokenPipeError):
    """What we say can't be written any more, since nobody reads it or a disk is full: the whole command ends."""


def internal_error(bug: BaseException) -> RepoVitalsError:
    """A bug as one line with its place, instead of a traceback: the last line of defence (exit 3)."""
    frame = bug.__traceback__
    while frame is not None and frame.tb_next is not None:
        frame = frame.tb_next
    where = "?" if frame is None else f"{frame.tb_frame.f_globals.get('__name__', '?')}:{frame.tb_lineno}"
    return RepoVitalsError(f"internal error ({type(bug).__name__} in {where}); please report it, with the output of "
                           "REPO_VITALS_DEBUG=1")
