"""The only code that touches processes, networks, files and the environment."""
