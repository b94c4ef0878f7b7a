"""The frozen nouns that travel along the arrows; they hold no behaviour beyond sums of their own parts."""
