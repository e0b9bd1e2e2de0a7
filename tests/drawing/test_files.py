"""Pictures as PNG and PDF: their size, their ink, their text, their bounds."""

from __future__ import annotations

import io

import numpy as np
import pypdfium2
import pytest
from PIL import Image

from backstep.binding.bind import bind
from backstep.drawing.answer import drawn
from backstep.drawing.cascade import Theme
from backstep.drawing.paths import commands, matrix
from backstep.errors import LimitError, RequestError
from backstep.examples import EXAMPLES
from backstep.export.pictures import PictureFormat, elements, picture_file
from backstep.walk.walk_for import BoundWalk, walk_for
from tests.drawing import looking

SHIPPED = {example.id: example.source for example in EXAMPLES}
SOURCE = "input x = [1, 2]\nparam W[2, 2] ~ xavier\nz = sigmoid(W @ x)\nL = sum(z)"


@pytest.fixture(scope="module")
def found() -> BoundWalk:
    return walk_for(bind(SOURCE))


def png(found: BoundWalk, theme: Theme = "light", scale: float = 2.0) -> Image.Image:
    file = picture_file(found, "png", theme=theme, scale=scale)
    return Image.open(io.BytesIO(file.body)).convert("RGBA")


def test_a_png_of_the_least_scale_is_a_pixel_high(found: BoundWalk) -> None:
    wide, high = png(found, scale=1e-38).size
    assert wide >= 1 == high


@pytest.mark.parametrize("scale", [0.5, 2.0])
def test_a_png_has_so_many_pixels(found: BoundWalk, scale: float) -> None:
    drawing = elements(found, drawn(found))
    wanted = tuple(float(drawing.get(name, "0")) * scale for name in ("width", "height"))
    assert png(found, scale=scale).size == pytest.approx(wanted, abs=1)


@pytest.mark.parametrize(("theme", "ground"), [("light", (255, 255, 255)), ("dark", (23, 26, 33))])
def test_a_png_has_the_theme_s_ground_and_every_text(
    found: BoundWalk, theme: Theme, ground: tuple[int, ...]
) -> None:
    image = png(found, theme)
    assert image.getpixel((1, 1)) == (*ground, 255)
    picture = elements(found, drawn(found), theme)
    seen = np.asarray(image.convert("RGB"), dtype=np.int16)
    assert all(looking.has_ink(seen, picture, each, 2) for each in looking.texts(picture))


@pytest.mark.parametrize("theme", ["light", pytest.param("dark", marks=pytest.mark.slow)])
def test_a_pdf_is_the_same_picture(found: BoundWalk, theme: Theme) -> None:
    page = pypdfium2.PdfDocument(picture_file(found, "pdf", theme=theme).body)[0]
    wanted = np.asarray(png(found, theme).convert("RGB"), dtype=np.int16)
    seen = np.asarray(page.render(scale=2 / 0.75).to_pil().convert("RGB"), dtype=np.int16)
    blocks = looking.apart(seen, wanted)
    assert blocks.mean() < 2
    assert blocks.max() < 100


def test_a_pdf_s_text_is_text(found: BoundWalk) -> None:
    page = pypdfium2.PdfDocument(picture_file(found, "pdf").body)[0]
    said = page.get_textpage().get_text_range()
    for word in ("param 2×2", "input 2", "‖", "⊤"):
        assert word in said, word


@pytest.mark.parametrize("form", ["svg", "png", "pdf", "tikz", "dot"])
def test_equal_pictures_have_equal_bytes(found: BoundWalk, form: PictureFormat) -> None:
    again = walk_for(bind(SOURCE))
    assert picture_file(found, form).body == picture_file(again, form).body


def test_too_many_pixels_are_refused_with_a_scale_that_fits() -> None:
    found = walk_for(bind(SHIPPED["toy-neuron"]))
    with pytest.raises(LimitError) as raised:
        picture_file(found, "png", scale=16)
    assert raised.value.details["limit"] == "picture_pixels"
    assert "a scale of" in (raised.value.faults[0].hint or "")


@pytest.mark.parametrize("scale", [0.0, -1.0, 16.1, float("nan"), float("inf")])
def test_no_other_scale(found: BoundWalk, scale: float) -> None:
    with pytest.raises(RequestError):
        picture_file(found, "png", scale=scale)


def test_paths_are_read() -> None:
    assert list(commands("M1 2h3v1h-3z M-1.5,2L3 4 5 6C1 1 2 2 3 3")) == [
        ("M", (1, 2)), ("L", (4, 2)), ("L", (4, 3)), ("L", (1, 3)), ("Z", ()),
        ("M", (-1.5, 2)), ("L", (3, 4)), ("L", (5, 6)), ("C", (1, 1, 2, 2, 3, 3)),
    ]  # fmt: skip
    with pytest.raises(ValueError, match="not known"):
        list(commands("M0 0A1 1 0 0 0 1 1"))
    assert matrix("translate(3 -4.5)") == (1, 0, 0, 1, 3, -4.5)
    assert matrix("matrix(1 2 3 4 5 6)") == (1, 2, 3, 4, 5, 6)
