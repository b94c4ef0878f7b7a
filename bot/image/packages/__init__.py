"""Package databases → packages with the bytes they own; one reader per ecosystem."""
