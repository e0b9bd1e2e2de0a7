"""The operations: one table with a row for each, and the functions that the language can call."""

from backstep.ops.catalogue import FUNCTIONS
from backstep.ops.library import Function, Parameter
from backstep.ops.row import NoGradient, Row
from backstep.ops.table import TABLE

__all__ = ["FUNCTIONS", "TABLE", "Function", "NoGradient", "Parameter", "Row"]
