"""The graph: nodes, shapes and orders. Knows no operation, no text and no numbers library."""
