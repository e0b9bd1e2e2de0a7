"""Fixtures every test may ask for: a running service, a browser, a page. Holds no checks.

Nothing of the app is imported here, so a fault in it fails the tests that use it and no others.
"""

from __future__ import annotations

import gc
import os
from collections.abc import Callable, Collection, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

import pytest
from hypothesis import HealthCheck, settings

from tests import disturbed
from tests.chromium import find
from tests.service import running
from tests.waiting import PATIENCE

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, Page


# How long an example takes is the machine's matter.
settings.register_profile("backstep", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("backstep")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark every test that asks for a Chromium, so that `-m "not browser"` leaves them out."""
    for item in items:
        if "chromium_path" in getattr(item, "fixturenames", ()):
            item.add_marker(pytest.mark.browser)


def pytest_collection_finish() -> None:
    """Look for garbage seldom, and not among what is there for good.

    SymPy's tables and seven thousand tests are looked through in a third of a second, each time.
    """
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def tally(
    record_property: Callable[[str, object], None],
) -> Callable[[int, Collection[str]], None]:
    """Told how many faults a test has planted, and which of them nothing caught."""

    def tell(planted: int, survived: Collection[str]) -> None:
        # Kept in the test's report, which comes from whichever process it ran in.
        record_property("planted faults", planted)
        record_property("survived", len(survived))

    return tell


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Say how many of all planted faults were caught."""
    reports = [each for kind in ("passed", "failed") for each in terminalreporter.getreports(kind)]
    told = [pair for report in reports for pair in report.user_properties]
    planted = sum(count for name, count in told if name == "planted faults")
    caught = planted - sum(count for name, count in told if name == "survived")
    if planted:
        rate = f"{100 * caught / planted:.4g} %"
        terminalreporter.write_line(f"planted faults: {caught} of {planted} caught ({rate})")


def lacking(reason: str) -> NoReturn:
    """Skip on a developer's machine, fail where CI is set: there nothing may go unchecked."""
    if os.environ.get("CI", "").lower() in ("", "0", "false"):
        pytest.skip(reason)
    pytest.fail(f"{reason} (CI is set, so this is a failure and not a skip)")


@pytest.fixture(scope="session")
def chromium_path() -> Path:
    """The Chromium to test with."""
    path = find()
    if path is None:
        lacking("no Chromium: install one, name it in $CHROMIUM, or `playwright install chromium`")
    return path


class Running:
    """One Chromium for browser tests in a row, ended before a test of another kind.

    While Playwright's synchronous face is open, its event loop counts as running in this thread,
    and a test that calls asyncio.run would fail.
    """

    def __init__(self) -> None:
        self._open = ExitStack()
        self._browser: Browser | None = None
        self.wanted = True

    def browser(self, path: Path) -> Browser:
        """The Chromium at the path, started where it does not run."""
        from playwright.sync_api import Error, expect, sync_playwright

        if self._browser is not None and self._browser.is_connected():
            return self._browser
        self.end()
        play = self._open.enter_context(sync_playwright())
        try:
            self._browser = play.chromium.launch(
                executable_path=path,
                args=["--no-sandbox", "--disable-gpu"],
                **disturbed.launch_options(),
            )
        except Error as error:
            self.end()
            lacking(f"{path} does not start: {error.message.splitlines()[0]}")
        self._open.callback(self._browser.close)
        expect.set_options(timeout=PATIENCE * 1000)
        return self._browser

    def end(self) -> None:
        """End it, and Playwright with it."""
        self._browser = None
        self._open.close()


RUNNING = Running()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_teardown(nextitem: pytest.Item | None) -> Iterator[None]:
    """End Chromium where the next test has no use for it, once its pages are closed."""
    RUNNING.wanted = "chromium_path" in getattr(nextitem, "fixturenames", ())
    try:
        yield
    finally:
        if not RUNNING.wanted:
            RUNNING.end()


def pytest_sessionfinish() -> None:
    """End Chromium where a run was broken off."""
    RUNNING.end()


@pytest.fixture(scope="module")
def browser(chromium_path: Path) -> Iterator[Browser]:
    """A running Chromium; where no test is left for it, ended before what a session shares."""
    yield RUNNING.browser(chromium_path)
    if not RUNNING.wanted:
        RUNNING.end()


@pytest.fixture(scope="module")
def new_context(browser: Browser) -> Iterator[Callable[..., BrowserContext]]:
    """Makes a reader's browser, with the options of Playwright's own, closed after the file.

    What a test waits for is a state, and all wait as long: on a machine that is busy, too.
    """
    with ExitStack() as opened:

        def made(**options: Any) -> BrowserContext:
            context = browser.new_context(**{"locale": "en-US", **options})
            opened.callback(context.close)
            context.set_default_timeout(PATIENCE * 1000)
            disturbed.disturb(context)
            return context

        yield made


@pytest.fixture
def complaints() -> list[str]:
    """What the test's `page` wrote as errors and warnings, and every script that failed in it."""
    return []


@pytest.fixture
def page(
    new_context: Callable[..., BrowserContext], server: str, complaints: list[str]
) -> Iterator[Page]:
    """A fresh page of the running service: `page.goto("/")`, then `assert complaints == []`."""
    context = new_context(base_url=server)
    page = context.new_page()
    page.on(
        "console",
        lambda said: (
            complaints.append(f"{said.type}: {said.text}")
            if said.type in ("error", "warning")
            else None
        ),
    )
    page.on("pageerror", lambda error: complaints.append(f"script: {error}"))
    yield page
    context.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of the real service, started on a free port in a process of its own.

    Its answers are held against what is declared, see tests/checked. A machine may be slow, and a
    job takes more of its processor's time when others run beside it: jobs have four times theirs.
    """
    log = tmp_path_factory.mktemp("server") / "log.txt"
    patient = {"BACKSTEP_JOB_SECONDS": "8", "BACKSTEP_JOB_WALL_SECONDS": "120"}
    with running(log, env=os.environ | patient, module="tests.checked") as address:
        yield address
