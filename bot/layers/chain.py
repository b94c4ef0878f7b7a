"""Chain IDs: a layer together with all layers below it (OCI image-spec config.md, "Layer ChainID")."""

from collections.abc import Iterator, Sequence

from bot.layers.digest import sha256


def chain_ids(diff_ids: Sequence[str]) -> Iterator[str]:
    """Give the chain ID of each layer, lowest first."""
    chain = ""
    for diff_id in diff_ids:
        chain = sha256(f"{chain} {diff_id}".encode()) if chain else diff_id
        yield chain
