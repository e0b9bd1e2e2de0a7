"""LaTeX read to a formula, with a definition's names and shapes in hand.

`tokens` parts the text; `cursor` goes over them; `names` finds which names a run of letters is;
`products` decides by shape which product stands where no sign does; `reader` is the grammar.
"""

from backstep.formula.latex_reader.reader import read

__all__ = ["read"]
