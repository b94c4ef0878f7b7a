"""Advice, one rule per file; the registry is a literal list."""
