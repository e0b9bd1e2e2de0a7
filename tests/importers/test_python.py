"""Pasted Python: its definition has the loss and the gradients that the text itself computes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from backstep.importers.python import from_python
from backstep.lang.compile.compiler import compile_text
from backstep.network import Network
from tests.importers.snippet import Snippet
from tests.importers.snippets import SNIPPETS

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "python.json"
KNOWN: dict[str, Any] = json.loads(RECORDED.read_text())


@pytest.mark.parametrize("each", SNIPPETS, ids=lambda each: each.name)
def test_a_text_of_a_tutorial_has_its_own_loss_and_gradients(each: Snippet) -> None:
    found = from_python(each.text)
    known = KNOWN[each.name]
    declared = {leaf.name: leaf for leaf in compile_text(found.source).leaves}
    values = {name: value for name, value in known["values"].items() if name in declared}
    named = {f"{name}_": value for name, value in known["values"].items() if f"{name}_" in declared}
    assert len(values) + len(named) == len(each.values), found.source
    result = Network(found.source).evaluate({**values, **named})
    assert float(result.loss.value) == pytest.approx(known["loss"], rel=1e-8, abs=1e-12)
    for name, gradient in known["gradients"].items():
        expected = np.asarray(gradient)
        computed = np.asarray(result.gradients[name])
        assert computed.shape == expected.shape, name
        np.testing.assert_allclose(computed, expected, rtol=1e-7, atol=1e-10, err_msg=name)
    for name, role in each.roles.items():
        assert declared[name].role == role, found.source
