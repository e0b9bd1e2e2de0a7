"""The graph: nodes, shapes and orders. Imports no operation, no language and no numbers library."""
