"""One calendar in the iCalendar format, a file or an address, read in bounded time and memory."""

from __future__ import annotations

import json
import subprocess
import sys
import time
from collections.abc import Callable
from concurrent.futures import Future
from datetime import UTC, datetime, timedelta
from pathlib import Path
from threading import Thread
from zoneinfo import ZoneInfo

import httpx

from hub.builtin.oncall.roster import AHEAD
from hub.builtin.oncall.schedule import Shift
from hub.builtin.oncall.wall import instant
from hub.plugin import PermanentFailure

#: How far back it is read.
BEFORE = timedelta(days=1)

_PROGRAM = Path(__file__).with_name("unfold.py")
_MOST_BYTES = 2 * 1024 * 1024
_MOST_SHIFTS = 2_000
#: Seconds for each of the two steps; together they stay within the time of a hook.
_PATIENCE = 4


class CalendarFile:
    """Reads it; what is told of a failure names no address, because that may hold a secret.

    Args:
        place: a file, or an address that begins with ``https://`` or ``http://``.
        zone: of times that name none.
    """

    def __init__(self, place: str, zone: ZoneInfo, http: httpx.Client) -> None:
        self._place = place
        self._zone = zone
        self._http = http
        self._fetching: Thread | None = None

    def shifts(self, moment: datetime) -> tuple[Shift, ...]:
        """Return who has when around *moment*, what begins last first.

        Raises:
            PermanentFailure: it cannot be read, saying why.
        """
        found = _unfolded(self._fetched(), moment - BEFORE, moment + AHEAD)
        if len(found) > _MOST_SHIFTS:
            raise PermanentFailure(f"the calendar names more than {_MOST_SHIFTS} shifts in two months")
        shifts = [
            Shift(user=user, starts=self._moment(starts), ends=self._moment(ends))
            for user, starts, ends in found
        ]
        return tuple(sorted(shifts, key=lambda shift: shift.starts, reverse=True))

    def _fetched(self) -> bytes:
        """Return the calendar; a server that never ends its answer costs one thread and no more."""
        if self._fetching is not None and self._fetching.is_alive():
            raise PermanentFailure("the calendar's server has still not answered")
        fetched: Future[bytes] = Future()
        self._fetching = Thread(target=_do, args=(self._fetch, fetched), name="calendar", daemon=True)
        self._fetching.start()
        try:
            return fetched.result(_PATIENCE)
        except TimeoutError:
            raise PermanentFailure(f"the calendar's server takes longer than {_PATIENCE} seconds") from None
        except (OSError, httpx.HTTPError, httpx.InvalidURL) as exc:
            why = exc.strerror if isinstance(exc, OSError) and exc.strerror else type(exc).__name__
            # the cause would show the address
            raise PermanentFailure(f"the calendar cannot be fetched: {why}") from None

    def _fetch(self) -> bytes:
        if not self._place.startswith(("http://", "https://")):
            with Path(self._place).open("rb") as file:
                return _small(file.read(_MOST_BYTES + 1))
        until = time.monotonic() + _PATIENCE
        with self._http.stream("GET", self._place, timeout=_PATIENCE) as answer:
            if answer.status_code != 200:
                raise PermanentFailure(f"the calendar's server answers {answer.status_code}")
            body = b""
            for chunk in answer.iter_bytes():
                body = _small(body + chunk)
                if time.monotonic() > until:
                    raise TimeoutError
            return body

    def _moment(self, text: str) -> datetime:
        moment = datetime.fromisoformat(text)
        return instant(moment, self._zone) if moment.tzinfo is None else moment.astimezone(UTC)


def _do(fetch: Callable[[], bytes], fetched: Future[bytes]) -> None:
    try:
        fetched.set_result(fetch())
    except Exception as exc:  # noqa: BLE001 - raised where it is waited for
        fetched.set_exception(exc)


def _small(body: bytes) -> bytes:
    if len(body) > _MOST_BYTES:
        raise PermanentFailure(f"the calendar is larger than {_MOST_BYTES} bytes")
    return body


def _unfolded(body: bytes, begin: datetime, end: datetime) -> list[tuple[str, str, str]]:
    # not with the folder it lies in, which holds modules of ours
    program = [sys.executable, "-P", str(_PROGRAM), begin.isoformat(), end.isoformat()]
    limits = [str(_PATIENCE), str(_MOST_SHIFTS + 1)]
    try:
        done = subprocess.run(  # noqa: S603 - ours
            [*program, *limits], input=body, capture_output=True, timeout=_PATIENCE, check=False
        )
    except subprocess.TimeoutExpired:
        raise PermanentFailure(f"the calendar takes longer than {_PATIENCE} seconds to read") from None
    except OSError as exc:
        raise PermanentFailure(f"the calendar cannot be read: {exc.strerror}") from exc
    if done.returncode < 0:  # ended by a limit
        raise PermanentFailure("the calendar takes too much to read")
    if done.returncode:
        kind = done.stderr.decode(errors="replace").strip().rpartition("\n")[2]
        raise PermanentFailure(f"the calendar cannot be read ({kind[:50]})")
    found: list[tuple[str, str, str]] = [tuple(each) for each in json.loads(done.stdout)]
    return found
