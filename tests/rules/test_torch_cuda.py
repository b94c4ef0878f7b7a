"""torch-cuda fires on CUDA libraries where nothing asks for a graphics card."""

from dataclasses import replace

import pytest

from bot.rules.catalogue.torch_cuda import RULE
from tests.rules.world import config, look, picture, the

PICTURE = """
FROM python:3.12-slim
  bin/sh 9
RUN pip install torch
  usr/local/lib/python3.12/site-packages/nvidia/cublas/lib/a.so 600000000
  usr/local/lib/python3.12/site-packages/torch/lib/libtorch_cuda.so 900000000
  usr/local/lib/python3.12/site-packages/torch/lib/libtorch_cpu.so 400000000
"""


def test_image__claims_the_parts_for_cards():
    """NVIDIA's wheels and torch's CUDA parts are claimed, its CPU parts are not."""
    assert the(look(RULE, picture(PICTURE))).claimed.live == 1_500_000_000


@pytest.mark.parametrize("base", ["nvidia/cuda:12-runtime", "pytorch/pytorch:2", "nvcr.io/x/y"])
def test_image__on_a_base_for_cards_is_silent(base: str):
    """A base image for graphics cards says that there is one."""
    assert look(RULE, replace(picture(PICTURE), base_image=base)) == ()


def test_image__whose_environment_asks_for_a_card_is_silent():
    """So does the variable that the container runtime reads."""
    assert look(RULE, picture(PICTURE, config=config("x", env=("NVIDIA_VISIBLE_DEVICES=all",)))) == ()
