"""Action inputs and deadweight.toml → Config; every mistake at once, with file and line."""
