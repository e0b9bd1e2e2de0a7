"""The gradients of convolutions are printed as x ⋆ δ and δ ∗ K, and what is printed is right."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from tests.asking import CALLS
from tests.binding.reading import array, read_back
from tests.faults.cases import ask


@dataclass(frozen=True)
class Cut:
    """How a convolution is cut: the size of its kernels says along how many axes."""

    size: tuple[int, ...]
    batch: tuple[int, ...] = ()
    stride: int = 1
    padding: int = 0
    channels: int = 2
    filters: int = 3

    @property
    def source(self) -> str:
        axes = len(self.size)
        lengths = (6, 5)[:axes]
        options = f", stride={self.stride}" if self.stride != 1 else ""
        options += f", padding={self.padding}" if self.padding else ""
        sizes = [(*self.batch, self.channels, *lengths), (self.filters, self.channels, *self.size)]
        return (
            f"param x{list(sizes[0])} ~ normal(0, 1)\nparam K{list(sizes[1])} ~ normal(0, 1)\n"
            f"param b[{self.filters}] ~ normal(0, 1)\n"
            f"c = conv{axes}d(x, K, b{options})\nL = sum(tanh(c)^2)/2"
        )


CUTS = {
    "signals": Cut((2,)),
    "one channel": Cut((3,), channels=1, filters=1),
    "a batch of signals": Cut((2,), batch=(4,)),
    "a batch as deep as an image": Cut((2,), batch=(2,), filters=2),
    "signals, padded": Cut((3,), padding=1),
    "signals, with elements left over": Cut((2,), stride=3),
    "images": Cut((2, 3)),
    "a batch of images": Cut((2, 2), batch=(2,)),
    "images, strided and padded": Cut((3, 2), stride=2, padding=1),
    "a batch, strided": Cut((2, 2), batch=(2,), stride=2),
    "a kernel of one element": Cut((1,)),
    "a kernel as long as the signal": Cut((6,)),
}


def derived(cut: Cut, form: str) -> Any:
    return CALLS["derive"]({"source": cut.source, "form": form})


@pytest.mark.parametrize("name", CUTS)
def test_no_window_is_cut_in_the_gradient(name: str) -> None:
    cut = CUTS[name]
    axes = len(cut.size)
    for form in ("matrix", "shared"):
        found = derived(cut, form)
        texts = {each: formula["text"] for each, formula in found["gradients"].items()}
        assert f"conv{axes}d_weight(x, " in texts["K"]
        assert f"conv{axes}d_input(" in texts["x"]
        for formula in found["gradients"].values():
            assert "patches" not in formula["text"] + formula["latex"]
            assert "reshape" not in formula["text"] + formula["latex"]
        assert r"x \star" in found["gradients"]["K"]["latex"]
        assert r" \ast" in found["gradients"]["x"]["latex"]


@pytest.mark.parametrize("name", CUTS)
def test_the_text_has_backprops_numbers(name: str) -> None:
    source = CUTS[name].source
    found = derived(CUTS[name], "matrix")
    texts = [(f"g_{each}", formula["text"]) for each, formula in found["gradients"].items()]
    for (name, read), each in zip(read_back(source, texts).items(), "xKb", strict=True):
        right = CALLS["evaluate"]({"source": source})["gradients"][each]
        assert read == pytest.approx(array(right), rel=1e-9, abs=1e-12), name


@pytest.mark.parametrize("name", CUTS)
@pytest.mark.parametrize("notation", ["text", "latex"])
def test_what_is_printed_is_right_where_it_is_pasted(name: str, notation: str) -> None:
    source = CUTS[name].source
    for variable, formula in derived(CUTS[name], "matrix")["gradients"].items():
        request = {"source": source, "of": variable, "answer": formula[notation]}
        found = CALLS["compare"](request)
        assert found["equal"] is True, (formula[notation], found)


@pytest.mark.parametrize("name", ["signals", "a batch of signals", "images, strided and padded"])
def test_a_derivation_passes_a_convolution_as_one(name: str) -> None:
    source = CUTS[name].source
    for variable in ("x", "K", "b"):
        found = CALLS["derivation"]({"source": source, "of": variable})
        assert "patches" not in found["text"]
        assert ("convolution: " in found["text"]) == (variable != "b")
        request = {"source": source, "of": variable, "answer": found["conclusion"]["text"]}
        assert CALLS["compare"](request)["equal"] is True


def test_a_zero_of_the_partial_wins_over_what_is_not_finite() -> None:
    """As it does in the pass itself, whatever the windows that it meets hold."""
    source = "param x = [[1, 2, 3, 4]]\nparam K = [[[0.1, -0.2]]]\nz = conv1d(x, K)\n"
    source += "L = sum(z[0, 1:3]^2)"
    asked = {"source": source, "values": {"x": [["Infinity", 2, 3, 4]]}}
    right = CALLS["evaluate"](asked)["gradients"]["K"]
    text = CALLS["derive"]({**asked, "form": "matrix"})["gradients"]["K"]["text"]
    assert text.startswith("2*conv1d_weight(")
    read = CALLS["evaluate"]({**asked, "source": f"{source}\ng = {text}\nM = sum(g)\nminimize M"})
    assert read["values"]["g"] == right


BELOW = (
    "_{2}",
    r"_{\text{stride }0}",
    r"_{\text{padding }-3}",
    "_{9999999999}",
    r"_{\text{foo }2}",
)


@pytest.mark.parametrize("sign", [r"\star", r"\ast", r"\cdot"])
def test_whatever_stands_around_a_sign_has_a_verdict_or_is_refused(sign: str) -> None:
    """Between what are no kernels ∗ is a product, of which two vectors have two."""
    source = CUTS["signals"].source + " + sum(a*b)"
    source = source.replace("c = ", "param a[3] ~ normal(0, 1)\nc = ")
    sides = ("a", "b", "x", "K", "2", r"a^\top", r"\mathbf{1}")
    answers = [f"{left} {sign} {right}" for left in sides for right in sides]
    answers += [f"x {sign}{below} c" for below in BELOW] + [f"c {sign}{below} K" for below in BELOW]
    for answer in answers:
        status, found = ask("POST /compare", {"source": source, "of": "a", "answer": answer})
        assert status in (200, 422), (answer, found)
    request = {"source": source, "of": "a", "answer": r"2 \ast b - b"}
    assert ask("POST /compare", request)[1]["equal"] is True
