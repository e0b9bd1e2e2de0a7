"""What a worker can do beyond computing: nothing, where the kernel is Linux of 2021 or later."""

from __future__ import annotations

from collections.abc import AsyncIterator

import orjson
import pytest

from app.jobs import confinement
from app.jobs.pool import Pool
from app.jobs.pool_records import Work
from tests.jobs.confined import NEEDED, TRIED
from tests.waiting import becomes

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def anyio_backend() -> str:
    return "asyncio"


@pytest.fixture(scope="module")
async def confined(anyio_backend: str) -> AsyncIterator[Pool]:
    pool = Pool("tests.jobs.confined:CALLS", workers=1)
    await pool.start()
    await becomes(lambda: pool.state().ready == 1)
    yield pool
    await pool.stop()


async def asked(pool: Pool, what: str) -> str:
    told: str = orjson.loads((await pool.run(Work("tried", what.encode()))).body)
    return told


async def test_a_worker_can_do_nothing_but_compute(confined: Pool) -> None:
    if confinement.PART in confined.state().degraded:
        pytest.skip("this system has no Landlock or no seccomp")
    told = {what: await asked(confined, what) for what in TRIED}
    assert {
        what: said for what, said in told.items() if said not in ("PermissionError", "URLError")
    } == {}


async def test_a_worker_can_do_what_it_needs(confined: Pool) -> None:
    told = {what: await asked(confined, what) for what in NEEDED}
    assert {what: said for what, said in told.items() if not said.startswith("done: ")} == {}


async def test_the_health_says_where_the_kernel_has_less(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("platform.machine", lambda: "vax")
    monkeypatch.setattr("resource.setrlimit", lambda *_: None)
    assert confinement.confine() == [confinement.PART]


@pytest.mark.parametrize("machine", confinement._MACHINES.values())
def test_a_filter_is_well_formed(machine: confinement._Machine) -> None:
    for writes in (False, True):
        program = list(confinement._program(machine, writes, writes, 4242))
        assert {len(part) for part in program} == {8}
        assert len(program) < 4096
        jumps = [(part[2], part[3]) for part in program]
        ends = [place + 1 + max(far) for place, far in enumerate(jumps)]
        assert max(ends) <= len(program)
