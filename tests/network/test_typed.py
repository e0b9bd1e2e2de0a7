"""A user's script, checked by mypy --strict against the package as it is installed."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

SCRIPT = """\
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

import backstep


def fit(path: str) -> dict[str, float]:
    net: backstep.Network = backstep.read(Path(path))
    array: NDArray[np.float64] = np.ones((2, 2))
    e = net.evaluate(w=0.7, X=array)
    loss: float = e.loss
    z: NDArray[np.float64] = e.values["z"] + e.partials["z"]
    total = float(e.gradients["w"].sum()) + loss + float(z.max())
    for warning in e.warnings:
        print(str(warning), warning.line)
    formula = net.gradient("w", form="shared")
    texts: list[str] = [formula.text, formula.latex, formula.mathml, net.loss.text]
    for each in formula.definitions:
        texts.append(f"{each.name} = {each.text}")
    print(formula.sympy(), np.asarray(formula.numpy()), formula.numpy()(w=0.7), "; ".join(texts))
    rows: int = net.jacobian("p", "z").shape[0]
    net.graph(step=15, zoom="block").save("x.svg")
    walk = net.walk()
    words: list[str] = [step.words for step in walk]
    walk.save("walk.html")
    if not net.check() or not net.compare("w", "(u - y)*x"):
        print(net.check(), words, rows)
    losses: list[float] = []
    for step in net.train(steps=100, optimiser="adam"):
        losses.append(float(step.loss))
    f = net.compile()
    value, gradients = f(w=0.7)
    net.export("torch", "net.py")
    print(net.derivation("w").text, net.hessian().eigenvalues, sorted(gradients))
    return {"loss": value, "total": total, "last": losses[-1]}
"""
WRONG = 'import backstep\n\nbackstep.Network("L = 1").graph(step="last")\nbackstep.Nothing\n'


@pytest.mark.slow
def test_a_users_script_is_clean_and_a_wrong_one_is_not(tmp_path: Path) -> None:
    (tmp_path / "script.py").write_text(SCRIPT)
    (tmp_path / "wrong.py").write_text(WRONG)
    command = [sys.executable, "-m", "mypy", "--strict", "--config-file="]
    told = {
        name: subprocess.run(
            [*command, f"{name}.py"], cwd=tmp_path, capture_output=True, text=True
        ).stdout
        for name in ("script", "wrong")
    }
    assert told["script"] == "Success: no issues found in 1 source file\n"
    assert 'incompatible type "str"; expected "int | None"' in told["wrong"]
    assert 'has no attribute "Nothing"' in told["wrong"]
