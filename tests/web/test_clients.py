"""Clients that the usual generators make of the published schema, and one of them at work."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from keyword import iskeyword
from pathlib import Path

import pytest

from app.api import CALLS
from app.web import openapi
from app.web.main import create_app
from tests.conftest import lacking
from tests.service import ROOT

pytestmark = pytest.mark.slow

NODE = ROOT / "node_modules" / ".bin"
BESIDE = Path(sys.executable).parent

ASK = """
import json, sys
from made import Client
from made.api.definitions import compare, derive, evaluate, graph, hessian, steps
from made.api.service import examples, operations
from made.models import (
    CompareRequest, DeriveRequest, EvaluateRequest, GraphRequest, HessianRequest, Problem,
    StepsRequest,
)

client = Client(base_url=sys.argv[1])
source = examples.sync(client=client).examples[0].source
told = evaluate.sync(client=client, body=EvaluateRequest.from_dict({"source": source}))
closed = derive.sync(client=client, body=DeriveRequest.from_dict({"source": source}))
shared = derive.sync(
    client=client, body=DeriveRequest.from_dict({"source": source, "form": "shared"})
)
walk = steps.sync(client=client, body=StepsRequest.from_dict({"source": source}))
drawn = graph.sync(client=client, body=GraphRequest.from_dict({"source": source}))
second = hessian.sync(client=client, body=HessianRequest.from_dict({"source": source}))
judged = compare.sync(
    client=client, body=CompareRequest.from_dict({"source": source, "of": "w", "answer": "x"})
)
wrong = evaluate.sync(client=client, body=EvaluateRequest.from_dict({"source": "L = v"}))
assert isinstance(wrong, Problem), wrong
print(json.dumps({
    "loss": told.loss.value,
    "w": told.gradients["w"],
    "forms": [closed.form, shared.form, shared.definitions[0].name],
    "phases": sorted({each.phase for each in walk.steps}),
    "nodes": len(drawn.nodes),
    "second": second.hessian["w"]["w"],
    "equal": judged.equal,
    "problem": [wrong.code, wrong.errors[0].line],
    "operations": len(operations.sync(client=client).operations),
}))
"""


@pytest.fixture(scope="module")
def schema(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("schema") / "openapi.json"
    path.write_bytes(openapi.as_json(create_app()))
    return path


def tool(name: str, where: Path) -> str:
    """The path of a generator; skips where it is not installed."""
    if not (where / name).exists():
        lacking(f"no {name}: uv sync --inexact --group clients; npm ci")
    return str(where / name)


def run(*command: str, cwd: Path) -> str:
    path = f"{BESIDE}{os.pathsep}{os.environ.get('PATH', '')}"
    done = subprocess.run(
        command, cwd=cwd, env={**os.environ, "PATH": path}, capture_output=True, text=True
    )
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout


def test_a_python_client_asks_the_service(schema: Path, tmp_path: Path, server: str) -> None:
    made = tmp_path / "made"
    command = [tool("openapi-python-client", BESIDE), "generate", "--path", str(schema)]
    run(*command, "--output-path", str(made), "--meta", "none", cwd=tmp_path)
    modules = {path.stem for path in made.glob("api/*/*.py")} - {"__init__"}
    # A word of Python is no name there.
    assert modules == {f"{name}_" if iskeyword(name) else name for name in (c.name for c in CALLS)}
    found = json.loads(run(sys.executable, "-c", ASK, server, cwd=tmp_path))
    assert found["forms"] == ["scalar", "shared", "delta_u"]
    assert found["phases"] == ["backward", "forward"]
    assert found["problem"] == ["definition", 1]
    assert found["equal"] is False
    assert found["nodes"] > 5
    assert found["operations"] > 50
    assert all(isinstance(found[each], float) for each in ("loss", "w", "second"))


def test_models_are_generated_and_take_what_is_answered(schema: Path, tmp_path: Path) -> None:
    command = [tool("datamodel-codegen", BESIDE), "--input", str(schema)]
    command += ["--input-file-type", "openapi", "--output", "models.py"]
    command += ["--output-model-type", "pydantic_v2.BaseModel", "--target-python-version", "3.11"]
    run(*command, cwd=tmp_path)
    script = """
