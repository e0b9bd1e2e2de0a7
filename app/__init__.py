"""Backstep: see derivatives. The package's rooms and their floors are in docs/architecture.md."""

__version__ = "0.1.0"
