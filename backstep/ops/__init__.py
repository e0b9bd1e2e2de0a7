"""The operations: one row an operation in one table, and what the language can call."""

from backstep.ops.catalogue import FUNCTIONS
from backstep.ops.library import Function, Parameter
from backstep.ops.row import NoGradient, Row
from backstep.ops.table import TABLE

__all__ = ["FUNCTIONS", "TABLE", "Function", "NoGradient", "Parameter", "Row"]
