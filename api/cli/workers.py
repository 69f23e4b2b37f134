"""Worker processes that serve one listening socket together, and the process that starts, replaces and ends them.

Workers are forked before any thread, connection or event loop exists, so each opens the store for itself. The parent
holds nothing but the socket. If it is killed, its end of a pipe closes, and the workers end by themselves.
"""

import os
import signal
import time
import traceback
from collections.abc import Callable, Iterator
from contextlib import suppress
from typing import Any, NoReturn

from api.cli.failures import DONE, FAILED, CommandFailed
from api.cli.output import say

POLL_SECONDS = 0.1
RESTART_SECONDS = 1.0
"""A worker that ends sooner after its start is replaced only then, so that workers that cannot start do no harm."""

Serve = Callable[[int, Callable[[], Any]], None]
"""Serves in a worker until it is asked to stop: called with the descriptor that ends when the parent does, and with a
function to call once requests are answered."""


class Workers:
    """``count`` processes that ``serve``; ``greet`` is called once, when all of them answer for the first time."""

    def __init__(self, count: int, serve: Serve, greet: Callable[[], None], end_seconds: float) -> None:
        self._count = count
        self._serve = serve
        self._greet = greet
        self._end_seconds = end_seconds
        self._started_at: dict[int, float] = {}
        self._signals = 0
        self._ready, self._tell_ready = os.pipe()
        self._lifeline, self._own_end = os.pipe()
        os.set_blocking(self._ready, False)

    def run(self) -> None:
        """Serve until SIGTERM or SIGINT; a second one ends all at once. Raises ``CommandFailed`` if none can start."""
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, self._on_signal)
        try:
            for _ in range(self._count):
                self._start()
            self._watch()
        finally:
            self._end()

    def _on_signal(self, *_: Any) -> None:
        self._signals += 1

    def _watch(self) -> None:
        """Greet once all answer; replace each worker that ends."""
        answering = 0
        while not self._signals:
            if answering < self._count:
                with suppress(BlockingIOError):
                    answering += len(os.read(self._ready, self._count))
                if answering >= self._count:
                    self._greet()
            for process_id, status, lasted in self._reap():
                if answering < self._count:
                    raise CommandFailed("a worker could not start")
                say(f"Worker {process_id} ended ({_in_words(status)}); another one takes its place.")
                time.sleep(max(0.0, RESTART_SECONDS - lasted))
                if not self._signals:
                    self._start()
            time.sleep(POLL_SECONDS)

    def _reap(self) -> Iterator[tuple[int, int, float]]:
        """Forget each worker that has ended; yields its process id, its status, and how many seconds it lasted."""
        for process_id in list(self._started_at):
            found, status = os.waitpid(process_id, os.WNOHANG)
            if found:
                yield process_id, status, time.monotonic() - self._started_at.pop(process_id)

    def _start(self) -> None:
        process_id = os.fork()
        if process_id == 0:
            self._work()
        self._started_at[process_id] = time.monotonic()

    def _work(self) -> NoReturn:
        """Serve in the worker, and end it without what belongs to the parent."""
        code = FAILED
        try:
            # Ctrl-C is for the parent, which asks each worker to stop.
            os.setpgid(0, 0)
            for number in (signal.SIGTERM, signal.SIGINT):
                signal.signal(number, signal.SIG_DFL)
            os.close(self._own_end)
            self._serve(self._lifeline, lambda: os.write(self._tell_ready, b"."))
            code = DONE
        except CommandFailed as failure:
            say(str(failure))
        except SystemExit as leaving:
            code = leaving.code if isinstance(leaving.code, int) else FAILED
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)

    def _end(self) -> None:
        """Ask all to stop, and end those that still run after their time, or at a second signal."""
        self._kill(signal.SIGTERM)
        until = time.monotonic() + self._end_seconds
        while self._started_at and time.monotonic() < until and self._signals < 2:
            list(self._reap())
            time.sleep(POLL_SECONDS)
        self._kill(signal.SIGKILL)

    def _kill(self, number: signal.Signals) -> None:
        for process_id in self._started_at:
            with suppress(ProcessLookupError):
                os.kill(process_id, number)


def _in_words(status: int) -> str:
    code = os.waitstatus_to_exitcode(status)
    return f"signal {-code}" if code < 0 else f"exit code {code}"
