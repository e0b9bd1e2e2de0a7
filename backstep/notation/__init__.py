"""Names and figures as they are set, signs in drawings, formulas printed from the graph."""
