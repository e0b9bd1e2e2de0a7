"""The three-way check of partials: by backprop, by SymPy, by differences."""
