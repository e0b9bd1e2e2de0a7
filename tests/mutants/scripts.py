"""Faults in the page's scripts: figures, tensors, walks, texts, addresses, what is asked when."""

from __future__ import annotations

from tests.mutants.runner import Planted

_TWINS = "tests/js/test_twins.py"
_UNITS = "tests/js/test_scripts.py::test_scripts_without_a_page"
_NUMBERS = (f"{_UNITS}[numbers.test]",)
_WALK = (f"{_UNITS}[walk.test]",)
_TEXTS = (f"{_UNITS}[texts.test]",)
_FORMULAS = (f"{_UNITS}[formulas.test]",)
_SERVICE = (f"{_UNITS}[service.test]",)

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a tie rounded away from zero",
        "static/js/format.js",
        "Number(kept.at(-1)) % 2 === 0",
        "Number(kept.at(-1)) % 2 === 2",
        (f"{_TWINS}::test_figures",),
    ),
    Planted(
        "figures before the point past the fourth as zeros",
        "static/js/format.js",
        "Math.max(digits - 1 - power, 0)",
        "digits - 1 - power",
        (f"{_TWINS}::test_figures",),
    ),
    Planted(
        "a hyphen in the place of a minus",
        "static/js/format.js",
        '.replaceAll("-", "−")',
        "",
        (f"{_TWINS}::test_whole_numbers",),
    ),
    Planted(
        "a NaN among a tensor's elements left out of the largest",
        "static/js/arrays.js",
        "each > largest || Number.isNaN(each)",
        "each > largest",
        (f"{_TWINS}::test_what_is_said_of_a_large_tensor",),
    ),
    Planted(
        "a norm that overflows",
        "static/js/arrays.js",
        "sum + (each / largest) ** 2, 0)",
        "sum + each ** 2, 0) / largest ** 2",
        _NUMBERS,
    ),
    Planted(
        "both ends of a slider moved by a value past one",
        "static/js/ranges.js",
        "value < range.min ? -far : range.min",
        "-far",
        _NUMBERS,
    ),
    Planted(
        "zero drawn in a picture",
        "static/js/heat-paths.js",
        "level === 0 ? null",
        "level > 5 ? null",
        (f"{_TWINS}::test_pictures_of_tensors",),
    ),
    Planted(
        "a place in the walk kept by its number before its name",
        "static/js/places.js",
        "phase.find(alike)",
        "phase.find((step) => step.node === was.node) ?? phase.find(alike)",
        _WALK,
    ),
    Planted(
        "moved figures taken for another step than the one shown",
        "static/js/figures.js",
        "(step?.step ?? 0) === at ?",
        "at >= 0 ?",
        _WALK,
    ),
    Planted(
        "what a moved value sends back left as it was",
        "static/js/figures.js",
        "({ ...each, ...contributions[place] })",
        "({ ...contributions[place], ...each })",
        (f"{_TWINS}::test_a_moved_value",),
    ),
    Planted(
        "an element put into the text's own tensor",
        "static/js/state.js",
        "structuredClone(this.values[element.tensor] ?? tensors[element.tensor])",
        "this.values[element.tensor] ?? tensors[element.tensor]",
        _WALK,
    ),
    Planted(
        "a byte order mark counted as a character",
        "static/js/fixes.js",
        'text.startsWith("\\ufeff") ? 1 : 0',
        "0",
        (f"{_TWINS}::test_fixes_made_in_a_text",),
    ),
    Planted(
        "columns counted in UTF-16 units",
        "static/js/fixes.js",
        '[...rest].slice(0, column - 1).join("").length',
        "Math.min(column - 1, rest.length)",
        (f"{_TWINS}::test_fixes_made_in_a_text",),
    ),
    Planted(
        "a capital for a name of one word",
        "static/js/sentence.js",
        "names.has(first) || ",
        "",
        _TEXTS,
    ),
    Planted(
        "a slash left in an address",
        "static/js/share-link.js",
        '.replaceAll("/", "_")',
        "",
        (f"{_TWINS}::test_the_state_in_an_address",),
    ),
    Planted(
        "declarations replaced from the first on, so that lines move",
        "static/js/training-rows.js",
        "b.line - a.line",
        "a.line - b.line",
        (f"{_TWINS}::test_the_definition_of_an_update",),
    ),
    Planted(
        "a subscript below a subscript",
        "static/js/symbols.js",
        'latex.includes("_{")',
        "false",
        (f"{_TWINS}::test_symbols_of_elements",),
    ),
    Planted(
        "a negative number in a formula without brackets",
        "static/js/symbols.js",
        'figure.startsWith("-") || ',
        "",
        (f"{_TWINS}::test_formulas_with_numbers_in_the_place_of_symbols",),
    ),
    Planted(
        "a line that may end before a sign",
        "static/js/breaks.js",
        "depth === 0 && !STAYS.test(following(tokens, place))",
        "depth === 0",
        _FORMULAS,
    ),
    Planted(
        "an answer to an older text passed on",
        "static/js/work.js",
        "if (turn !== this.#turn) return;",
        "",
        _SERVICE,
    ),
    Planted(
        "an event that comes in two pieces lost",
        "static/js/event-stream.js",
        'rest = blocks.pop() ?? "";',
        "blocks.pop();",
        _SERVICE,
    ),
    Planted(
        "a busy service asked without end",
        "static/js/api.js",
        " || attempt === TRIES",
        "",
        _SERVICE,
    ),
)
