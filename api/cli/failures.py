"""How a command fails: with a message on stderr and an exit code, never with a traceback."""

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    import httpx

DONE, FAILED, MISUSED, INTERRUPTED = 0, 1, 2, 130
"""Exit codes: success; refused or failed; wrong usage; stopped by Ctrl-C."""

_MAX_ERRORS = 20


class CommandFailed(Exception):
    """A command was refused or failed; the message says why, and what to do if that is known."""

    def __init__(self, message: str, exit_code: int = FAILED) -> None:
        super().__init__(message)
        self.exit_code = exit_code


class Refusal(CommandFailed):
    """The service answered with a problem (RFC 9457)."""

    def __init__(self, problem: Mapping[str, Any]) -> None:
        super().__init__(problem_text(problem))
        self.problem = problem
        self.name = str(problem.get("type", "")).rpartition("/")[2]
        self.errors: list[dict[str, Any]] = problem.get("errors", [])


def refusal_of(response: "httpx.Response") -> CommandFailed:
    """The refusal in an answer; an answer without a problem document does not come from a ledger."""
    try:
        problem = response.json()
    except ValueError:
        problem = None
    if isinstance(problem, dict) and "title" in problem:
        return Refusal(problem)
    return CommandFailed(f"{response.url} answered {response.status_code}, but is not a coalition ledger")


def problem_text(problem: Mapping[str, Any]) -> str:
    """A problem as people read it: its title, then each error in a line of its own."""
    errors = problem.get("errors", [])
    if not errors:
        return f"{problem['title']}: {problem['detail']}"
    return "\n".join([f"{problem['title']}:", *lines_of(errors)])


def lines_of(errors: list[dict[str, Any]]) -> list[str]:
    """Each error in a line: its place, the rule, the detail, and the conflicting events."""
    lines = [f"  {error_line(error)}" for error in errors[:_MAX_ERRORS]]
    return lines + ([f"  and {len(errors) - _MAX_ERRORS:,} more"] if len(errors) > _MAX_ERRORS else [])


def error_line(error: Mapping[str, Any]) -> str:
    """One error: ``/0/quantity: WithdrawsMoreThanIsLeft: ... (conflicts with ...)``."""
    place = error.get("pointer") or error.get("parameter") or error.get("header")
    line = ": ".join(part for part in (place, error.get("rule"), error["detail"]) if part)
    conflicts = ", ".join(error.get("collides_with", ()))
    return f"{line} (conflicts with {conflicts})" if conflicts else line
