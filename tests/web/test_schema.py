"""Frozen dataclasses as the schema that is published: closed, described, with their examples."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import pytest
from numpy.typing import NDArray
from pydantic import TypeAdapter, ValidationError

from app.api.schema import model, model_of


@dataclass(frozen=True, slots=True)
class Leaf:
    """A leaf."""

    kind: Literal["leaf"]
    name: str | None
    """Of an element, such as `W1[0,2]`."""
    sizes: Sequence[int]
    """Such as `[2, 3]`."""
    pass_: bool
    """Whether it is passed."""


@dataclass(frozen=True, slots=True)
class Tree:
    """A tree."""

    kind: Literal["tree"]
    parts: Sequence[Tree]
    value: NDArray[np.float64]
    texts: NDArray[np.object_] | None
    """Such as `2*x`."""


@dataclass(frozen=True, slots=True)
class Forest:
    """Some of both."""

    first: Tree | Leaf | None
    rest: Mapping[str, Tree | Leaf]


@dataclass(frozen=True, slots=True)
class Foreign:
    """What JSON has no form for."""

    what: complex


LEAF = {"kind": "leaf", "name": None, "sizes": [1], "pass": True}
TREE = {"kind": "tree", "parts": [], "value": [[1.0, "NaN"]], "texts": ["x", "y"]}


def test_a_field_has_its_words_and_the_example_in_them() -> None:
    schema = model_of(Leaf).model_json_schema()
    fields = schema["properties"]
    assert (schema["description"], schema["additionalProperties"]) == ("A leaf.", False)
    assert fields["name"]["description"] == "Of an element, such as `W1[0,2]`."
    assert fields["name"]["examples"] == ["W1[0,2]"]
    assert fields["sizes"]["examples"] == [[2, 3]]
    assert model_of(Tree).model_json_schema()["$defs"]["Tree"]["properties"]["texts"][
        "examples"
    ] == ["2*x"]


def test_a_field_that_python_has_a_word_for_is_sent_without_its_mark() -> None:
    assert set(model_of(Leaf).model_json_schema()["required"]) == {"kind", "name", "sizes", "pass"}


@pytest.mark.parametrize(
    "wrong",
    [
        {**LEAF, "more": 1},
        {key: each for key, each in LEAF.items() if key != "name"},
        {**LEAF, "sizes": [1.5]},
        {**TREE, "parts": [LEAF]},
        {**TREE, "value": "nan"},
        {**TREE, "kind": "bush"},
    ],
    ids=["unknown", "missing", "not whole", "of another kind", "no number", "no kind"],
)
def test_what_is_not_of_the_class_is_refused(wrong: Any) -> None:
    sent = TypeAdapter(model(Tree | Leaf))
    for right in (LEAF, TREE, {**TREE, "parts": [TREE]}):
        sent.validate_python(right)
    with pytest.raises(ValidationError):
        sent.validate_python(wrong)


def test_a_union_is_told_apart_by_the_word_that_each_has_of_its_own() -> None:
    fields = model_of(Forest).model_json_schema()["properties"]
    assert fields["rest"]["additionalProperties"]["discriminator"]["propertyName"] == "kind"
    assert [each.get("type") for each in fields["first"]["anyOf"]] == [None, "null"]


def test_a_type_without_a_form_in_json_is_refused() -> None:
    with pytest.raises(TypeError, match="complex"):
        model_of(Foreign)
