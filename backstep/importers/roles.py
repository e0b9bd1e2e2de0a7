"""What the names of a field are for, where nothing else tells: y is a target, W is learned."""

from __future__ import annotations

import re

TARGET = re.compile(
    r"(?:y|Y|t|target|targets|label|labels|true|expected|gt)\d*"
    r"|(?:y|Y)_?(?:true|train|batch|b|tr|target|real|obs|onehot|one_hot)|y[bs]|ground_truth"
)
"""Names of what a prediction is compared with."""
LEARNED = re.compile(
    r"(?:w|W|b|U|V|theta|Theta|weights?|bias(?:es)?|beta|gamma|params?|coef)(?:_?\w{0,3}\d*|_\w+)"
)
"""Names of what is learned."""
SET = re.compile(
    r"lambda|lam|reg|eps|epsilon|alpha|beta|gamma|lr|eta|decay|tau|sigma|margin|n|N|m|M|k|K|d|D"
    r"|\w*(?:rate|size|dim|decay|strength|coef|weight_decay|lambda|reg)\w*|num_\w+|n_\w+|batch\w*"
)
"""Names of what is chosen beforehand."""
LOSS = re.compile(
    r"(?:^|_)(?:loss|losses|cost|costs|objective|obj|nll|mse|criterion|energy)(?:_|\d|$)|^[LJE]\d?$",
    re.IGNORECASE,
)
"""Names of what is minimised."""
