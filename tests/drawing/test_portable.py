"""A picture that stands alone looks alike in programs that are no browsers."""

from __future__ import annotations

import re
from xml.etree import ElementTree
from xml.etree.ElementTree import Element

import pytest

from backstep.binding.bind import bind
from backstep.drawing import cascade
from backstep.drawing import portable as maker
from backstep.drawing.answer import drawn, plain_svg, portable_svg
from backstep.drawing.cascade import Cascade, Mark, Theme, _rules
from backstep.drawing.paths import commands, matrix
from backstep.drawing.portable import portable
from backstep.drawing.text_lines import text_lines
from backstep.drawing.typefaces import BOX, SYSTEM, shipped
from backstep.examples import EXAMPLES
from backstep.walk import Zoom
from backstep.walk.walk_for import walk_for
from tests.drawing import looking

SHIPPED = {example.id: example.source for example in EXAMPLES}
OPENED = """\
input x = 2
param w = 1.5e-9
h = tanh(w*x)
L = where(h < 1, h^2, h) + 3e-7*w
"""
PICTURES: dict[str, tuple[str, Zoom, int | None, Theme]] = {
    "forward": (SHIPPED["softmax-layer"], "tensor", 9, "light"),
    "backward": (SHIPPED["convolution-2d"], "block", None, "dark"),
    "powers": (OPENED, "tensor", 14, "light"),
}
GROUND: dict[Theme, str] = {"light": "#ffffff", "dark": "#171a21"}


def svg(name: str) -> str:
    source, zoom, step, theme = PICTURES[name]
    found = walk_for(bind(source), zoom, fold=True)
    return portable_svg(found, drawn(found, step=step), theme)


def parsed(text: str) -> Element:
    return ElementTree.fromstring(re.sub(' xmlns="[^"]*"', "", text, count=1))


@pytest.mark.parametrize("name", PICTURES)
def test_nothing_is_left_to_a_style_sheet(name: str) -> None:
    text = svg(name)
    left_out = (
        "<style",
        "class=",
        " style=",
        "var(",
        "light-dark",
        "marker",
        "url(",
        "<svg",
        "<use",
    )
    assert [each for each in left_out if each in text[4:]] == []
    picture = parsed(text)
    known = {"svg", "g", "title", "rect", "circle", "path", "text", "tspan"}
    assert {each.tag for each in picture.iter()} <= known
    colours = {
        each.attrib[kind]
        for each in picture.iter()
        for kind in ("fill", "stroke")
        if kind in each.attrib
    }
    assert all(re.fullmatch("none|#[0-9a-f]{6}", each) for each in colours)


@pytest.mark.parametrize(
    "name",
    [pytest.param(name, marks=[pytest.mark.slow] if name != "powers" else []) for name in PICTURES],
)
def test_renderers_agree_and_each_text_has_ink(name: str) -> None:
    theme = PICTURES[name][3]
    text = svg(name)
    picture = parsed(text)
    images = {by: looking.rendered(text, by, GROUND[theme]) for by in looking.renderers()}
    if len(images) < 2:
        pytest.skip("only one renderer is here")
    for by, image in images.items():
        bare = [
            each[0] for each in looking.texts(picture) if not looking.has_ink(image, picture, each)
        ]
        assert bare == [], by
    (first, reference), *others = images.items()
    for by, image in others:
        blocks = looking.apart(image, reference)
        # Edges drift further apart in a typeface that is wider than Arial, where that is missing.
        assert blocks.max() < 120, (first, by)
        assert blocks.mean() < 2.2, (first, by)


def test_a_text_that_is_not_drawn_is_seen() -> None:
    text = svg("forward")
    picture = parsed(text)
    blank = looking.rendered(re.sub("<text.*?</text>", "", text), "resvg", "#ffffff")
    found = [looking.has_ink(blank, picture, each) for each in looking.texts(picture)]
    assert not any(found[:5])


def test_every_declaration_of_the_sheet_has_a_meaning_here() -> None:
    known = maker._KEPT | maker._TAKEN | maker._LEFT
    assert {name for rule in _rules() for name in rule.declarations} <= known


def test_a_property_that_is_not_known_is_no_silent_loss() -> None:
    with pytest.raises(ValueError, match="filter"):
        maker._attributes({"filter": "blur(2px)"})


