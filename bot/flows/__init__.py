"""What each command does, from nouns to nouns; each function reads on one screen."""
