"""asymmetry."""
