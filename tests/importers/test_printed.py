"""Printed arrays as definitions."""

from __future__ import annotations

import numpy as np
import pytest

from backstep.errors import PastedError
from backstep.importers.printed import from_array
from backstep.lang.compile.compiler import compile_text
from backstep.network import Network


def _first(text: str) -> np.ndarray[tuple[int, ...], np.dtype[np.float64]]:
    found = from_array(text)
    name = compile_text(found.source).leaves[0].name
    return np.asarray(Network(found.source).evaluate().values[name])


ARRAYS = (
    np.array([1.62, -0.61]),
    np.array([[1.62434536, -0.61175641], [-0.52817175, -1.07296862]]),
    np.arange(24).reshape(2, 3, 4) - 7,
    np.array([1e-20, 3.5e12, -0.0, 7.0]),
    np.array([True, False, True]),
    np.linspace(-1, 1, 40),
    np.array([[1], [2], [3]]),
)


@pytest.mark.parametrize("array", ARRAYS, ids=str)
def test_what_numpy_prints_is_read_back(array: np.ndarray) -> None:
    with np.printoptions(precision=17):
        for text in (str(array), repr(array), f"x = {array!r}", f">>> x\n{array!r}\n"):
            np.testing.assert_array_equal(_first(text), array.astype(float))


@pytest.mark.parametrize(
    "text",
    [
        "tensor([[ 0.5000, -1.2500],\n        [ 2.0000,  4.0000]], requires_grad=True)",
        "Parameter containing:\ntensor([[0.5, -1.25], [2., 4.]], dtype=torch.float64)",
        "array([[0.5, -1.25],\n       [2.0, 4.0]], dtype=float32)",
        "[[0.5 −1.25]\n [2 4]]",
        "0.5 -1.25\n2 4\n",
        "0.5, -1.25; 2, 4",
        "tensor([[0.5, -1.25], [2, 4]], device='cuda:0', grad_fn=<AddBackward0>)",
        "jnp.array([[0.5, -1.25], [2, 4]])",
    ],
)
def test_other_printed_forms_are_read(text: str) -> None:
    np.testing.assert_array_equal(_first(text), [[0.5, -1.25], [2.0, 4.0]])


def test_several_arrays_keep_their_names_and_roles() -> None:
    found = from_array("W = [[1. 2.]\n [3. 4.]]\nx: [1. 0.]\ny = [0 1]")
    roles = {each.name: each.role for each in compile_text(found.source).leaves}
    assert roles == {"W": "param", "x": "input", "y": "target"}


@pytest.mark.parametrize(
    ("text", "words", "place"),
    [
        ("[ 1.  2. ... 9.]", "left out", (1, 10)),
        ("[[1 2]\n [3]]", "differ in length", (1, 1)),
        ("[1 nan]", "nan", (1, 4)),
        ("[1 2", "not closed", (1, 4)),
        ("[]", "without elements", (1, 2)),
        ("[1 two]", "no number", (1, 4)),
        ("[1+2j 3]", "no number", (1, 3)),
        ("hello", "no number", (1, 1)),
        ("[" * 40, "too deep", (1, 17)),
        ("[1e999]", "no float", (1, 2)),
        ("", "no numbers", None),
    ],
)
def test_what_is_no_array_is_named_with_its_place(
    text: str, words: str, place: tuple[int, int] | None
) -> None:
    with pytest.raises(PastedError) as caught:
        from_array(text)
    (fault,) = caught.value.faults
    assert words in fault.message
    if place is not None:
        assert fault.span is not None
        assert (fault.span.line, fault.span.column) == place
