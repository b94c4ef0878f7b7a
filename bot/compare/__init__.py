"""Two images → why they differ: aligned layers, causes, contents, changes, roll-up."""
