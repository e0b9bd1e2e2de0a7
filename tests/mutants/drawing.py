"""Faults in pictures as files: their sheet, their texts, their forms."""

from __future__ import annotations

from tests.mutants.runner import Planted

_CASCADE = "backstep/drawing/cascade.py"
_PORTABLE = "backstep/drawing/portable.py"
_LINES = "backstep/drawing/text_lines.py"
_TEST = "tests/drawing/test_portable.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "later rules prevail over more special ones",
        _CASCADE,
        "key=lambda rule: rule.specificity",
        "key=lambda rule: 0",
        (f"{_TEST}::TestCascade",),
    ),
    Planted(
        "a dark picture in light colours",
        _CASCADE,
        'side = 1 if self._theme == "light" else 2',
        "side = 1",
        (f"{_TEST}::TestCascade",),
    ),
    Planted(
        "a rule held by an element beside, not around",
        _CASCADE,
        "around = iter(reversed(chain[:-1]))",
        "around = iter(chain[:-1])",
        (f"{_TEST}::TestCascade",),
    ),
    Planted(
        "what is not shown drawn",
        _PORTABLE,
        'style.get("display") == "none" or',
        'style.get("display") == "nothing" or',
        (f"{_TEST}::test_what_is_not_shown_is_left_out",),
    ),
    Planted(
        "an arrowhead beside its line",
        _PORTABLE,
        "x - 0.5 * cos + 4 * sin",
        "x - 0.5 * cos - 4 * sin",
        (f"{_TEST}::test_an_arrowhead_begins_at_its_line_s_end",),
    ),
    Planted(
        "a space before a part lost",
        _LINES,
        "moved + gap,",
        "moved,",
        (f"{_TEST}::test_parts_of_a_line_stand_where_their_widths_put_them",),
    ),
    Planted(
        "a line begun at its middle",
        _LINES,
        '"middle": wide / 2',
        '"middle": 0.0',
        (f"{_TEST}::test_parts_of_a_line_stand_where_their_widths_put_them",),
    ),
    Planted(
        "a character that no font has left out",
        "backstep/drawing/typefaces.py",
        "        if self.complete:",
        "        if not self.complete:",
        (f"{_TEST}::test_a_character_that_no_shipped_typeface_has_is_a_box",),
    ),
    Planted(
        "arrows of DOT that never turn back",
        "backstep/drawing/dot.py",
        ', "dir": "back"',
        "",
        ("tests/drawing/test_dot.py::test_the_state_at_the_step_is_in_colours_and_arrows",),
    ),
    Planted(
        "a quote in DOT that ends its text",
        "backstep/drawing/dot.py",
        """.replace('"', '\\\\"')""",
        "",
        ("tests/drawing/test_dot.py::test_any_text_stays_text",),
    ),
    Planted(
        "a text of TikZ not escaped",
        "backstep/export/tikz.py",
        "else tex.text(plain)",
        "else plain",
        ("tests/export/test_tikz.py::test_texts_are_escaped",),
    ),
    Planted(
        "exported lines that agree whatever they give",
        "backstep/export/numpy_run.py",
        "worst <= TOLERANCE",
        "worst >= 0.0",
        ("tests/export/test_numpy_run.py::test_a_line_that_is_wrong_is_seen",),
    ),
    Planted(
        "a PNG of any size",
        "backstep/drawing/png.py",
        "measured > LIMITS.picture_pixels",
        "measured > 100 * LIMITS.picture_pixels",
        ("tests/drawing/test_files.py::test_too_many_pixels_are_refused_with_a_scale_that_fits",),
    ),
)
