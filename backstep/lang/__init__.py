"""The definition language: text to syntax to graph, and back. Imports no engine and no drawing."""
