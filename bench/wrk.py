"""wrk as a load: as many posts as some connections carry, each with a body of its own."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

from bench.alerts import alert
from bench.hubs import HEADERS

_PLACE = "@@@"

#: Bodies are cut where the event's name stands; each thread counts on its own.
_SCRIPT = """
local threads = 0
function setup(thread) thread:set("id", threads); threads = threads + 1 end
local parts, headers, n, status = {parts}, {headers}, 0, {{}}
function request()
  n = n + 1
  return wrk.format("POST", nil, headers, table.concat(parts, string.format("{prefix}x%dx%d", id, n)))
end
function done(summary, latency, requests)
  local errors = summary.errors
  io.write(string.format('{{"requests": %d, "us": %d, "refused": %d, "broken": %d, "p50": %d, "p99": %d}}\\n',
    summary.requests, summary.duration, errors.status,
    errors.connect + errors.read + errors.write + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
"""


@dataclass(frozen=True)
class Load:
    """What wrk saw; times are seconds."""

    answered: int
    per_second: float
    refused: int
    broken: int
    p50: float
    p99: float


def post(url: str, folder: Path, *, connections: int, seconds: float, prefix: str = "") -> Load:
    """Post alerts to *url*, each with *prefix* in its name, and return what came of it."""
    script = folder / "post.lua"
    script.write_text(
        _SCRIPT.format(
            parts=_lua_list(alert(_PLACE).decode().split(_PLACE)),
            headers="{" + ", ".join(f"[{json.dumps(k)}] = {json.dumps(v)}" for k, v in HEADERS.items()) + "}",
            prefix=prefix,
        )
    )
    command: list[str | Path] = [
        "wrk",
        "-t1",
        f"-c{connections}",
        f"-d{seconds:g}s",
        "--timeout",
        "20s",
        "-s",
        script,
        url,
    ]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    seen = json.loads(done.stdout.splitlines()[-1])
    return Load(
        answered=seen["requests"] - seen["refused"],
        per_second=(seen["requests"] - seen["refused"]) / (seen["us"] / 1e6),
        refused=seen["refused"],
        broken=seen["broken"],
        p50=seen["p50"] / 1e6,
        p99=seen["p99"] / 1e6,
    )


def _lua_list(parts: list[str]) -> str:
    return "{" + ", ".join(f"[==[{part}]==]" for part in parts) + "}"
