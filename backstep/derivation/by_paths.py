"""Numbers alone on few paths: every local derivative found, put in, and tidied."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from backstep.autodiff.paths import Path, paths
from backstep.autodiff.reverse import backward
from backstep.autodiff.zoom import unit
from backstep.derivation.lines import Line, Piece, Rule, joined, plain
from backstep.derivation.locals import Local, board, why_zero
from backstep.derivation.path_context import PathContext, distinct
from backstep.derivation.phrases import how, main_code
from backstep.derivation.softmax import between_elements
from backstep.derivation.two_parts import by_its_parts, in_figures, parts_of
from backstep.graph.node import Node
from backstep.notation.latex import LATEX, TEXT, Printed, Style, formula
from backstep.notation.symbols import figure
from backstep.ops import TABLE
from backstep.ops.explanations import explanation_of
from backstep.ops.row import PRODUCT, SUM

_LONGEST_SLOPE = 110
"""Characters of LaTeX past which a slope is not written out in the names of its inputs too."""
_TERMS = 3
"""Terms of a sum that are multiplied out."""
_ELEMENTS = "derivative of softmax: ∂fᵢ/∂sⱼ = fᵢ(1(i=j) − fⱼ)"


def by_paths(way: PathContext, overview: Line) -> tuple[Rule, Piece]:
    """The derivation under its overview, and what it ends in."""
    return _ByPaths(way).whole(overview)


class _ByPaths:
    def __init__(self, way: PathContext) -> None:
        self.way, self.pen = way, way.pen
        self.found = list(paths(way.view, way.of, way.loss))

    def whole(self, overview: Line) -> tuple[Rule, Piece]:
        # In the order in which the paths, read from the loss back, first pass them.
        met = dict.fromkeys(link for path in self.found for link in reversed(path))
        factors = [self._factor(self.way.locals.of(link)) for link in met]
        if self.way.one_edge:
            return self._at_once(factors[0])
        put_in = self._put_in()
        conclusion = self.pen.tidy(self.way.adjoint(self.way.of))
        result = put_in.steps[-1]
        if conclusion is not None:
            result = conclusion
        closing = [put_in]
        spread = self._multiplied_out()
        if spread is not None and len(result.latex) < len(put_in.steps[-1].latex) / 2:
            closing.append(spread)
        if result.text == put_in.steps[-1].text:
            closing = [replace(put_in, steps=(result,))]
        else:
            closing.append(
                replace(
                    put_in,
                    rule="tidy",
                    words="numbers to the front, what cancels away",
                    steps=(result,),
                    numbers=self.pen.partial_figure(self.way.of, False),
                    display_numbers=self.pen.partial_figure(self.way.of, True),
                )
            )
        parts = [*self.way.names(), *factors, *(Rule(line.rule, (line,)) for line in closing)]
        return Rule(overview.rule, (overview,), tuple(parts)), result

    def _at_once(self, factor: Rule) -> tuple[Rule, Piece]:
        """Where the loss reads the node itself, the local derivative is the answer."""
        line, rests = self._own(factor)
        answer = self.pen.tidy(self.way.adjoint(self.way.of)) or line.steps[-1]
        ended = replace(line, steps=distinct([*line.steps, answer]))
        if rests:
            own = Rule(factor.code, (ended,))
            return Rule(factor.code, (), (*rests, own)), answer
        return Rule(factor.code, (ended,)), answer

    def _own(self, factor: Rule) -> tuple[Line, tuple[Rule, ...]]:
        """A factor's own line, and the rules that stand beside it."""
        if factor.lines:
            return factor.lines[0], factor.parts
        *rests, own = factor.parts
        return own.lines[0], tuple(rests)

    def _factor(self, local: Local) -> Rule:
        """One local derivative, found."""
        link = local.link
        left = self.way.ratio(link)
        if local.slope is None:
            words = why_zero(local) or "nothing flows back"
            nothing = (plain("0", "0", "0"),)
            line = Line("convention", words, left, nothing, "0", "0", link.use, link.source)
            return Rule("convention", (line,))
        elements = between_elements(link, self.pen) is not None
        code = "softmax" if elements else self._code(local)
        line = Line(
            code,
            _ELEMENTS if elements else how(local),
            left,
            distinct([self.way.asked(local), *self._slope(local, local.slope)]),
            numbers=self._in_figures(local, False),
            display_numbers=self._in_figures(local, True),
            top=link.use,
            bottom=link.source,
        )
        told = tuple(self.way.conventions(local))
        inner = [self._part(each) for each in parts_of(local)]
        if not inner:
            return Rule(code, (line,), told)
        return Rule(code, (), (*inner, *told, Rule(code, (line,))))

    def _part(self, local: Local) -> Rule:
        """The derivative of a part of a quotient or product, before the rule puts it in."""
        assert local.slope is not None
        code = self._code(local)
        ruled, tidied = by_its_parts(local, self.pen), self.pen.tidy(local.slope)
        first = self.pen.raw(local.slope) if ruled is None else ruled
        steps = [first] if tidied is None else [first, tidied]
        line = Line(
            code,
            how(local),
            self.way.asked(local),
            distinct(steps),
            numbers=self._in_figures(local, False),
            display_numbers=self._in_figures(local, True),
        )
        return Rule(code, (line,))

    def _code(self, local: Local) -> str:
        """The rule that is set in parts has its own name, whatever the parts use."""
        ruled = by_its_parts(local, self.pen)
        return main_code(local) if ruled is None else explanation_of(local.link.use).code

    def _slope(self, local: Local, slope: Node) -> list[Piece]:
        """The slope: in the names of the inputs, by the rule, tidy."""
        between = between_elements(local.link, self.pen)
        if between is not None:
            return between
        tidied = self.pen.tidy(slope)
        raw = [self.pen.raw(slope, [local.link.use])]
        ruled = by_its_parts(local, self.pen)
        if ruled is not None:
            raw = [ruled]
        if local.link.use is not self.way.loss:
            raw.append(self.pen.raw(slope))
        elif ruled is not None and tidied is not None:
            raw.append(tidied)
        if tidied is not None:
            raw[-1] = replace(raw[-1], formula=tidied.formula)
            if len(tidied.latex) < len(raw[-1].latex):
                raw.append(tidied)
        short = [each for each in raw if each is ruled or len(each.latex) <= _LONGEST_SLOPE]
        if short and short[-1] is ruled:
            short.append(raw[-1])
        return short or raw[-1:]

    def _in_figures(self, local: Local, coloured: bool) -> str | None:
        assert local.slope is not None
        value = self.pen.value(local.slope)
        if value is None:
            return None
        shown = figure(value).text
        if between_elements(local.link, self.pen) is not None:
            return shown
        figured = in_figures(local, self.pen, coloured) or self.pen.figured(local.slope, coloured)
        if figured is None or figured == shown or len(figured) > 2 * _LONGEST_SLOPE:
            return shown
        return f"{figured} = {shown}"

    def _put_in(self) -> Line:
        """The found factors in the place of the local derivatives."""
        first, *others = (self._put(path) for path in self.found)
        pieces = [first, *map(_signed, others)]
        formulas = [piece.formula for piece in pieces]
        whole = Piece(
            " + ".join(piece.latex for piece in pieces),
            " + ".join(piece.display for piece in pieces),
            " + ".join(piece.text for piece in pieces),
            None if None in formulas else " + ".join(f"({each})" for each in formulas),
        )
        return Line(
            "substitute",
            "the local derivatives in their places",
            self.pen.partial(self.way.of),
            (whole,),
            numbers=self.way.in_figures(self.found, False),
            display_numbers=self.way.in_figures(self.found, True),
            top=self.way.loss,
            bottom=self.way.of,
        )

    def _multiplied_out(self) -> Line | None:
        """The one path's product, with the one factor that is a sum taken term by term."""
        if len(self.found) != 1:
            return None
        factors = [self.way.locals.of(link) for link in self.found[0]]
        split = [(local, terms) for local in factors if len(terms := _terms(local)) > 1]
        slopes = [local.slope for local in factors if not split or local is not split[0][0]]
        if len(split) != 1 or len(split[0][1]) > _TERMS:
            return None
        pieces: list[Piece] = []
        for term in split[0][1]:
            whole: Node = term
            for slope in slopes:
                if slope is None:
                    return None
                whole = whole * slope
            piece = self.pen.tidy(whole)
            if piece is None or piece.formula is None:
                return None
            pieces.append(_signed(piece) if pieces else piece)
        return Line(
            "tidy",
            "multiplied out, term by term",
            self.pen.partial(self.way.of),
            (joined(pieces, " + ", " + "),),
            top=self.way.loss,
            bottom=self.way.of,
        )

    def _put(self, path: Path) -> Piece:
        factors = [self.way.locals.of(link) for link in reversed(path)]
        if any(local.slope is None for local in factors):
            return plain("0", "0", "0")
        symbols = self.way.symbols
        latex, display, text = (
            _product([self._written(local, place, names, style) for local in factors], style)
            for place, names, style in (
                (0, symbols.latex, LATEX),
                (1, symbols.coloured, LATEX),
                (2, symbols.text, TEXT),
            )
        )
        formulas = [self._read(local) for local in factors]
        whole = None if None in formulas else "*".join(f"({each})" for each in formulas)
        return Piece(latex, display, board(text), whole)

    def _written(
        self, local: Local, place: int, names: Mapping[int, Printed], style: Style
    ) -> Printed:
        assert local.slope is not None
        raw = names.get(local.slope.id) or formula(local.slope, names, style)
        last = self._slope(local, local.slope)[-1]
        shown = (last.latex, last.display, last.text)[place]
        if len(last.latex) >= len(self.pen.raw(local.slope).latex):
            return raw
        return Printed(shown, SUM if _is_sum(shown) else PRODUCT)

    def _read(self, local: Local) -> str | None:
        between = between_elements(local.link, self.pen)
        if between is not None:
            return between[-1].formula
        tidied = self.pen.tidy(local.slope)
        return None if tidied is None else tidied.formula


