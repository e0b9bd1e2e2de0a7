"""Plots: their ticks, their range, what leaves the picture, and the words beside them."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

import pytest

from backstep.drawing.plot import HEIGHT, MOST, WIDTH, Curve, plot, ticks

SVG = "{http://www.w3.org/2000/svg}"
LINE = Curve((((-4.0, -4.0), (4.0, 4.0)),))
FLAT = Curve((((-4.0, 1.0), (4.0, 1.0)),))


def drawn(value: Curve, derivative: Curve) -> ET.Element:
    return ET.fromstring(plot("f", (-4.0, 4.0), value, derivative))


def path(picture: ET.Element, role: str) -> str:
    line = picture.find(f"{SVG}g[@class='plot-{role}']/{SVG}path")
    assert line is not None
    return line.attrib["d"]


@pytest.mark.parametrize(
    ("within", "expected"),
    [
        ((-4, 4), [-4, -2, 0, 2, 4]),
        ((-0.06, 1.06), [0, 0.5, 1]),
        ((0, 4.2), [0, 1, 2, 3, 4]),
        ((-0.01, 0.26), [0, 0.1, 0.2]),
    ],
)
def test_ticks_are_round(within: tuple[float, float], expected: list[float]) -> None:
    assert ticks(within) == pytest.approx(expected)


def test_both_curves_are_drawn_with_what_they_are() -> None:
    picture = drawn(LINE, FLAT)
    assert path(picture, "value").count("L") == path(picture, "partial").count("L") == 1
    assert path(picture, "value") != path(picture, "partial")


def test_a_gap_is_a_new_piece_of_the_path() -> None:
    broken = Curve((((-4.0, 0.0), (0.0, 0.0)), ((0.0, 1.0), (4.0, 1.0))), ((0.0, 0.0),), ((0, 1),))
    picture = drawn(broken, FLAT)
    assert path(picture, "value").count("M") == 2
    assert len(picture.findall(f".//{SVG}circle[@class='plot-closed']")) == 1
    assert len(picture.findall(f".//{SVG}circle[@class='plot-open']")) == 1


def test_a_single_point_is_no_line() -> None:
    alone = Curve((((0.0, 1.0),),), ((0.0, 1.0),))
    assert path(drawn(alone, FLAT), "value") == ""


def test_large_values_leave_the_picture_and_stay_small_figures() -> None:
    picture = drawn(Curve((((-4.0, 0.0), (4.0, 1e300)),)), FLAT)
    assert all(
        abs(float(number)) < 10 * HEIGHT
        for number in re.findall(r"-?\d+\.?\d*", path(picture, "value"))
    )
    shown = [text.text for text in picture.iter(f"{SVG}text")]
    assert f"{MOST:g}" in shown
    assert f"{MOST * 2:g}" not in shown
    assert "∞" in (picture.findtext(f"{SVG}desc") or "")
    line = picture.find(f"{SVG}g[@class='plot-value']/{SVG}path")
    clip = picture.find(f"{SVG}clipPath")
    assert line is not None
    assert clip is not None
    assert line.attrib["clip-path"] == f"url(#{clip.attrib['id']})"


def test_it_says_what_it_shows() -> None:
    picture = drawn(LINE, FLAT)
    names = [picture.find(f"{SVG}{tag}") for tag in ("title", "desc")]
    assert picture.attrib["role"] == "img"
    assert [picture.attrib[f"aria-{what}"] for what in ("labelledby", "describedby")] == [
        part.attrib["id"] for part in names if part is not None
    ]
    assert [part.text for part in names if part is not None] == [
        "f and its derivative",
        "From −4 to 4 the value runs between −4 and 4 and the derivative is 1.",
    ]
    assert picture.attrib["viewBox"] == f"0 0 {WIDTH} {HEIGHT}"


def test_no_style_is_written_into_it() -> None:
    assert "style" not in plot("f", (-4.0, 4.0), LINE, FLAT)
