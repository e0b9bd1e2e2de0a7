"""What the tests of drawings share: nothing that was laid out before is remembered. No checks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from backstep.layout import positions


@pytest.fixture(autouse=True)
def nothing_remembered() -> Iterator[None]:
    positions._placed_by.cache_clear()
    yield
    positions._placed_by.cache_clear()
