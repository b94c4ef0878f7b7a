"""The bytes of a layer → its entries: tar, tar-split records, compression, and the codec of the layer cache."""
