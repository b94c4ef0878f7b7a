"""Formats of foreign files inside an image, each read in time and memory that its size bounds."""
