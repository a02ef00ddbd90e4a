"""hemiscan."""
