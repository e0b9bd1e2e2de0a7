"""The calculus: reverse mode, simplifications of its result, and zooms. No numbers, no text."""
