"""Names of the loss's partials as people call them: `dW2`, `grad_W2`, `delta_2`, `∂L/∂W2`."""

from __future__ import annotations

import re
from collections.abc import Container

from backstep.lang.syntax import names

_QUOTIENT = re.compile(
    r"(?:∂|\bd)\s?(?P<top>\w+)\s*[/∕÷]\s*(?:∂|d)\s?(?P<bottom>[^\W\d][\w.]*(?:⁽[⁰-⁹¹²³]+⁾)?)"
)
_NABLA = re.compile(r"∇\s*_\s*\{?\s*(?P<bottom>[^\W\d]\w*)\s*\}?\s*(?P<top>\w+)")
_LATEX = re.compile(
    r"\\[dtc]?frac\s*\{\s*\\partial\s*(?P<top>\w+)\s*\}\s*\{\s*\\partial\s*(?P<bottom>[^{}]+|[^{}]*"
    r"\{\w+\}[^{}]*)\s*\}"
)
_PREFIXES = ("grad_", "delta_", "δ_", "dL_d", "dLd", "d_", "g_", "grad", "δ", "d")
_ENDINGS = ("_grad", ".grad", "_bar")
_NUMBER = re.compile(r"[0-9]+")
_BEFORE_ACTIVATION = ("z", "a", "s", "net", "h", "u", "o")
"""Names of what enters a unit, the likeliest first: `delta_2` is the partial with respect to z2."""


def partial_of(typed: str, known: Container[str], loss: str) -> str | None:
    """The name that a partial is with respect to, such as `W2` of `dW2`; None if it is none.

    `known` are the names of the text.
    """
    typed = typed.strip()
    for form in (_QUOTIENT, _NABLA, _LATEX):
        match = form.fullmatch(typed)
        if match is not None:
            top = names.canonical(match["top"])
            # The loss may be called by the letter that it has on a board.
            if top not in (loss, "L", "l", "loss", "J", "E", "C"):
                return None
            return _known(
                match["bottom"].replace("\\", "").replace("{", "").replace("}", ""), known
            )
    if typed in known or names.canonical(typed) in known:
        return None
    for prefix in (f"d{loss}_d", f"d{loss}d", *_PREFIXES):
        if typed.startswith(prefix) and len(typed) > len(prefix):
            found = _known(typed[len(prefix) :], known)
            if found is None and prefix in ("delta_", "δ_", "δ", "d_"):
                found = _of_layer(typed[len(prefix) :], known)
            if found is not None:
                return found
    for ending in _ENDINGS:
        if typed.endswith(ending):
            return _known(typed[: -len(ending)], known)
    return None


def _known(typed: str, known: Container[str]) -> str | None:
    name = names.canonical(typed.strip())
    other = None if name is None else names.otherwise_accented(name)
    return next((each for each in (name, other) if each is not None and each in known), None)


def _of_layer(typed: str, known: Container[str]) -> str | None:
    """What enters the units of a layer that is called by its number alone."""
    if _NUMBER.fullmatch(typed) is None:
        return None
    for stem in _BEFORE_ACTIVATION:
        for name in (f"{stem}_{typed}", f"{stem}{typed}", names.versioned(stem, int(typed))):
            if name in known:
                return name
    return None
