"""Derivations path by path, for scalars with few paths: each local derivative, then the product."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

from backstep.autodiff.paths import Path, paths
from backstep.autodiff.reverse import backward
from backstep.autodiff.zoom import unit
from backstep.derivation.lines import Line, Rule, Step, distinct, plain
from backstep.derivation.locals import Local, why_zero
from backstep.derivation.path_context import PathContext
from backstep.derivation.phrases import how, main_code
from backstep.derivation.softmax import between_elements
from backstep.derivation.two_parts import by_its_parts, in_figures, parts_of
from backstep.formula.tree import ONE, ZERO, Figure, Formula, Num, add, along_paths, times
from backstep.graph.node import Node
from backstep.ops import TABLE
from backstep.ops.explanations import explanation_of

_LONGEST_SLOPE = 110
"""Characters of LaTeX past which a slope is not written out in the names of its inputs too."""
_TERMS = 3
"""Terms of a sum that are multiplied out."""
_ELEMENTS = "derivative of softmax: ∂fᵢ/∂sⱼ = fᵢ(1(i=j) − fⱼ)"


def by_paths(way: PathContext, overview: Line) -> tuple[Rule, Step]:
    """The derivation under its overview, and what it ends in."""
    return _ByPaths(way).whole(overview)


class _ByPaths:
    def __init__(self, way: PathContext) -> None:
        self.way, self.pen = way, way.pen
        self.found = list(paths(way.view, way.of, way.loss))

    def whole(self, overview: Line) -> tuple[Rule, Step]:
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
        length = self.pen.length
        if spread is not None and length(result.shown) < length(put_in.steps[-1].shown) / 2:
            closing.append(spread)
        if len(distinct([*put_in.steps, result])) == 1:
            closing = [replace(put_in, steps=(result,))]
        else:
            closing.append(
                replace(
                    put_in,
                    rule="tidy",
                    words="numbers to the front, what cancels away",
                    steps=(result,),
                    numbers=self.pen.partial_figure(self.way.of),
                )
            )
        parts = [*self.way.names(), *factors, *(Rule(line.rule, (line,)) for line in closing)]
        return Rule(overview.rule, (overview,), tuple(parts)), result

    def _at_once(self, factor: Rule) -> tuple[Rule, Step]:
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
            line = Line(
                "convention",
                words,
                left,
                (plain(ZERO),),
                numbers=(Figure(0.0),),
                top=link.use,
                bottom=link.source,
            )
            return Rule("convention", (line,))
        elements = between_elements(link, self.pen) is not None
        code = "softmax" if elements else self._code(local)
        line = Line(
            code,
            _ELEMENTS if elements else how(local),
            left,
            distinct([self.way.asked(local), *self._slope(local, local.slope)]),
            numbers=self._in_figures(local),
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
        first = self.pen.raw(local.slope) if ruled is None else plain(ruled)
        steps = [first] if tidied is None else [first, tidied]
        line = Line(
            code,
            how(local),
            self.way.asked(local).shown,
            distinct(steps),
            numbers=self._in_figures(local),
        )
        return Rule(code, (line,))

    def _code(self, local: Local) -> str:
        """The rule that is set in parts has its own name, whatever the parts use."""
        ruled = by_its_parts(local, self.pen)
        return main_code(local) if ruled is None else explanation_of(local.link.use).code

    def _slope(self, local: Local, slope: Node) -> list[Step]:
        """The slope: in the names of the inputs, by the rule, tidy."""
        between = between_elements(local.link, self.pen)
        if between is not None:
            return [plain(between)]
        tidied, ruled = self.pen.tidy(slope), by_its_parts(local, self.pen)
        first = self.pen.raw(slope, [local.link.use]) if ruled is None else plain(ruled)
        found = [first]
        if local.link.use is not self.way.loss:
            found.append(self.pen.raw(slope))
        elif ruled is not None and tidied is not None:
            found.append(tidied)
        if tidied is not None and self._shorter(tidied, found[-1]):
            found.append(tidied)
        short = [
            each
            for each in found
            if each.shown is ruled or self.pen.length(each.shown) <= _LONGEST_SLOPE
        ]
        if short and short[-1].shown is ruled:
            short.append(found[-1])
        return short or found[-1:]

    def _shorter(self, one: Step, other: Step) -> bool:
        return self.pen.length(one.shown) < self.pen.length(other.shown)

    def _in_figures(self, local: Local) -> tuple[Formula, ...]:
        assert local.slope is not None
        value = self.pen.value(local.slope)
        if value is None:
            return ()
        shown = Figure(value)
        if between_elements(local.link, self.pen) is not None:
            return (shown,)
        figured = in_figures(local, self.pen) or self.pen.figured(local.slope)
        if figured is None or self.pen.length(figured) > 2 * _LONGEST_SLOPE:
            return (shown,)
        same = self.pen.symbols.in_latex(figured) == self.pen.symbols.in_latex(shown)
        return (shown,) if same else (figured, shown)

    def _put_in(self) -> Line:
        """The found factors in the place of the local derivatives."""
        terms = [self._put(path) for path in self.found]
        return Line(
            "substitute",
            "the local derivatives in their places",
            self.pen.partial(self.way.of),
            (Step(along_paths(*(each.shown for each in terms)), _said(terms, add)),),
            numbers=self.way.in_figures(self.found),
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
        pieces: list[Formula] = []
        for term in split[0][1]:
            whole: Node = term
            for slope in slopes:
                if slope is None:
                    return None
                whole = whole * slope
            step = self.pen.tidy(whole)
            if step is None:
                return None
            pieces.append(step.shown)
        return Line(
            "tidy",
            "multiplied out, term by term",
            self.pen.partial(self.way.of),
            (plain(along_paths(*pieces)),),
            top=self.way.loss,
            bottom=self.way.of,
        )

    def _put(self, path: Path) -> Step:
        factors = [self.way.locals.of(link) for link in reversed(path)]
        steps = [self._written(local, local.slope) for local in factors if local.slope is not None]
        if len(steps) < len(factors):
            return plain(ZERO)
        # A 1 is left out where there is another factor.
        shown = [each.shown for each in steps if not _is_one(each.shown)] or [ONE]
        return Step(times(*shown), _said(steps, times))

    def _written(self, local: Local, slope: Node) -> Step:
        """A slope as it is put in: as it was found last, where that is shorter than by the rule."""
        raw, last = self.pen.raw(slope), self._slope(local, slope)[-1]
        return last if self._shorter(last, raw) else raw


def _is_one(formula: Formula) -> bool:
    return isinstance(formula, Num) and formula.value == 1


def _said(steps: Sequence[Step], joined: Callable[..., Formula]) -> Formula | None:
    """What steps put together say."""
    said = [each.said for each in steps if each.said is not None]
    return joined(*said) if len(said) == len(steps) else None


def _terms(local: Local) -> list[Node]:
    """What each place where the use reads the source adds to the slope."""
    vertex = local.vertex
    found = backward(vertex.node, vertex.members, TABLE, unit(vertex)).contributions
    return [
        part.partial for part in found.get(local.link.source.id, ()) if part.partial is not None
    ]
