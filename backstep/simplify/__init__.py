"""Named rewrites of formulas, with a file for each subject, and the tidy form of a gradient."""
