"""Every operation as a reader is told of it, read off the table. Holds no rule of its own."""

from backstep.operations.listing import Operation, operations

__all__ = ["Operation", "operations"]
