"""POST /import: pasted Python, a printed array or LaTeX, as a definition."""

from __future__ import annotations

from pydantic import Field

from backstep.importers.imported import ImportedDefinition, Notation, imported

from .call import Call
from .request import Asked

PASTED = """\
X = np.array([[0.5, -1.0], [1.5, 2.0]])
y = np.array([1.0, 0.0])
w = np.array([0.2, -0.4])
for step in range(100):
    p = 1 / (1 + np.exp(-(X @ w)))
    loss = np.mean((p - y)**2)
    w -= 0.1 * X.T @ (2*(p - y)*p*(1 - p)) / len(y)
"""


class ImportRequest(Asked):
    """What a pasted text is as a definition."""

    from_: Notation = Field(
        alias="from",
        description="What the text is written in: `python` of NumPy, PyTorch or JAX, which is read"
        " and never run; an `array` as it is printed; `latex`.",
        examples=["python"],
    )
    text: str = Field(description="The text, at most 16 kB.", examples=[PASTED])


def answer(request: ImportRequest) -> ImportedDefinition:
    """Python, a printed array or LaTeX as a definition, with what was assumed to make it one."""
    return imported(request.from_, request.text)


CALL = Call(
    "import", ImportRequest, answer, ImportedDefinition, example={"from": "python", "text": PASTED}
)
