"""Side-by-side benchmarks: each number beside its peer and beside the physical limit (see README.md)."""
