"""Faults in training: masks and batches, the update and its letters, what is fitted and told."""

from __future__ import annotations

from tests.mutants.runner import Planted

_LOOP_TESTS = ("tests/train/test_loop.py",)
_RULE = (
    "tests/train/test_optimisers.py::test_a_rule_is_its_published_formula",
    "tests/train/test_optimisers.py::test_clipping_then_decay_as_pytorch_orders_them",
    "tests/train/test_optimisers.py::test_a_schedule_is_its_formula",
    "tests/train/test_optimisers.py::test_averaging_is_the_mean_of_the_iterates_from_there_on",
)
_LETTER_TESTS = ("tests/train/test_update_names.py",)
_LINE_TESTS = ("tests/train/test_lines.py",)
_FIT_TESTS = ("tests/train/test_fit.py",)
_EVENTS = ("tests/train/test_run.py",)
_HOLDOUT_TESTS = ("tests/train/test_holdout.py",)

_LOOP = "backstep/train/loop.py"
_EXAMPLES = "backstep/train/examples.py"
_NETWORK = "backstep/train/network.py"
_UPDATE = "backstep/train/update.py"
_ROWS = "backstep/train/optimisers.py"
_LETTERS = "backstep/train/update_names.py"
_LINES = "backstep/train/lines.py"
_FIT = "backstep/train/fit.py"
_PREDICTION = "backstep/train/prediction.py"
_ANSWER = "backstep/train/run.py"
_READY = "backstep/train/setup.py"

