"""The reference of operations, generated from the table."""

from backstep.operations.listing import Operation, operations

__all__ = ["Operation", "operations"]
