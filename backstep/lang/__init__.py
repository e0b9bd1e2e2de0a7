"""The definition language: text to syntax to graph, and back. Knows no numbers and no drawing."""
