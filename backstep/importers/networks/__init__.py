"""Definitions from networks of other libraries, by the graphs that these libraries export."""