FAULTS: tuple[Planted, ...] = (
    Planted(
        "updates read what is held out",
        _READY,
        "{name: each[~held] for name, each in rows.items()}",
        "{name: each for name, each in rows.items()}",
        _HOLDOUT_TESTS,
    ),
    Planted(
        "the loss over those trained on for that over those held out",
        _LOOP,
        ".loss({**examples.fixed, **held}, vector)",
        ".loss({**examples.fixed, **examples.rows}, vector)",
        _HOLDOUT_TESTS,
    ),
    Planted(
        "numbers of examples as if none were held out",
        _EXAMPLES,
        "places + places // (self.holdout - 1)",
        "places",
        _HOLDOUT_TESTS,
    ),
    Planted(
        "one mask for all examples of an update",
        _NETWORK,
        "_drawn(node, draw + number) for number in range(count)",
        "_drawn(node, draw) for number in range(count)",
        _LOOP_TESTS,
    ),
    Planted(
        "an update's masks used again by the next",
        _LOOP,
        "draw = state.step * self.examples.size",
        "draw = state.step",
        _LOOP_TESTS,
    ),
    Planted(
        "the sum of the examples' gradients for their mean",
        _NETWORK,
        "return loss / count, gradient / count",
        "return loss / count, gradient",
        _LOOP_TESTS,
    ),
    Planted(
        "the learning rate of the update before",
        _LOOP,
        "self.update.rate(state.step + 1)",
        "self.update.rate(max(state.step, 1))",
        _LOOP_TESTS,
    ),
    Planted(
        "updates counted from 0",
        _LOOP,
        "kept = self.update.run(state.step + 1, ",
        "kept = self.update.run(max(state.step, 1), ",
        _LOOP_TESTS,
    ),
    Planted(
        "one update too many",
        _LOOP,
        "if moment.state.step >= updates:",
        "if moment.state.step > updates:",
        _LOOP_TESTS,
    ),
    Planted(
        "at rest while what is kept still pushes",
        _LOOP,
        "return not decays and not any(kept[name].any() for name in options.optimiser.state)",
        "return not decays",
        _LOOP_TESTS,
    ),
    Planted(
        "at rest by a gradient of some examples alone",
        _LOOP,
        "if self.examples.size < self.examples.count or moment.gradient.any():",
        "if moment.gradient.any():",
        _LOOP_TESTS,
    ),
    Planted(
        "the mean of the iterates begun at 0",
        _LOOP,
        '        if "a" in kept:\n            kept["a"] = vector\n',
        "",
        _RULE + _LOOP_TESTS + _EVENTS,
    ),
    Planted(
        "the last, smaller batch left out of an epoch",
        _EXAMPLES,
        "return -(-self.count // self.size)",
        "return max(1, self.count // self.size)",
        _LOOP_TESTS,
    ),
    Planted(
        "every epoch in the order of the first",
        _EXAMPLES,
        "return self._order(self.epoch(number))[at : at + self.size]",
        "return self._order(0)[at : at + self.size]",
        _LOOP_TESTS,
    ),
    Planted(
        "a batch that begins one example early",
        _EXAMPLES,
        "at = number % self.an_epoch * self.size",
        "at = max(0, number % self.an_epoch * self.size - 1)",
        _LOOP_TESTS,
    ),
    Planted(
        "the order of the seed and of no epoch",
        _EXAMPLES,
        "np.random.PCG64([self.seed, epoch])",
        "np.random.PCG64([0, epoch])",
        _LOOP_TESTS,
    ),
    Planted(
        "the sizes of batches without the last",
        _EXAMPLES,
        "return {min(self.size, self.count), self.count - (self.an_epoch - 1) * self.size}",
        "return {min(self.size, self.count)}",
        _LOOP_TESTS + _EVENTS,
    ),
    Planted(
        "the same masks at every update",
        _NETWORK,
        '"seed": node.params["seed"] + (number << 32)}',
        '"seed": node.params["seed"]}',
        _LOOP_TESTS,
    ),
    Planted(
        "the share that is dropped for the share that is kept",
        _NETWORK,
        'np.full(node.shape, 1 - float(node.params["probability"]))',
        'np.full(node.shape, float(node.params["probability"]))',
        _LOOP_TESTS,
    ),
    Planted(
        "gradients given to parameters without the ones that are not read",
        _NETWORK,
        "            if adjoint is not None\n        ]\n        wanted",
        "        ]\n        wanted",
        _LOOP_TESTS,
    ),
    Planted(
        "periods of a schedule one update early",
        _UPDATE,
        "(number - 1) // int(self.settings[period])",
        "number // int(self.settings[period])",
        _RULE,
    ),
    Planted(
        "the mean of the iterates over one too many",
        _UPDATE,
        '"j": max(1, number - (self.average or 0)),',
        '"j": max(1, number - (self.average or 0) + 1),',
        _RULE,
    ),
    Planted(
        "weight decay before clipping",
        _UPDATE,
        "            (CLIP, self.clip is not None),\n"
        "            (self.optimiser.decay, self.decay is not None),\n",
        "            (self.optimiser.decay, self.decay is not None),\n"
        "            (CLIP, self.clip is not None),\n",
        _RULE,
    ),
    Planted(
        "a short gradient stretched to the norm",
        _ROWS,
        'CLIP = "c = minimum(1, C/(n + 0.000001))',
        'CLIP = "c = C/(n + 0.000001)',
        _RULE + _LINE_TESTS,
    ),
    Planted(
        "AdamW's decay as that of Adam",
        _ROWS,
        "            decay=DECOUPLED,\n",
        "",
        _RULE,
    ),
    Planted(
        "two letters of a rule given way to one",
        _LETTERS,
        "if letter != stem and (letter in forms or letter in found.values()):",
        "if letter != stem and letter in forms:",
        _LETTER_TESTS,
    ),
    Planted(
        "a name that a parameter would carry not looked for",
        _LETTERS,
        "for each in (written, *carried)):",
        "for each in (written,)):",
        _LETTER_TESTS,
    ),
    Planted(
        "w kept where it is no parameter",
        _LETTERS,
        'if stem == letter == "w" and "w" in parameters:',
        'if stem == letter == "w":',
        _LETTER_TESTS,
    ),
    Planted(
        "a gradient that is given called given anew",
        _LINES,
        'version.index > (2 if self._name(version) == "g" else 1)',
        "version.index > 1",
        _LINE_TESTS,
    ),
    Planted(
        "periods in symbols from the update, not the one before",
        _LINES,
        'Frac(subtract(self._letter("t"), ONE), self._letter(period))',
        'Frac(self._letter("t"), self._letter(period))',
        _LINE_TESTS,
    ),
    Planted(
        "what is kept without its parameter's name",
        _LINES,
        "if whose is None or name not in self._update.own:",
        "if name:",
        _LINE_TESTS,
    ),
    Planted(
        "the two axes of a grid exchanged",
        _FIT,
        "np.stack([np.tile(across, len(up)), np.repeat(up, len(across))], axis=1)",
        "np.stack([np.repeat(across, len(up)), np.tile(up, len(across))], axis=1)",
        _FIT_TESTS,
    ),
    Planted(
        "every input's coordinates from the first column",
        _FIT,
        "            at += wide\n",
        "",
        _FIT_TESTS,
    ),
    Planted(
        "the smallest score shown for the largest",
        _FIT,
        "np.argmax(found, axis=1)",
        "np.argmin(found, axis=1)",
        _FIT_TESTS,
    ),
    Planted(
        "targets not thinned out as their points are",
        _FIT,
        "None if told is None else told[spread])",
        "None if told is None else told)",
        _FIT_TESTS,
    ),
    Planted(
        "a prediction that depends on the others drawn",
        _FIT,
        "if not np.allclose(together, apart, rtol=1e-9, atol=1e-9, equal_nan=True):",
        "if np.allclose(together, apart, rtol=1e-9, atol=1e-9, equal_nan=True):",
        _FIT_TESTS,
    ),
    Planted(
        "the threshold where the other label begins to cost less",
        _PREDICTION,
        "and gaps[at] >= 0 > gaps[at + 1]",
        "and gaps[at] < 0 <= gaps[at + 1]",
        _FIT_TESTS,
    ),
    Planted(
        "the first of what all goes through for the last",
        _PREDICTION,
        "for node in reversed(plain) if border",
        "for node in plain if border",
        _FIT_TESTS,
    ),
    Planted(
        "the halving on the wrong side",
        _PREDICTION,
        "(between, right) if gap(between) >= 0 else (left, between)",
        "(between, right) if gap(between) <= 0 else (left, between)",
        _FIT_TESTS,
    ),
    Planted(
        "an update's lines with the number of the one before",
        _ANSWER,
        "        number = moment.state.step + 1\n",
        "        number = max(moment.state.step, 1)\n",
        _EVENTS,
    ),
    Planted(
        "the watched element's gradient at the first place",
        _ANSWER,
        "g = float(moment.gradient[place])",
        "g = float(moment.gradient[0])",
        _EVENTS,
    ),
    Planted(
        "the averaged parameters with the last one's loss",
        _ANSWER,
        "training.loss(averaged), self._all(averaged)",
        "training.loss(state.vector), self._all(averaged)",
        _EVENTS,
    ),
    Planted(
        "the last step sent only where its turn comes",
        _ANSWER,
        "if end is not None or told:",
        "if told:",
        _EVENTS,
    ),
    Planted(
        "a watched element counted within its parameter",
        _READY,
        'else ""), parameter.start + place',
        'else ""), place',
        _EVENTS,
    ),
    Planted(
        "a batch larger than there are examples",
        _READY,
        "batch_size = min(batch or count, count)",
        "batch_size = batch or count",
        _EVENTS,
    ),
)
