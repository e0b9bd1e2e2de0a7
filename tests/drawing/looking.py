"""Pictures rendered by programs that are no browsers, and where they must have ink."""

from __future__ import annotations

import io
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from xml.etree.ElementTree import Element

import numpy as np
import numpy.typing as npt
from PIL import Image

Pixels = npt.NDArray[np.int16]
SCALE = 1.5


def pixels(png: bytes, ground: str) -> Pixels:
    """Height × width × 3, on a ground of this colour."""
    with Image.open(io.BytesIO(png)) as image:
        layer = image.convert("RGBA")
    below = Image.new("RGBA", layer.size, ground)
    below.alpha_composite(layer)
    return np.asarray(below.convert("RGB"), dtype=np.int16)


def renderers() -> Iterator[str]:
    """The renderers that are here."""
    yield "resvg"
    try:
        import cairosvg  # noqa: F401
    except OSError:  # its library is the system's
        pass
    else:
        yield "cairosvg"
    if shutil.which("rsvg-convert"):
        yield "librsvg"


def rendered(svg: str, by: str, ground: str) -> Pixels:
    """The picture, `SCALE` pixels for each of its own."""
    if by == "resvg":
        from resvg_py import svg_to_bytes

        # A machine may have no Arial and no Times: resvg asks no one what stands for them.
        png = bytes(
            svg_to_bytes(
                svg,
                zoom=SCALE,
                serif_family=_standing_for("serif"),
                sans_serif_family=_standing_for("sans-serif"),
            )
        )
    elif by == "cairosvg":
        import cairosvg

        png = cairosvg.svg2png(svg.encode(), scale=SCALE)
    else:
        command = ["rsvg-convert", "--zoom", str(SCALE)]
        png = subprocess.run(command, input=svg.encode(), capture_output=True, check=True).stdout
    return pixels(png, ground)


def _standing_for(family: str) -> str | None:
    """The typeface that the system has for a family, which other programs take."""
    match = shutil.which("fc-match")
    if match is None:
        return None
    command = [match, "--format", "%{family[0]}", family]
    return subprocess.run(command, capture_output=True, text=True, check=True).stdout or None


def apart(one: Pixels, other: Pixels) -> npt.NDArray[np.float64]:
    """How far blocks of 12 by 12 pixels are apart, which forgives edges that are smoothed
    otherwise. A picture may be a pixel larger where its size is no whole number."""
    assert np.abs(np.subtract(one.shape, other.shape)).max() <= 2
    high, wide = (min(pair) // 12 * 12 for pair in zip(one.shape[:2], other.shape[:2], strict=True))
    far = np.abs(one[:high, :wide] - other[:high, :wide]).mean(axis=2)
    blocks: npt.NDArray[np.float64] = far.reshape(high // 12, 12, wide // 12, 12).mean(axis=(1, 3))
    return blocks


def texts(
    picture: Element, at: tuple[float, float] = (0.0, 0.0), style: Mapping[str, str] | None = None
) -> Iterator[tuple[str, float, float, float, str]]:
    """Every text: itself, the left and right it may reach, its baseline, its colour."""
    style = {} if style is None else style
    for each in picture:
        own = {**style, **each.attrib}
        x, y = at
        moved = each.get("transform", "")
        if moved.startswith("translate"):
            across, down = moved[10:-1].split()
            x, y = x + float(across), y + float(down)
        if each.text and each.text.strip() and each.tag in ("text", "tspan"):
            size = float(own["font-size"])
            reach = size * len(each.text)
            left = {"start": 0.0, "middle": -reach / 2, "end": -reach}[
                each.get("text-anchor", "start")
            ]
            place = x + float(each.get("x", "0")) + left
            yield each.text, place, place + reach, y + float(each.get("y", "0")), own["fill"]
        yield from texts(each, (x, y), own)


def has_ink(
    image: Pixels,
    picture: Element,
    text: tuple[str, float, float, float, str],
    scale: float = SCALE,
) -> bool:
    """Whether a text's colour, or one near it, is where the text must be."""
    _, left, right, base, colour = text
    corner = [float(each) for each in picture.get("viewBox", "").split()]
    wanted = np.array([int(colour[at : at + 2], 16) for at in (1, 3, 5)])
    rows = slice(round((base - 10 - corner[1]) * scale), round((base + 3 - corner[1]) * scale))
    columns = slice(max(round((left - corner[0]) * scale), 0), round((right - corner[0]) * scale))
    far = np.abs(image[rows, columns] - wanted).sum(axis=2)
    return bool(far.size and far.min() < 240)