import models
from tests.asking import CALLS
text = {"source": "input x = [1, 2]\\nparam W = [[0.1, -0.2], [0.3, 0.4]]\\nL = sum(relu(W @ x))"}
models.Evaluation.model_validate(CALLS["evaluate"](text))
models.WalkSteps.model_validate(CALLS["steps"](text))
models.DrawnGraph.model_validate(CALLS["graph"](text))
models.Hessian.model_validate(CALLS["hessian"](text))
models.WrongVerdict.model_validate(CALLS["compare"]({**text, "of": "W", "answer": "x"}))
models.Derivation.model_validate(CALLS["derivation"]({**text, "of": "W"}))
"""
    path = f"import sys; sys.path[:0] = [{str(ROOT)!r}, {str(tmp_path)!r}]\n"
    run(sys.executable, "-c", path + script, cwd=tmp_path)


def test_types_are_strict_typescript(schema: Path, tmp_path: Path) -> None:
    run(tool("openapi-typescript", NODE), str(schema), "-o", "api.d.ts", cwd=tmp_path)
    (tmp_path / "use.ts").write_text(
        """\
import type { components, paths } from "./api";
type Loss = components["schemas"]["LossValue"];
type Answer = paths["/api/v1/derive"]["post"]["responses"]["200"]["content"]["application/json"];
export function name(loss: Loss): string { return loss.name; }
export function shared(answer: Answer): number {
  return answer.form === "shared" ? answer.definitions.length : 0;
}
// @ts-expect-error an answer has no such field
export function wrong(loss: Loss): string { return loss.title; }
"""
    )
    run(tool("tsc", NODE), "--strict", "--noEmit", "use.ts", "api.d.ts", cwd=tmp_path)


READ = """\
import type { components } from "./api";
import type * as page from "./answers";
type Sent = components["schemas"];
type Numbers = Sent["Numbers"];
// The schema has tensors of up to four axes, the page of any; a scalar is a tensor there.
type Own<T> = Numbers extends T ? page.Tensor | Extract<T, null>
  : T extends (infer E)[] ? Own<E>[]
  : T extends object ? { [K in keyof T]: Own<T[K]> } : T;
export const walk = (sent: Own<Sent["WalkSteps"]>): page.Walk => sent;
export const figures = (sent: Own<Sent["WalkFigures"]>): page.WalkFigures => sent;
export const heat = (sent: Sent["Heat"]): page.HeatCells => sent;
export const fix = (sent: Sent["Fix"]): page.Fix => sent;
export const problem = (sent: Sent["Problem"]): page.ProblemDetails => sent;
export const start = (sent: Sent["TrainStart"]): page.TrainingStart => sent;
export const rows = (sent: Sent["TrainRows"]): Omit<page.ExampleRows, "values"> => sent;
export const examples = (sent: Sent["TrainExamples"]): Omit<page.Examples, "rows"> => sent;
export const step = (sent: Sent["TrainStep"]): Omit<page.Moment, "loss"> => sent;
export const summary = (sent: Sent["TrainSummary"]): page.TrainingSummary => sent;
// @ts-expect-error a walk is no drawing
export const wrong = (sent: Own<Sent["WalkSteps"]>): page.HeatCells => sent;
"""
"""What the page's scripts read of the answers, as tools/types/answers.d.ts has it."""


def test_what_the_pages_scripts_read_is_what_is_published(schema: Path, tmp_path: Path) -> None:
    run(tool("openapi-typescript", NODE), str(schema), "-o", "api.d.ts", cwd=tmp_path)
    shutil.copy(ROOT / "tools" / "types" / "answers.d.ts", tmp_path)
    (tmp_path / "read.ts").write_text(READ)
    run(tool("tsc", NODE), "--strict", "--noEmit", "read.ts", cwd=tmp_path)
