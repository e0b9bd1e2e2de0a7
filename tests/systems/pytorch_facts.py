"""What PyTorch has for the functions that are written twice, kept as data for the plain tests.

Run where PyTorch is: `python -m tests.systems.pytorch_facts` writes the numbers anew.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.systems.functions_twice_written import FUNCTIONS
from tests.systems.torch_twins import compare

FILE = Path(__file__).parents[1] / "data" / "pytorch.json"


def stored() -> dict[str, Any]:
    """By what is computed: the loss and the partials that PyTorch has."""
    facts: dict[str, Any] = json.loads(FILE.read_text(encoding="utf-8"))
    return facts


def main() -> None:
    facts = {}
    for pair in FUNCTIONS:
        compared = compare(pair.definition, pair.torch)
        if compared.apart:
            print(pair.said, compared.apart)
        facts[pair.said] = {
            "loss": compared.values["L"].theirs.item(),
            "partials": {
                name: both.theirs.tolist()
                for name, both in compared.partials.items()
                if name != "L"
            },
        }
    lines = ",\n".join(f"{json.dumps(said)}: {json.dumps(each)}" for said, each in facts.items())
    FILE.write_text(f"{{\n{lines}\n}}\n", encoding="utf-8")


if __name__ == "__main__":
    main()
