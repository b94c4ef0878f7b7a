"""One package reader a file: a package database of an image → the packages in it."""
