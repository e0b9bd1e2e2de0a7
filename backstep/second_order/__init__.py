"""Second derivatives of the loss: Hessians, Hessian-vector products, formulas, kinks."""
