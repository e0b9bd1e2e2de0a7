"""Named rewrites of formulas, a file a subject, and the tidy form of a gradient."""
