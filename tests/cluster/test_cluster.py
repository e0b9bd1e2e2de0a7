"""Several machines in one, a load on them, and each kind killed in turn: nothing promised is lost.

`python3 run.py test --cluster` brings the servers and runs this. On busy cores it takes longer, for
which all that is waited for has time.
"""

from __future__ import annotations

import os
import time
from pathlib import Path

import pytest

from tests.cluster.load import Load
from tests.cluster.servers import Machines, found, machines, wait_until

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        "TEST_CLUSTER" not in os.environ, reason="run by `python3 run.py test --cluster`"
    ),
]
START_SECONDS = 300.0
BACK_SECONDS = 180.0
PHASE_SECONDS = 4.0


def killed(there: Machines, name: str, part: str | None) -> float:
    """Kill a server under load, begin it anew, and return the seconds until all is well."""
    there.servers[name].kill()
    if part is not None:
        others = [each for each in ("a", "b") if each != name]
        wait_until(
            lambda: all(part in (there.degraded(each) or ()) for each in others),
            BACK_SECONDS,
            f"the health says {part}",
        )
    time.sleep(PHASE_SECONDS)
    there.servers[name].start()
    return wait_until(there.well, BACK_SECONDS, f"all is well after {name}")


def test_each_part_is_killed_in_turn_and_nothing_is_lost(tmp_path: Path) -> None:
    missing = [name for name in ("redis-server", "haproxy") if found(name) is None]
    assert not missing, f"not installed: {missing}"
    with machines(tmp_path) as there:
        try:
            begun = wait_until(there.well, START_SECONDS, "the first start")
            print(f"\nall began in {begun:.0f} s")
            with Load(there.address) as load:
                time.sleep(PHASE_SECONDS)
                for name, part in (
                    ("worker one", None),
                    ("a", None),
                    ("redis", "shared_answers"),
                    ("scheduler", "cluster"),
                ):
                    seconds = killed(there, name, part)
                    told = dict(load.answered)
                    print(f"{name} killed: well again in {seconds:.0f} s, answered {told}")
            print(f"sweeps gone on with {load.resumed} times")
            assert load.lost == [], "\n".join(load.lost[:40])
            assert all(load.answered[call] > 0 for call in ("evaluate", "check", "sweep"))
            assert load.resumed > 0, "no sweep was cut off by the replica's end"
        except BaseException:
            print("\n".join(server.told() for server in there.servers.values()))
            raise
