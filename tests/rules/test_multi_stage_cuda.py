"""multi-stage-cuda fires on a final stage that starts from a CUDA development image."""

import pytest

from bot.rules.catalogue.multi_stage_cuda import RULE
from tests.rules.world import config, look, picture, read, the

PICTURE = """
FROM nvidia/cuda:12.4.1-devel-ubuntu22.04
  usr/local/cuda-12.4/bin/nvcc 20000000
  usr/local/cuda-12.4/nvvm/libnvvm.so 60000000
  usr/local/cuda-12.4/targets/x86_64-linux/lib/libcublas_static.a 900000000
  usr/local/cuda-12.4/targets/x86_64-linux/lib/libcublas.so 600000000
COPY app /app
  app/main 5000000
"""


def test_image__claims_compiler_headers_and_static_libraries():
    """What the runtime tag of the same version lacks is claimed, shared libraries are not."""
    finding = the(look(RULE, picture(PICTURE, config=config("/app/main"))))

    assert finding.claimed.base_image == 980_000_000


@pytest.mark.parametrize("library", ["triton", "deepspeed", "vllm"])
def test_image__with_a_library_that_compiles_at_run_time_is_silent(library: str):
    """Libraries that compile kernels at run time need the development image."""
    image = picture(
        PICTURE + f"RUN pip install x\n  usr/lib/python3/site-packages/{library}/a.py 5", config=config("/app/main")
    )

    assert look(RULE, image) == ()


@pytest.mark.parametrize("command", ["nvcc x.cu", "jupyter lab", "bash"])
def test_image__for_development_is_silent(command: str):
    """An image that starts a development tool is one for development."""
    assert look(RULE, picture(PICTURE, config=config(command))) == ()


def test_text__is_suspected_by_its_tag():
    """The tag says devel; a runtime tag, or an image that starts nothing, says nothing."""
    devel = 'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nCOPY . /app\nCMD ["/app/main"]\n'

    assert the(read(RULE, devel)).lines == (1, 1)
    assert read(RULE, devel.replace("devel", "runtime")) == ()
    assert the(read(RULE, devel.replace('CMD ["/app/main"]\n', ""))).confidence < the(read(RULE, devel)).confidence
    assert read(RULE, devel.replace('["/app/main"]', "bash")) == ()
