"""The library's facade: a network, and its values, formulas, drawings and verdicts as objects that
print themselves, and show themselves in a notebook.
"""

import backstep.errors as errors
from backstep.errors import BackstepError
from backstep.network.drawing import Drawing
from backstep.network.evaluation import Evaluation
from backstep.network.formula import Formula
from backstep.network.importing import from_array, from_latex, from_onnx, from_python, from_torch
from backstep.network.network import Network, read
from backstep.network.training import Training
from backstep.network.walk import Walk

__all__ = [
    "BackstepError",
    "Drawing",
    "Evaluation",
    "Formula",
    "Network",
    "Training",
    "Walk",
    "errors",
    "from_array",
    "from_latex",
    "from_onnx",
    "from_python",
    "from_torch",
    "read",
]
