"""Syntax tree to graph: names, shapes, calls, layers, the loss; and answers beside a definition."""
