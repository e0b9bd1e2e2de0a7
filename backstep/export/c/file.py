"""A C99 file of a program: static arrays with named sizes, loops over axes, and its own check."""

from __future__ import annotations

import json
from collections.abc import Callable

from backstep.binding.bind import BoundModel
from backstep.errors import Diagnostic, RequestError
from backstep.export.c.lines import FORMS, apart, held, repeated
from backstep.export.c.statements import COUNTERS, Statements
from backstep.export.c.words import HELPERS, Elements, figure, is_number
from backstep.export.comments import starred
from backstep.export.expected_values import Stored
from backstep.export.finite import Finite
from backstep.export.header import head
from backstep.export.line_comments import Remarks
from backstep.export.names import NameRules, Names, names
from backstep.export.numbers import listed, seventeen
from backstep.export.program import Line, Program, program
from backstep.graph.shape import Shape
from backstep.ops.row import Array

_KEYWORDS = (
    "auto break case char const continue default do double else enum extern float for goto if "
    "inline int long register restrict return short signed sizeof static struct switch typedef "
    "union unsigned void volatile while asm typeof _Bool _Complex _Imaginary true false bool NULL"
)
_LIBRARY = (
    "acos acosh asin asinh atan atan2 atanh cbrt ceil copysign cos cosh erf erfc exp exp2 expm1 "
    "fabs fdim floor fma fmax fmin fmod frexp hypot ilogb ldexp lgamma llrint llround log log10 "
    "log1p log2 logb lrint lround modf nan nearbyint nextafter pow remainder remquo rint round "
    "scalbn sin sinh sqrt tan tanh tgamma trunc isfinite isinf isnan isnormal signbit fpclassify "
    "isgreater isless isunordered math_errhandling j0 j1 jn y0 y1 yn gamma signgam drem "
    "significand isgreaterequal islessequal islessgreater FP_ILOGB0 FP_ILOGBNAN FP_INFINITE FP_NAN "
    "FP_NORMAL FP_SUBNORMAL FP_ZERO L_ctermid MATH_ERREXCEPT MATH_ERRNO M_1_PI M_2_PI M_2_SQRTPI "
    "M_E M_LN10 M_LN2 M_LOG10E M_LOG2E M_PI M_PI_2 M_PI_4 M_SQRT1_2 M_SQRT2 P_tmpdir DOMAIN SING "
    "OVERFLOW UNDERFLOW PLOSS TLOSS HUGE MAXFLOAT mips sparc sun INFINITY NAN "
    "HUGE_VAL HUGE_VALF HUGE_VALL EOF BUFSIZ FILE FILENAME_MAX FOPEN_MAX "
    "L_tmpnam SEEK_CUR SEEK_END SEEK_SET TMP_MAX stdin stdout stderr printf puts putchar fputs "
    "fprintf scanf getc getchar gets perror remove rename rewind tmpfile strcmp strcpy strlen "
    "memcpy memset size_t fpos_t va_list float_t double_t linux unix i386 errno assert abs abort"
)
_OWN = (
    "in out inputs outputs loss loss_and_gradients given stored main argc argv found finite at sum "
    "print_number print_list difference norm_of slope up down moved worst failed acc values away "
    "shape count rank"
)


def rules() -> NameRules:
    """The rules for names in a C file."""
    taken = {*_KEYWORDS.split(), *_LIBRARY.split(), *_OWN.split(), *COUNTERS}
    taken |= set(HELPERS)
    return NameRules(frozenset(taken))


class _Sizes:
    """Names of axes' lengths, after the first array with that length."""

    def __init__(self, taken: set[str]) -> None:
        self._taken = taken
        self.known: dict[int, str] = {}

    def name(self, array: str, shape: Shape) -> None:
        """Name the lengths of an array's axes."""
        for axis, length in enumerate(shape):
            if length not in self.known:
                found = f"{array}_{axis}"
                while found in self._taken:
                    found += "_"
                self._taken.add(found)
                self.known[length] = found

    def __call__(self, length: int) -> str:
        return self.known.get(length) or str(length)


def c_file(prepared: BoundModel, numbers: Stored) -> str:
    """The file's text.

    Raises RequestError for an input or a gradient without elements, since arrays of C have at least
    one.
    """
    made = program(prepared.definition, numbers.wrt, apart=apart, repeated=repeated, held=held)
    _refuse_empty(prepared, made)
    called = names(made, rules())
    reached = {name: f"in->{name}" for name in called.leaves.values()}
    elements = Elements(made, called, Finite(made, careful=not numbers.finite), reached)
    sizes = _Sizes({*called.leaves.values(), *called.of_lines.values()})
    for leaf in prepared.definition.leaves:
        sizes.name(called.leaves[leaf.name], leaf.node.shape)
    for place, line in enumerate(made.lines):
        if line.node is not None:
            sizes.name(called.of_lines[place], line.node.shape)
    body = _body(made, called, elements, sizes)
    helpers = "\n".join(HELPERS[name].text.rstrip() for name in elements.used)
    sized = ", ".join(f"{name} = {length}" for length, name in sizes.known.items())
    parts = [
        "\n".join(f"/* {starred(line)} */" for line in head(prepared, made, called.renamed)),
        "#include <math.h>\n#include <stdio.h>\n#include <string.h>",
        *([f"enum {{ {sized} }};"] if sized else []),
        _inputs(prepared, called, sizes),
        _outputs(made, called, sizes),
        *([helpers] if helpers else []),
        body,
        _given(prepared, called),
        _check(prepared, made, called, numbers),
    ]
    return "\n\n".join(parts) + "\n"