def _is_sum(text: str) -> bool:
    """Whether a plus or a minus stands outside of all brackets."""
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign in "({[") - (sign in ")}]")
        if place and not depth and sign in "+-−":
            return True
    return False


def _terms(local: Local) -> list[Node]:
    """What each place where the use reads the source adds to the slope."""
    vertex = local.vertex
    found = backward(vertex.node, vertex.members, TABLE, unit(vertex)).contributions
    return [
        part.partial for part in found.get(local.link.source.id, ()) if part.partial is not None
    ]


def _signed(piece: Piece) -> Piece:
    """A later term of a sum, bracketed where it has a sign in front."""
    if not piece.latex.startswith("-"):
        return piece
    return Piece(
        rf"\left({piece.latex}\right)",
        rf"\left({piece.display}\right)",
        f"({piece.text})",
        piece.formula,
    )


def _product(factors: Sequence[Printed], style: Style) -> str:
    """Factors with dots between them; a 1 is left out where there is another."""
    shown = [each for each in factors if each.text != "1"] or [Printed("1", PRODUCT)]
    if len(shown) == 1:
        return shown[0].text
    dot = "·" if style is TEXT else r" \cdot "
    return dot.join(
        each.text
        if each.precedence >= PRODUCT and not each.text.lstrip(r"\fvbp{").startswith(("-", "−"))
        else style.brackets(each.text)
        for each in shown
    )
