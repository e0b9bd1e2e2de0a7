"""Faults in the walk: steps and their numbers, contributions, what is shared, what is folded."""

from __future__ import annotations

from tests.mutants.runner import Planted

_STEPS = ("tests/drawing/test_steps.py",)
_SENT = ("tests/walk/test_contributions.py",)
_MOVED = (
    "tests/drawing/test_moved.py::test_the_step_at_hand_is_told_whole",
    "tests/drawing/test_moved.py::test_at_the_start_no_step_is_at_hand",
)
_ROUNDING = (
    "tests/binding/test_annotations.py::"
    "test_zero_but_for_rounding_is_told_wherever_the_partial_stands",
)
_FOLDED = ("tests/walk/test_folding.py",)
_FRAMED = ("tests/walk/test_frames.py",)

_RULES = "backstep/walk/contributions.py"
_TIDIED = "backstep/walk/tidied.py"
_WALK = "backstep/walk/walk.py"
_SHARING = "backstep/walk/sharing.py"
_FOLDING = "backstep/walk/folding.py"
_REPEATS = "backstep/walk/repeats.py"
_REPEATED = ("tests/walk/test_repeats.py",)
_TOLD = "backstep/drawing/steps.py"
_WALKED = "backstep/walk/walk_for.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "a contribution's total from the node's whole partial",
        _RULES,
        "float(numbers.value(edge.real.partial))",
        "float(numbers.partial(edge.link.source))",
        _SENT,
    ),
    Planted(
        "upstream from the node, not from its use",
        _RULES,
        "float(numbers.partial(edge.link.use))",
        "float(numbers.partial(edge.link.source))",
        _SENT,
    ),
    Planted(
        "one of several uses not told from the whole",
        _RULES,
        "along=symbols.formula(use) if several else None",
        "along=None",
        _SENT,
    ),
    Planted(
        "a slope of NaN written as its formula",
        _RULES,
        "known = None if long or not isfinite(value) else",
        "known = None if long else",
        _STEPS,
    ),
    Planted(
        "names for figures where a tensor is read",
        _RULES,
        "if scalars and all(each.id in found for each in unnamed):",
        "if scalars:",
        _STEPS + _SENT,
    ),
    Planted(
        "the incoming partial's place taken by the local derivative",
        _RULES,
        "right = replaced(local, {g: upstream})",
        "right = replaced(local, {g: left})",
        _STEPS,
    ),
    Planted(
        "of the names a contribution reads the first alone",
        _RULES,
        "read=tuple(sorted(read)),",
        "read=tuple(sorted(read))[:1],",
        _STEPS,
    ),
    Planted(
        "of a contribution's parts the last operands alone are read",
        _RULES,
        "for each in parts if each.node is not None}",
        "for each in parts[-1:] if each.node is not None}",
        _SENT,
    ),
    Planted(
        "an upstream partial that was kept for another use",
        _TIDIED,
        "self._seeds[seed.id] = called",
        "self._seeds.setdefault(min(self._seeds, default=seed.id), called)",
        _SENT,
    ),
    Planted(
        "the running sum begun anew at each use",
        _WALK,
        "total = total + value if found else value",
        "total = value",
        _STEPS,
    ),
    Planted(
        "what is 0 but for rounding not settled",
        _WALK,
        "settled = np.broadcast_to(self.rounding.sent(edge.real.partial), node.shape)",
        "settled = value",
        _ROUNDING,
    ),
    Planted(
        "steps numbered from 0",
        _WALK,
        "for number, vertex in enumerate(seen.vertices, start=1)",
        "for number, vertex in enumerate(seen.vertices)",
        _STEPS,
    ),
    Planted(
        "a step of the walk back for a number without a name",
        _WALK,
        "if has_partial(kind_of(each, symbols))}",
        'if kind_of(each, symbols) != "const"}',
        _SENT,
    ),
    Planted(
        "the rules of the step before",
        _WALK,
        "here = told is None or len(steps) + 1 == min(told, last)",
        "here = told is None or len(steps) == min(told, last)",
        _MOVED,
    ),
    Planted(
        "a slope of 1 along a flat unit",
        _WALK,
        "return 0.0 if flat and",
        "return 1.0 if flat and",
        _STEPS,
    ),
    Planted(
        "upstream of the source",
        _WALK,
        "                    self.numbers.partial(link.use),\n",
        "                    self.numbers.partial(link.source),\n",
        _STEPS,
    ),
    Planted(
        "what depends said not to",
        _WALK,
        "if edge.link.use.id in self._behind:",
        "if edge.link.use.id not in self._behind:",
        ("tests/faults/test_derivation.py::test_what_depends_is_never_said_not_to",),
    ),
    Planted(
        "a constant said to read a value again",
        _SHARING,
        "walked = vertex.node.id not in constants",
        "walked = True",
        _STEPS,
    ),
    Planted(
        "a partial that goes nowhere serves a parameter",
        _SHARING,
        "            if sent.reason is None:\n                bits",
        "            if True:\n                bits",
        _STEPS,
    ),
    Planted(
        "every parameter before the last served",
        _SHARING,
        "if bits >> place & 1:",
        "if bits >> place:",
        _STEPS,
    ),
    Planted(
        "one parameter more than are listed",
        _SHARING,
        "            if len(found) == most:\n",
        "            if len(found) > most:\n",
        _SENT,
    ),
    Planted(
        "a value's readers replaced by the last",
        _SHARING,
        "read.setdefault(key, {})[vertex.node.id] = vertex.node",
        "read[key] = {vertex.node.id: vertex.node}",
        _STEPS,
    ),
    Planted(
        "a loop open at its own level",
        _FOLDING,
        'if level in ("loops", "whole"):',
        'if level in ("passes", "whole"):',
        _FOLDED,
    ),
    Planted(
        "of two values that leave a pass only one has what they share",
        "backstep/autodiff/zoom.py",
        "if parent.id in hidden and parent.id not in found:",
        "if parent.id in hidden and parent.id not in found and node.id % 2:",
        _FRAMED,
    ),
    Planted(
        "a loop's own id taken for that of a run of its passes",
        _FOLDING,
        "found = None if key == loop.id else _range_of(loop, key)",
        "found = _range_of(loop, key)",
        _FRAMED,
    ),
    Planted(
        "the pass count of the first pass alone",
        "backstep/walk/folds.py",
        "else last.title.split()[-1]",
        "else first.title.split()[-1]",
        _FOLDED,
    ),
    Planted(
        "of a pass's uses only the last",
        "backstep/walk/pass_shares.py",
        "total = total + np.broadcast_to(numbers.value(sent), leaf.shape)",
        "total = np.broadcast_to(numbers.value(sent), leaf.shape)",
        ("tests/walk/test_pass_shares.py",),
    ),
    Planted(
        "statements that do not read each other as repeats",
        _REPEATS,
        "any(each in before for at in range(start, start + size) for each in self._reads[at])",
        "True",
        _REPEATED,
    ),
    Planted(
        "a parameter inside a group that others read too",
        _REPEATS,
        "self._readers[each.id] <= inside",
        "self._readers[each.id] & inside",
        _REPEATED,
    ),
    Planted(
        "of a statement's names the one that is read",
        _FOLDING,
        "seen = view(nodes, groups, set(_named(definition, closed)), frames)",
        "seen = view(nodes, groups, set(), frames)",
        _FOLDED,
    ),
    Planted(
        "an open frame without its own parameters",
        _FOLDING,
        "nodes = {*fold.nodes, *fold.own}",
        "nodes = {*fold.nodes}",
        _FOLDED,
    ),
    Planted(
        "passes of all loops for those that a use stands in",
        _TOLD,
        'if block.kind == "loop" and use.id in block.nodes',
        'if block.kind == "loop"',
        _SENT,
    ),
    Planted(
        "a backward step shown with its value",
        _TOLD,
        'array = step.array if step.phase == "forward" else step.settled',
        "array = step.array",
        _ROUNDING,
    ),
    Planted(
        "no word where nothing reads a node",
        _TOLD,
        "    if not step.contributions:\n",
        "    if step.contributions is None:\n",
        _STEPS,
    ),
    Planted(
        "a contribution's value given for its sum",
        _TOLD,
        "sum=brief(found.sum),",
        "sum=brief(found.value),",
        _STEPS,
    ),
    Planted(
        "a shape as it is stored, not as it is said",
        _TOLD,
        "shape=node.shape,",
        "shape=node.shape[::-1],",
        _STEPS,
    ),
    Planted(
        "the step behind the one at hand",
        "backstep/drawing/moved.py",
        "here = found.walk.steps[:at][-1:]",
        "here = found.walk.steps[: at + 1][-1:]",
        _MOVED,
    ),
    Planted(
        "a remark on a partial said of the value",
        _WALKED,
        'self.remarks.on_partial(vertex.members) if "backward" in phases else None',
        'self.remarks.on_partial(vertex.members) if "forward" in phases else None',
        ("tests/binding/test_annotations.py",),
    ),
    Planted(
        "a picture of as many nodes as can be read folded",
        _WALKED,
        "if fold and count > LIMITS.drawn_nodes:",
        "if fold and count >= LIMITS.drawn_nodes:",
        _FOLDED,
    ),
)