def _refuse_empty(prepared: BoundModel, made: Program) -> None:
    nodes = [leaf.node for leaf in prepared.definition.leaves]
    nodes += [line.of for line in made.gradients.values() if line.of is not None]
    if any(0 in node.shape for node in nodes):
        message = "C has no arrays without elements, and an input or gradient here has none"
        raise RequestError(
            Diagnostic("no_elements", message, "use another target", pointer="/target")
        )


def _body(made: Program, called: Names, elements: Elements, sizes: Callable[[int], str]) -> str:
    remarks = Remarks(made, called)
    statements = Statements(elements, sizes, FORMS)
    last = list(made.gradients.values())
    lines = ["void loss_and_gradients(const inputs *in, outputs *out) {", "    /* forward */"]
    for place, line in enumerate(made.lines):
        remark = starred(remarks.of(place, line))
        if place == len(made.forward):
            lines.append("    /* backward */")
        gradient = any(line is each for each in last)
        number = line.node is not None and is_number(line.node)
        if (number or not line.read) and not gradient:
            lines.append(f"    /* {remark} */")
            continue
        name = called.of_lines[place]
        target = f"out->{name}" if gradient else name
        lines += statements.write(line, target, not gradient, remark)
    loss = elements.of(made.definition.loss, ()).text
    return "\n".join([*lines, f"    out->loss = {loss};", "    (void)in;", "}"])


def _dims(shape: Shape, sizes: Callable[[int], str]) -> str:
    return "".join(f"[{sizes(length)}]" for length in shape)


def _inputs(prepared: BoundModel, called: Names, sizes: Callable[[int], str]) -> str:
    lines = [
        f"    double {called.leaves[leaf.name]}{_dims(leaf.node.shape, sizes)};  /* {leaf.role} */"
        for leaf in prepared.definition.leaves
    ]
    return "\n".join(["typedef struct {", *(lines or ["    double none;"]), "} inputs;"])


def _gradients(made: Program, called: Names) -> list[tuple[str, str, Line]]:
    """For each gradient its parameter, its name in the file, and its line."""
    start = len(made.lines) - len(made.gradients)
    return [
        (name, called.of_lines[start + place], line)
        for place, (name, line) in enumerate(made.gradients.items())
    ]


def _outputs(made: Program, called: Names, sizes: Callable[[int], str]) -> str:
    lines = ["    double loss;"]
    for _, field, line in _gradients(made, called):
        shape = () if line.of is None else line.of.shape
        lines.append(f"    double {field}{_dims(shape, sizes)};")
    return "\n".join(["typedef struct {", *lines, "} outputs;"])


def _constant(value: Array, exact: bool = False) -> str:
    def write(each: float) -> str:
        return seventeen(each, "NAN", "INFINITY") if exact else figure(each).text

    return listed(value, write, 8, ("{", "}"))


def _given(prepared: BoundModel, called: Names) -> str:
    lines = [
        f"    .{called.leaves[leaf.name]} = {_constant(prepared.leaves[leaf.name])},"
        for leaf in prepared.definition.leaves
    ]
    return "\n".join(
        [
            "/* Inputs and parameters, with the values in force. */",
            "static const inputs given = {",
            *(lines or ["    .none = 0.0,"]),
            "};",
        ]
    )


def quoted(text: str) -> str:
    """A string of C that holds a JSON string: ASCII alone, its backslashes doubled."""
    inner = json.dumps(text).replace("\\", "\\\\").replace('"', '\\"').replace("?", "\\?")
    return f'"{inner}"'


