"""Networks of other libraries, by the graphs that these write of them, as definitions."""
