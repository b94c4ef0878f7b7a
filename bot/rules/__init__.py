"""Advice from evidence: ``kit`` is what rules are made with, ``catalogue`` is one rule a file."""