def _check(prepared: BoundModel, made: Program, called: Names, numbers: Stored) -> str:
    gradients = _gradients(made, called)
    stored = [f"    .loss = {seventeen(numbers.loss, 'NAN', 'INFINITY')},"]
    stored += [
        f"    .{field} = {_constant(numbers.gradients[name], exact=True)},"
        for name, field, _ in gradients
    ]
    printed, compared = [], []
    for place, (name, field, line) in enumerate(gradients):
        shape = () if line.of is None else line.of.shape
        first = "[0]" * len(shape)
        count = numbers.gradients[name].size
        comma = '", "' if place else '""'
        dims = ", ".join(map(str, shape)) or "1"
        printed.append(
            f'        printf("%s%s: ", {comma}, {quoted(name)});\n'
            f"        print_list(&found.{field}{first}, (const int[]){{{dims}}}, {len(shape)});"
        )
        scale = f"{numbers.scales[name]:.3g}"
        compared.append(
            f"    away = difference(&found.{field}{first}, &stored.{field}{first}, {count}, "
            f"{_double(scale)});\n"
            f'    printf("gradient by %s: norm %.6g, difference %.2g\\n", {quoted(name)},\n'
            f"           norm_of(&found.{field}{first}, {count}), away);\n"
            "    if (!(away <= worst)) worst = away;"
        )
    texts = {
        "stored": "\n".join(stored),
        "printed": "\n".join(printed),
        "compared": "\n".join(compared),
        "scale": _double(f"{numbers.loss_scale:.3g}"),
        "loss": quoted(prepared.definition.loss_name),
        "slope": _slope(prepared, called, numbers, gradients),
        "norm": _NORM if gradients else "",
        "list": _LIST if gradients else "",
    }
    found = _FRAME
    for key, text in texts.items():
        found = found.replace(f"@{key}@", text)
    return found


def _double(text: str) -> str:
    return text if "." in text or "e" in text else text + ".0"


def _slope(
    prepared: BoundModel, called: Names, numbers: Stored, gradients: list[tuple[str, str, Line]]
) -> str:
    if numbers.slope is None:
        return ""
    each = numbers.slope
    argument = called.leaves[each.name]
    shape = prepared.leaves[each.name].shape
    count = prepared.leaves[each.name].size
    field = next(field for name, field, _ in gradients if name == each.name)
    first = "[0]" * len(shape)
    judged = (
        f"    if (!(fabs(slope - sum) <= {_double(f'{1e-6 * each.scale:.3g}')})) failed = 1;\n"
        if each.judged
        else "    /* Not judged: a kink is near, or the loss's rounding hides the slope. */\n"
    )
    step = repr(each.step)
    return (
        "    /* One central difference: all elements of one parameter grow alike. */\n"
        "    static inputs moved;\n"
        "    static outputs up, down;\n"
        f"    double *at = &moved.{argument}{first}, sum = 0.0;\n"
        "    moved = given;\n"
        f"    for (int i = 0; i < {count}; i++) at[i] += {step};\n"
        "    loss_and_gradients(&moved, &up);\n"
        "    moved = given;\n"
        f"    for (int i = 0; i < {count}; i++) at[i] -= {step};\n"
        "    loss_and_gradients(&moved, &down);\n"
        f"    const double slope = (up.loss - down.loss)/{2 * each.step!r};\n"
        f"    for (int i = 0; i < {count}; i++) sum += (&found.{field}{first})[i];\n"
        f'    printf("central difference, all of %s growing alike: %.17g, backward pass: %.17g\\n",'
        f"\n           {quoted(each.name)}, slope, sum);\n"
        f"{judged}"
    )


_NORM = """\
static double norm_of(const double *x, int count) {
    double sum = 0.0;
    for (int i = 0; i < count; i++) sum += x[i]*x[i];
    return sqrt(sum);
}

"""

_LIST = """\
static const double *print_list(const double *x, const int *shape, int rank) {
    if (rank == 0) {
        print_number(*x);
        return x + 1;
    }
    putchar('[');
    for (int i = 0; i < shape[0]; i++) {
        if (i) printf(", ");
        x = print_list(x, shape + 1, rank - 1);
    }
    putchar(']');
    return x;
}

"""

_FRAME = """\
/* What Backstep's own engine gives, to 17 digits. */
static const outputs stored = {
@stored@
};

static void print_number(double x) {
    if (isfinite(x)) printf("%.17g", x);
    else printf(x != x ? "\\"NaN\\"" : x > 0.0 ? "\\"Infinity\\"" : "\\"-Infinity\\"");
}

@list@/* The largest difference, relative to the scale; two NaN or equal infinities are the same. */
static double difference(const double *x, const double *y, int count, double scale) {
    double worst = 0.0;
    for (int i = 0; i < count; i++) {
        const double away = fabs(x[i] - y[i])/scale;
        if (x[i] == y[i] || (x[i] != x[i] && y[i] != y[i])) continue;
        if (!(away <= worst)) worst = away == away ? away : INFINITY;
    }
    return worst;
}

@norm@int main(int argc, char **argv) {
    static outputs found;
    double worst, away;
    int failed;
    loss_and_gradients(&given, &found);
    if (argc == 2 && strcmp(argv[1], "--json") == 0) {
        printf("{\\"loss\\": ");
        print_number(found.loss);
        printf(", \\"gradients\\": {");
@printed@
        printf("}}\\n");
        return 0;
    }
    printf("%s: %.17g\\n", @loss@, found.loss);
    away = difference(&found.loss, &stored.loss, 1, @scale@);
    worst = away;
@compared@
    printf("largest difference to the stored numbers: %.2g\\n", worst);
    failed = !(worst <= 1e-9);
@slope@    return failed;
}"""
