"""Exports the modules of modules.py and records their graphs, outputs and gradients. By hand.

python -m tests.importers.record_modules     # where PyTorch is
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from backstep.importers.networks.torch_export import recorded
from tests.importers.modules import MODULES, made

RECORDED = Path(__file__).resolve().parent.parent / "data" / "importers" / "modules.json"


def told(name: str) -> dict[str, Any]:
    """A module's graph, the sum of what it gives, and the gradients of that."""
    module, inputs = made(name)
    graph = recorded(module, inputs).to_plain()
    total = module(*inputs).sum()
    total.backward()
    gradients = {
        each.replace(".", "_"): parameter.grad.tolist()
        for each, parameter in module.named_parameters()
    }
    return {"graph": graph, "loss": total.item(), "gradients": gradients}


if __name__ == "__main__":
    lines = [f"{json.dumps(name)}: {json.dumps(told(name))}" for name in MODULES]
    RECORDED.write_text("{\n" + ",\n".join(lines) + "\n}\n")
