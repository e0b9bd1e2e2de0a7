"""The numeric engine: values by NumPy, compiled programs, differences, sampling, rounding."""
