"""Bytes → Image: tar headers, archives, layouts, manifests, the merged filesystem and the download size."""
