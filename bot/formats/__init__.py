"""Documents → the manifest of one image: docker-archive, OCI layouts and indexes, references, registries' answers."""
