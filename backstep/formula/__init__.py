"""Formulas: one tree, its printers and its readers."""
