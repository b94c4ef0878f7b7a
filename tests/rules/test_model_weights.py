"""model-weights points at weights, with little confidence."""

import pytest

from bot.rules.catalogue.model_weights import RULE
from tests.rules.world import look, picture, the


@pytest.mark.parametrize(
    "path", ["root/.cache/huggingface/hub/a", "srv/model.safetensors", "srv/llama.gguf", "srv/net.onnx"]
)
def test_image__claims_weights(path: str):
    """Caches of hubs and files of weights are claimed; often this is intended, and the advice says so."""
    finding = the(look(RULE, picture(f"FROM a\n  x 9\nRUN fetch\n  {path} 500000000")))

    assert (finding.claimed.live, finding.confidence) == (500_000_000, 0.3)
    assert "intended" in finding.advice


def test_image__with_small_ones_is_silent():
    """Weights that a library brings are small."""
    assert look(RULE, picture("FROM a\n  x 9\nRUN pip install x\n  srv/tiny.onnx 9000000")) == ()