class TestCascade:
    """What holds for an element is what a browser would find."""

    def of(self, *marks: Mark, theme: Theme = "light") -> dict[str, str]:
        return dict(Cascade(theme, SYSTEM.properties).of(marks))

    def test_themes(self) -> None:
        chain = (Mark("svg", frozenset({"graph"})), Mark("g", frozenset({"node"})))
        value = Mark("text", frozenset({"value"}))
        assert self.of(*chain, value)["fill"] == "#006399"
        assert self.of(*chain, value, theme="dark")["fill"] == "#6cc0f0"

    def test_more_classes_prevail_over_later_rules(self) -> None:
        graph = Mark("svg", frozenset({"graph", "is-stepping-backward"}))
        node = Mark("g", frozenset({"node", "kind-param", "is-current"}))
        shape = Mark("rect", frozenset({"shape"}))
        found = self.of(graph, node, shape)
        assert (found["fill"], found["stroke"], found["stroke-width"]) == (
            "#fdeee3",
            "#d55e00",
            "2.4",
        )

    def test_more_classes_prevail_over_a_rule_after_them(
        self, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        sheet = ".a .b.c { fill: #111111; } .a .b { fill: #222222; stroke: none; }"
        monkeypatch.setattr(cascade, "sheet", lambda: sheet)
        _rules.cache_clear()
        try:
            found = self.of(Mark("g", frozenset({"a"})), Mark("path", frozenset({"b", "c"})))
        finally:
            _rules.cache_clear()
        assert found == {"fill": "#111111", "stroke": "none"}

    def test_attributes_and_choices(self) -> None:
        graph = Mark("svg", frozenset({"graph"}), (("data-direction", "TB"),))
        local = (Mark("g", frozenset({"edge"})), Mark("text", frozenset({"local"})))
        assert self.of(graph, *local)["text-anchor"] == "start"
        heat = Mark("svg", frozenset({"heat", "partial"}))
        found = self.of(heat, Mark("path", frozenset({"up-2"})))
        assert found == {"fill": "#d55e00", "fill-opacity": "0.34"}


def test_a_line_in_several_typefaces_is_as_wide_as_its_parts() -> None:
    found = walk_for(bind(OPENED), "tensor")
    picture = parsed(portable_svg(found, drawn(found)))
    lines = [each for each in picture.iter("text") if len(each)]
    assert lines
    for line in lines:
        places = [float(part.get("x", "nan")) for part in line]
        assert places == sorted(places)
        assert all(part.text == (part.text or "").lstrip() for part in line)


def test_parts_of_a_line_stand_where_their_widths_put_them() -> None:
    """About the middle, with the space before a part as a distance."""
    given = {"x": "100", "y": "20", "font-size": "10", "text-anchor": "middle"}
    given |= {"font-family": SYSTEM.properties["--mathematics"]}
    (line,) = text_lines("a ⊙ b", given, [], SYSTEM)
    widths = [SYSTEM.width("a ", 10, "serif"), SYSTEM.width("⊙", 10, "signs")]
    widths += [SYSTEM.width(" ", 10, "serif"), SYSTEM.width("b", 10, "serif")]
    start = 100 - sum(widths) / 2
    places = [float(part.get("x", "nan")) for part in line]
    wanted = [start, start + widths[0], start + sum(widths[:3])]
    assert places == pytest.approx(wanted, abs=0.051)
    assert [part.text for part in line] == ["a ", "⊙", "b"]


def test_what_is_not_shown_is_left_out() -> None:
    found = walk_for(bind(SHIPPED["toy-neuron"]))
    backward = Cascade("light", {}).literal("var(--partial)")
    assert backward not in portable_svg(found, drawn(found, step=0))
    assert backward in portable_svg(found, drawn(found))


@pytest.mark.parametrize("line", ["M0 0C1 1 2 2 10 4", "M5 5L5 -3", "M1 1L4 4 4 4"])
def test_an_arrowhead_begins_at_its_line_s_end(line: str) -> None:
    head = maker._arrowhead(line, "M0 1L7.5 4L0 7Z", 1.25, "#000000")
    a, b, c, d, e, f = matrix(head.get("transform", ""))
    *_, before, end = commands(line)
    x, y = end[1][-2:]
    assert (a * 0.5 + c * 4 + e, b * 0.5 + d * 4 + f) == pytest.approx((x, y), abs=1e-3)
    if len(set(end[1])) > 1 and line != "M1 1L4 4 4 4":
        ahead = end[1][-4:-2] if len(end[1]) > 2 else before[1]
        assert (a * (y - ahead[1])) == pytest.approx(b * (x - ahead[0]), abs=1e-3)


def test_a_character_that_no_shipped_typeface_has_is_a_box() -> None:
    found = walk_for(bind("param 权 = 2\nL = 权^2"))
    picture = portable(plain_svg(found, drawn(found)), "light", shipped())
    said = "".join(each.text or "" for each in picture.iter() if each.tag in ("text", "tspan"))
    assert BOX in said
    assert "权" not in said
    assert "权" in portable_svg(found, drawn(found))
