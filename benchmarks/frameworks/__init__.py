"""The nets of `benchmarks.nets` as users of other libraries write them, a module a library."""
