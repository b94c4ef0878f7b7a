"""Dockerfile text → instructions, stages and shell commands with byte-exact spans; edits → new text → patch."""
