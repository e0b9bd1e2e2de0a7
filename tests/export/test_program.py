"""A network as lines: what each is of, that nothing is read before it is there; their values."""

from __future__ import annotations

import numpy as np

from backstep.binding.bind import bind
from backstep.examples import EXAMPLES
from backstep.export.program import DEEPEST, Program, carried, operation, program
from backstep.graph.node import Node
from tests.systems.random_twins import network

TEXTS = [each.source for each in EXAMPLES] + ["\n".join(network(seed).ours) for seed in range(12)]


def _program(text: str) -> Program:
    return program(bind(text).definition)


def test_a_line_reads_leaves_and_lines_before_it() -> None:
    for text in TEXTS:
        made = _program(text)
        known = set(made.leaves)
        for line in made.lines:
            nodes = made.parts(line)
            if line.node is not None and not nodes:
                assert line.node.id in known
            inner = {node.id for node in nodes}
            for node in nodes:
                for each in map(carried, operation(node).reads):
                    if isinstance(each, Node):
                        assert each.id in known or (each.id in inner and not made.stands(each))
            if line.symbol is not None:
                known.add(line.symbol.id)


def test_every_name_that_the_loss_reads_has_a_line_and_every_parameter_a_gradient() -> None:
    made = _program("input x = 2\nparam w = 3\nconst c = 1\nz = w*x\nunused = z + 1\nL = c*z^2")
    assert [line.version.name for line in made.forward if line.version] == ["z", "L"]
    partials = [line.version.name for line in made.backward if line.version]
    assert partials == ["L", "z", "w"]
    assert list(made.gradients) == ["w"]
    assert made.backward[-1] is made.gradients["w"]


def test_gradients_are_by_what_is_asked_for() -> None:
    definition = bind("input x = 2\nparam w = 3\nz = w*x\nL = z^2").definition
    made = program(definition, {"x": definition.leaves[0].node})
    assert [line.version.name for line in made.backward if line.version] == ["L", "z", "x"]


def test_partials_come_from_the_loss_back() -> None:
    made = _program("param w = 2\nparam b = 3\nu = w*2\nv = b*3\nL = u^2 + v^3")
    names = [line.version.name for line in made.backward if line.version]
    assert names == ["L", "v", "u", "w", "b"]


def test_what_several_lines_read_is_given_once() -> None:
    made = _program("param w = 3\nz = exp(w*w + 1)\nL = z*exp(w*w + 1)")
    kinds = [line.kind for line in made.lines]
    assert kinds.count("value") == 3  # z, the second exp, L


def test_no_expression_is_nested_past_the_limit() -> None:
    text = "param w = 0.5\nL = " + "tanh(" * 60 + "w" + ")" * 60
    made = _program(text)
    for line in made.lines:
        depths: dict[int, int] = {}
        for node in made.parts(line):
            reads = (each for each in map(carried, operation(node).reads) if isinstance(each, Node))
            depths[node.id] = 1 + max((depths.get(each.id, 0) for each in reads), default=0)
        assert max(depths.values(), default=0) <= DEEPEST + 1


def test_lines_have_the_values_of_the_engines_graph() -> None:
    """Run by the rows: each line's value, and each gradient, is the numeric engine's."""
    from backstep.ops import TABLE
    from backstep.ops.accurate_forms import tail

    for text in TEXTS[:20]:
        prepared = bind(text)
        made = program(prepared.definition)
        known = {key: prepared.leaves[leaf.name] for key, leaf in made.leaves.items()}
        for line in made.lines:
            if line.node is None:
                assert line.of is not None
                assert not prepared.numbers().partial(line.of).any()
                continue
            inner = dict(known)
            with np.errstate(all="ignore"):
                for node in made.parts(line):
                    reads = [
                        np.float64(float(each)) if not isinstance(each, Node) else inner[each.id]
                        for each in map(carried, operation(node).reads)
                    ]
                    form = tail(node)
                    if form is None:
                        inner[node.id] = TABLE[node.op].numpy(*reads, **node.params)
                    else:
                        inner[node.id] = form.value(*reads)
            if line.symbol is not None:
                known[line.symbol.id] = inner[line.node.id]
            of = line.of
            if line.kind == "partial" and of is not None:
                wanted = prepared.numbers().partial(of)
                found = np.broadcast_to(inner[line.node.id], of.shape)
                scale = np.max(np.abs(wanted), initial=1e-12)
                assert np.allclose(found, wanted, rtol=1e-9, atol=1e-9 * scale), (text, of)
