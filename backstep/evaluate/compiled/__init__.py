"""Compiled programs: a graph's nodes as straight-line source, compiled once and cached."""
