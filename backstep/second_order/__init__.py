"""Second derivatives of the loss: matrices, products with a vector, formulas, kinks."""
