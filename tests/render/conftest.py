"""What the tests of drawings share: nothing that was laid out before is remembered. No checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from app.render import layout


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    layout._placed.cache_clear()
    yield
    layout._placed.cache_clear()
