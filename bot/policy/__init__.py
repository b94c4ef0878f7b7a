"""Budgets held against an image: which apply to it, what each measures, and what waives it."""
