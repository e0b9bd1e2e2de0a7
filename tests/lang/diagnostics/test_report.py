"""A fault as text: the very form that the language's page shows."""

from __future__ import annotations

from backstep.errors import Diagnostic, Span
from backstep.lang.diagnostics.report import format_fault, format_faults


def test_an_unknown_name() -> None:
    source = "\n" * 5 + "u = sigmod(z)"
    hint = "did you mean 'sigmoid'?"
    fault = Diagnostic("unknown_name", "unknown name 'sigmod'", hint, Span(6, 5, 6, 11))
    assert format_fault(source, fault) == (
        "line 6, column 5: unknown name 'sigmod'\n"
        "  6 | u = sigmod(z)\n"
        "    |     ^^^^^^ did you mean 'sigmoid'?"
    )


def test_a_long_message_goes_on_under_its_start() -> None:
    source = "\n" * 8 + "z = W1 @ x + b1"
    fault = Diagnostic(
        "shapes",
        "shapes do not fit: W1 is 3×4, x is 5; '@' needs the last axis of the left (4) to equal "
        "the second-last of the right (of a vector its only one: 5)",
        None,
        Span(9, 5, 9, 11),
    )
    assert format_fault(source, fault) == (
        "line 9, column 5: shapes do not fit: W1 is 3×4, x is 5; '@' needs the last axis of the "
        "left (4) to equal\n"
        "                  the second-last of the right (of a vector its only one: 5)\n"
        "  9 | z = W1 @ x + b1\n"
        "    |     ^^^^^^"
    )


def test_tabs_and_wide_letters_keep_the_caret_in_place() -> None:
    fault = Diagnostic("c", "m", "h", Span(1, 6, 1, 7))
    assert format_fault("\t权 = $", fault).splitlines()[1:] == [
        "  1 | \t权 = $",
        "    | \t     ^ h",
    ]


def test_a_place_past_the_end_and_a_place_of_several_lines() -> None:
    fault = Diagnostic("c", "m", None, Span(1, 4, 1, 5))
    assert format_fault("a =", fault).splitlines()[2] == "    |    ^"
    fault = Diagnostic("c", "m", None, Span(1, 5, 2, 3))
    assert format_fault("a = f(\nb)", fault).splitlines()[2] == "    |     ^^"


def test_a_long_line_is_shown_around_the_place() -> None:
    source = "a = " + "b + " * 100 + "$" + " + c" * 100
    place = source.index("$") + 1
    shown = format_fault(source, Diagnostic("c", "m", "h", Span(1, place, 1, place + 1)))
    _, text, below = shown.splitlines()
    assert len(text) < 120
    assert text[below.index("^")] == "$"


def test_what_moves_the_cursor_is_not_printed() -> None:
    shown = format_fault("a = \x1b[2J\u202e\ud800", Diagnostic("c", "m", None, Span(1, 5, 1, 6)))
    assert shown.splitlines()[1] == "  1 | a = \ufffd[2J\ufffd\ufffd"


def test_several_and_one_without_a_place() -> None:
    faults = [Diagnostic("a", "one", "mend it"), Diagnostic("b", "two")]
    assert format_faults("", faults) == "one (mend it)\n\ntwo"


def test_a_hint_shows_no_character_that_can_not_be_sent() -> None:
    fault = Diagnostic("bracket", "it closes", "write x = [\ud800(]", Span(1, 1, 1, 2))
    assert format_fault("x = [(", fault).encode("utf-8").endswith("write x = [\ufffd(]".encode())
