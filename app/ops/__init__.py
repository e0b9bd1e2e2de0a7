"""The operations: one row an operation in one table, and what the language can call."""

from app.ops.catalogue import FUNCTIONS
from app.ops.library import Function, Parameter
from app.ops.row import NoGradient, Row
from app.ops.table import TABLE

__all__ = ["FUNCTIONS", "TABLE", "Function", "NoGradient", "Parameter", "Row"]
