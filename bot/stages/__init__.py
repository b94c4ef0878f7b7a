"""The product in order, one file per arrow, one public function each, nouns in and nouns out."""
