"""The smaller variant that a base image's maker publishes, by its reference."""

import pytest

from bot.rules.kit.base_variants import aspnet, cuda_runtime, jre, slim


@pytest.mark.parametrize(
    ("full", "expected"),
    [
        ("python:3.12", "python:3.12-slim"),
        ("python:3.12-bookworm", "python:3.12-slim-bookworm"),
        ("docker.io/library/python:3", "docker.io/library/python:3-slim"),
        ("python", "python:slim"),
        ("node:20", "node:20-slim"),
        ("node:20-bookworm", "node:20-bookworm-slim"),
        ("node:lts", "node:lts-slim"),
        ("ruby:3.1", "ruby:3.1-slim"),
        ("python:3.12-slim", ""),
        ("python:3.12-alpine", ""),
        ("php:8.3-fpm", ""),
        ("golang:1.22", ""),
        ("me/python:3.12", ""),
        ("python:3.12@sha256:0", ""),
    ],
)
def test_slim(full: str, expected: str):
    """The slim tag of the same version and release; nothing for another image or one that is pinned by digest."""
    assert slim(full) == expected


@pytest.mark.parametrize(
    ("jdk", "expected"),
    [
        ("eclipse-temurin:25-jdk", "eclipse-temurin:25-jre"),
        ("eclipse-temurin:17", "eclipse-temurin:17-jre"),
        ("eclipse-temurin:21.0.2_13-jdk-alpine", "eclipse-temurin:21.0.2_13-jre-alpine"),
        ("maven:3.9-eclipse-temurin-17", "eclipse-temurin:17-jre"),
        ("gradle:8.5-jdk21", "eclipse-temurin:21-jre"),
        ("openjdk:11-jdk-slim", "eclipse-temurin:11-jre"),
        ("eclipse-temurin:25-jre", ""),
        ("maven:3.9", ""),
        ("amazoncorretto:17", ""),
    ],
)
def test_jre(jdk: str, expected: str):
    """The JRE of the same version; nothing where no such image is known."""
    assert jre(jdk) == expected


def test_runtimes_of_others():
    """The SDK of .NET and CUDA for development have runtime images of the same version."""
    assert aspnet("mcr.microsoft.com/dotnet/sdk:8.0-alpine") == "mcr.microsoft.com/dotnet/aspnet:8.0-alpine"
    assert aspnet("mcr.microsoft.com/dotnet/aspnet:8.0") == ""
    assert cuda_runtime("nvidia/cuda:12.4.1-cudnn-devel-ubuntu22.04") == "nvidia/cuda:12.4.1-cudnn-runtime-ubuntu22.04"
    assert cuda_runtime("nvidia/cuda:12.4.1-base-ubuntu22.04") == ""
