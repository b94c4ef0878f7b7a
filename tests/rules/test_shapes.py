"""Shapes of Dockerfiles that people made smaller by hand: what they did is what comes first of what is suspected here.

And shapes of Dockerfiles that are well kept: nothing is said of them.
"""

import pytest

from bot.dockerfile import parse
from bot.rules.catalogue import RULES
from bot.rules.kit.run_rules import suspect

GO = "FROM golang:1.22\nWORKDIR /app\nCOPY . .\n"
NODE = "FROM node:20\nWORKDIR /app\nCOPY package*.json ./\n"
PYTHON = "FROM python:3.12\nWORKDIR /app\nCOPY . .\n"

SLIMMED: dict[str, tuple[str, set[str]]] = {
    "go build": (GO + 'RUN go build -o app .\nCMD ["./app"]\n', {"multi-stage-go"}),
    "go build, shell form": (GO + "RUN go build -v -o app\nCMD ./app\n", {"multi-stage-go"}),
    "go install": (GO + 'RUN go install -v ./...\nCMD ["app"]\n', {"multi-stage-go"}),
    "go get and make": (GO + 'RUN go get -d -v ./...\nRUN make\nCMD ["./bin/app"]\n', {"multi-stage-go"}),
    "go in a job without a command": (GO + "RUN go build -o /usr/local/bin/job\n", {"multi-stage-go"}),
    "go with an entry point": (GO + 'RUN make build\nENTRYPOINT ["/app/bin/x"]\nCMD ["-h"]\n', {"multi-stage-go"}),
    "go on alpine": ('FROM golang:1.22-alpine\nCOPY . .\nRUN go build -o /x .\nCMD ["/x"]\n', {"multi-stage-go"}),
    "go with tools of apt": (
        GO + "RUN apt-get update && apt-get install -y git\nRUN go build -o x\nCMD ./x\n",
        {"multi-stage-go"},
    ),
    "rust release": (
        'FROM rust:1\nWORKDIR /src\nCOPY . .\nRUN cargo build --release\nCMD ["./target/release/x"]\n',
        {"multi-stage-rust"},
    ),
    "rust install": ('FROM rust:1\nCOPY . .\nRUN cargo install --path .\nUSER 1000\nCMD ["x"]\n', {"multi-stage-rust"}),
    "rust run": (
        'FROM rust:1\nCOPY . .\nRUN cargo build --release\nCMD ["cargo", "run", "--release"]\n',
        {"multi-stage-rust"},
    ),
    "c and make": (
        (
            "FROM debian:12\nRUN apt-get update && apt-get install -y build-essential\nCOPY . /src\nRUN make -C /src\n"
            'CMD ["/src/x"]\n'
        ),
        {"multi-stage-c", "apt-build-packages"},
    ),
    "c++ and cmake": (
        (
            "FROM ubuntu:22.04\nRUN apt-get update && apt-get install -y g++ cmake\nCOPY . .\nRUN cmake -B b && cmake --build b\n"
            "CMD ./b/x\n"
        ),
        {"multi-stage-c", "apt-build-packages"},
    ),
    "gcc image": ('FROM gcc:12\nCOPY . .\nRUN gcc -o x x.c\nCMD ["./x"]\n', {"multi-stage-c"}),
    "java with maven": (
        'FROM maven:3.9-eclipse-temurin-17\nCOPY . .\nRUN mvn package\nCMD ["java", "-jar", "target/x.jar"]\n',
        {"multi-stage-java"},
    ),
    "java with gradle": (
        "FROM gradle:8-jdk17\nCOPY . .\nRUN gradle build\nENTRYPOINT java -jar build/libs/x.jar\n",
        {"multi-stage-java"},
    ),
    "java with javac": (
        'FROM eclipse-temurin:25-jdk\nCOPY . .\nRUN javac -d out *.java\nCMD ["java", "-cp", "out", "Main"]\n',
        {"multi-stage-java"},
    ),
    "a jar on a jdk": ('FROM openjdk:17-jdk\nCOPY x.jar /\nCMD ["java", "-jar", "/x.jar"]\n', {"multi-stage-java"}),
    "a jar of a stage on a jdk": (
        'FROM maven:3 AS b\nRUN mvn package\nFROM eclipse-temurin:21\nCOPY --from=b /x.jar /\nCMD ["java", "-jar", "x.jar"]\n',
        {"multi-stage-java"},
    ),
    "node with a build": (
        NODE + 'RUN npm ci\nCOPY . .\nRUN npm run build\nCMD ["node", "dist/index.js"]\n',
        {"multi-stage-node", "node-dev-dependencies"},
    ),
    "node without a build": (NODE + 'RUN npm install\nCOPY . .\nCMD ["npm", "start"]\n', {"node-dev-dependencies"}),
    "node by npm run": (
        NODE + 'RUN npm ci\nCOPY . .\nCMD ["npm", "run", "start:prod"]\n',
        {"node-dev-dependencies"},
    ),
    "node with yarn": (
        NODE + 'RUN yarn install && yarn build\nCMD ["node", "dist/main.js"]\n',
        {"multi-stage-node", "yarn-cache"},
    ),
    "python, full": (
        PYTHON + 'RUN pip install -r requirements.txt\nCMD ["python", "app.py"]\n',
        {"base-slim", "pip-cache"},
    ),
    "flask, shell form": (PYTHON + "RUN pip install -r r.txt\nCMD gunicorn app:app\n", {"base-slim", "pip-cache"}),
    "django": (
        PYTHON + "RUN pip install --no-cache-dir -r r.txt\nRUN python manage.py collectstatic\nCMD gunicorn x.wsgi\n",
        {"base-slim"},
    ),
    "python with a compiler": (
        (
            "FROM python:3.12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf"
            ' /var/lib/apt/lists/*\nCOPY . .\nRUN pip install --no-cache-dir uwsgi\nCMD ["uwsgi"]\n'
        ),
        {"multi-stage-python", "apt-build-packages"},
    ),
    "python with uv": (
        'FROM python:3.12-slim\nCOPY . .\nRUN pip install --no-cache-dir uv && uv sync\nCMD ["python", "app.py"]\n',
        {"multi-stage-uv", "python-tool-cache"},
    ),
    "ruby with a compiler": (
        (
            "FROM ruby:3.3-slim\nRUN apt-get update && apt-get install -y build-essential\nCOPY . .\nRUN bundle install\n"
            'CMD ["ruby", "app.rb"]\n'
        ),
        {"multi-stage-ruby", "apt-build-packages"},
    ),
    "php with headers": (
        (
            "FROM php:8.3-fpm\nRUN apt-get update && apt-get install -y libpq-dev && docker-php-ext-install pdo_pgsql\n"
            'CMD ["php-fpm", "-F"]\n'
        ),
        {"multi-stage-php", "apt-build-packages", "apt-lists"},
    ),
    "dotnet": (
        'FROM mcr.microsoft.com/dotnet/sdk:8.0\nCOPY . .\nRUN dotnet publish -o /out\nCMD ["dotnet", "/out/x.dll"]\n',
        {"multi-stage-dotnet"},
    ),
    "elixir": ('FROM elixir:1.16\nCOPY . .\nRUN mix release\nCMD ["/app/bin/x", "start"]\n', {"multi-stage-elixir"}),
    "cuda": (
        'FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nCOPY . .\nCMD ["./serve"]\n',
        {"multi-stage-cuda"},
    ),
    "cuda without a command": ("FROM nvidia/cuda:12.4.1-devel-ubuntu22.04\nCOPY . .\n", {"multi-stage-cuda"}),
    "update alone": (
        'FROM debian:12-slim\nRUN apt-get update\nRUN apt-get install -y --no-install-recommends nginx\nCMD ["nginx"]\n',
        {"apt-lists"},
    ),
    "apk without --no-cache": ('FROM alpine:3.20\nRUN apk add curl\nCMD ["/x"]\n', {"apk-cache"}),
    "dnf without clean": ('FROM fedora:40\nRUN dnf install -y httpd\nCMD ["httpd"]\n', {"rpm-cache"}),
    "pip without --no-cache-dir": (
        'FROM python:3.12-slim\nRUN pip install flask\nCMD ["python", "x.py"]\n',
        {"pip-cache"},
    ),
    "conda without clean": (
        'FROM continuumio/miniconda3\nRUN conda install -y numpy\nCMD ["python", "x.py"]\n',
        {"conda-packages"},
    ),
    "purged later": (
        (
            "FROM debian:12-slim\nRUN apt-get update && apt-get install -y --no-install-recommends gcc && rm -rf"
            ' /var/lib/apt/lists/*\nCOPY . .\nRUN make\nRUN apt-get purge -y gcc\nCMD ["/x"]\n'
        ),
        {"apt-late-purge", "multi-stage-c"},
    ),
    "removed later": (
        'FROM debian:12-slim\nRUN curl -fO https://x/y.tgz\nRUN tar xf y.tgz\nRUN rm y.tgz\nCMD ["/x"]\n',
        {"late-removal"},
    ),
    "owner changed later": (
        'FROM node:20-slim\nCOPY . /app\nRUN chown -R node:node /app\nUSER node\nCMD ["node", "/app/x.js"]\n',
        {"layer-chown"},
    ),
    "archive copied": ('FROM debian:12-slim\nCOPY a.tar.gz /\nRUN tar xf a.tar.gz\nCMD ["/x"]\n', {"archive-copied"}),
    "whole history cloned": (
        'FROM alpine/git\nRUN git clone https://example.org/x /x\nCMD ["/x/run"]\n',
        {"git-clone"},
    ),
}
"""A shape, and the rules of which any may come first: each names the step that was taken."""

RUNTIME = "FROM gcr.io/distroless/static-debian12:nonroot\nCOPY --from=build /x /x\n"
CLEAN = "rm -rf /var/lib/apt/lists/*"
NO_RECOMMENDS = "apt-get update && apt-get install -y --no-install-recommends"
KEPT: dict[str, str] = {
    "go": f'FROM golang:1.23 AS build\nCOPY . .\nRUN go build -o /x\n{RUNTIME}CMD ["/x"]\n',
    "go with mounts": "FROM --platform=$BUILDPLATFORM golang:1.23 AS build\nARG TARGETARCH\nCOPY . .\n"
    "RUN --mount=type=cache,target=/go/pkg/mod --mount=type=cache,target=/root/.cache/go-build GOARCH=$TARGETARCH go build"
    f' -o /x\n{RUNTIME}ENTRYPOINT ["/x"]\n',
    "go to alpine": "FROM golang:1.23-alpine AS build\nRUN apk add --no-cache git make\nCOPY . .\nRUN make\n"
    'FROM alpine:3.20\nRUN apk add --no-cache ca-certificates tzdata\nCOPY --from=build /x /x\nCMD ["/x"]\n',
    "go to scratch": "FROM golang:1.23 AS build\nCOPY . .\nRUN go build -o /x\nFROM scratch\nCOPY --from=build /x /x\n"
    'COPY --from=build /etc/ssl/certs/ca-certificates.crt /etc/ssl/certs/\nENTRYPOINT ["/x"]\n',
    "a binary of a release": 'FROM alpine:3.20\nARG TARGETARCH\nCOPY dist/x-$TARGETARCH /usr/bin/x\nENTRYPOINT ["x"]\n',
    "goreleaser": 'FROM gcr.io/distroless/static\nCOPY x /usr/bin/x\nENTRYPOINT ["/usr/bin/x"]\n',
    "rust": f'FROM rust:1 AS build\nCOPY . .\nRUN cargo build --release && mv target/release/x /x\n{RUNTIME}CMD ["/x"]\n',
    "rust with chef": "FROM lukemathwalker/cargo-chef AS chef\nFROM chef AS planner\nCOPY . .\nRUN cargo chef prepare\n"
    "FROM chef AS build\nCOPY --from=planner /recipe.json .\nRUN cargo chef cook --release\nCOPY . .\nRUN cargo build -r\n"
    f'FROM debian:bookworm-slim\nRUN {NO_RECOMMENDS} libssl3 ca-certificates && {CLEAN}\nCOPY --from=build /x /x\nCMD ["/x"]\n',
    "c": f'FROM debian:12 AS build\nRUN apt-get update && apt-get install -y gcc make\nCOPY . .\nRUN make\n{RUNTIME}CMD ["/x"]\n',
    "nginx": "FROM node:22 AS build\nCOPY . .\nRUN npm ci && npm run build\nFROM nginx:alpine\n"
    "COPY --from=build /app/dist /usr/share/nginx/html\n",
    "node": "FROM node:22-slim AS build\nCOPY . .\nRUN npm ci && npm run build && npm prune --omit=dev\nFROM node:22-slim\n"
    'ENV NODE_ENV=production\nCOPY --from=build /app /app\nUSER node\nCMD ["node", "/app/x.js"]\n',
    "node, production alone": "FROM node:22-alpine\nCOPY package*.json ./\nRUN npm ci --omit=dev && npm cache clean --force\n"
    'COPY . .\nCMD ["node", "x.js"]\n',
    "node with a mount": "FROM node:22-slim\nENV NODE_ENV=production\nCOPY package*.json ./\n"
    'RUN --mount=type=cache,target=/root/.npm npm ci\nCOPY --chown=node:node . .\nUSER node\nCMD ["node", "x.js"]\n',
    "pnpm": "FROM node:22-slim AS base\nRUN corepack enable\nFROM base AS build\nCOPY . .\n"
    "RUN --mount=type=cache,id=pnpm,target=/pnpm/store pnpm install --frozen-lockfile\nRUN pnpm deploy --prod /prod\n"
    'FROM base\nCOPY --from=build /prod /app\nCMD ["node", "/app/x.js"]\n',
    "bun": "FROM oven/bun:1 AS build\nCOPY . .\nRUN bun install && bun run build\nFROM oven/bun:1-slim\n"
    'COPY --from=build /app/dist /app\nCMD ["bun", "/app/x.js"]\n',
    "deno": 'FROM denoland/deno:alpine\nCOPY . .\nRUN deno cache main.ts\nCMD ["run", "main.ts"]\n',
    "python": "FROM python:3.13-slim\nCOPY requirements.txt .\nRUN pip install --no-cache-dir -r requirements.txt\nCOPY . .\n"
    'CMD ["python", "x.py"]\n',
    "python by a variable": 'FROM python:3.13-slim\nENV PIP_NO_CACHE_DIR=1\nRUN pip install flask\nCMD ["python", "x.py"]\n',
    "python with a venv": "FROM python:3.13 AS build\nRUN python -m venv /venv && /venv/bin/pip install x\n"
    'FROM python:3.13-slim\nCOPY --from=build /venv /venv\nCMD ["/venv/bin/x"]\n',
    "python with uv": "FROM ghcr.io/astral-sh/uv:python3.13-bookworm-slim AS build\nCOPY . .\n"
    "RUN --mount=type=cache,target=/root/.cache/uv uv sync --frozen --no-dev\nFROM python:3.13-slim-bookworm\n"
    'COPY --from=build /app /app\nCMD ["/app/.venv/bin/x"]\n',
    "python with a purge": f"FROM python:3.13-slim\nRUN {NO_RECOMMENDS} gcc && pip install --no-cache-dir uwsgi && apt-get purge -y"
    f' --auto-remove gcc && {CLEAN}\nCMD ["uwsgi"]\n',
    "poetry": "FROM python:3.13-slim AS build\nRUN pip install --no-cache-dir poetry\nCOPY . .\nRUN poetry install --only main\n"
    'FROM python:3.13-slim\nCOPY --from=build /app /app\nCMD ["/app/.venv/bin/x"]\n',
    "java": "FROM maven:3-eclipse-temurin-21 AS build\nCOPY . .\nRUN mvn -B package\nFROM eclipse-temurin:21-jre\n"
    'COPY --from=build /target/x.jar /x.jar\nCMD ["java", "-jar", "/x.jar"]\n',
    "java on distroless": "FROM gradle:8-jdk21 AS build\nCOPY . .\nRUN gradle bootJar\nFROM gcr.io/distroless/java21-debian12\n"
    'COPY --from=build /x.jar /x.jar\nCMD ["/x.jar"]\n',
    "jlink": "FROM eclipse-temurin:21 AS build\nRUN jlink --add-modules java.base --output /jre\nFROM debian:12-slim\n"
    'COPY --from=build /jre /jre\nCMD ["/jre/bin/java", "-jar", "/x.jar"]\n',
    "dotnet": "FROM mcr.microsoft.com/dotnet/sdk:9.0 AS build\nCOPY . .\nRUN dotnet publish -o /out\n"
    'FROM mcr.microsoft.com/dotnet/aspnet:9.0\nCOPY --from=build /out /app\nENTRYPOINT ["dotnet", "/app/x.dll"]\n',
    "ruby": f"FROM ruby:3.3-slim AS base\nFROM base AS build\nRUN {NO_RECOMMENDS} build-essential && {CLEAN}\nCOPY . .\n"
    'RUN bundle install\nFROM base\nCOPY --from=build /usr/local/bundle /usr/local/bundle\nCMD ["ruby", "x.rb"]\n',
    "php": "FROM composer:2 AS vendor\nCOPY . .\nRUN composer install --no-dev\nFROM php:8.3-fpm-alpine\n"
    "RUN apk add --no-cache --virtual .build $PHPIZE_DEPS && docker-php-ext-install opcache && apk del .build\n"
    "COPY --from=vendor /app /app\n",
    "elixir": "FROM elixir:1.17-slim AS build\nCOPY . .\nRUN mix release\nFROM debian:bookworm-slim\n"
    'COPY --from=build /app/_build /app\nCMD ["/app/bin/x", "start"]\n',
    "apt by name": f'FROM debian:12-slim\nRUN {NO_RECOMMENDS} nginx && {CLEAN}\nCMD ["nginx", "-g", "daemon off;"]\n',
    "apt with mounts": "FROM debian:12-slim\nRUN --mount=type=cache,target=/var/cache/apt,sharing=locked"
    " --mount=type=cache,target=/var/lib/apt,sharing=locked apt-get update && apt-get install -y --no-install-recommends curl\n"
    'CMD ["/x"]\n',
    "apt in a here-document": f"FROM debian:12-slim\nRUN <<E\nset -e\napt-get update\napt-get install -y --no-install-recommends curl\n"
    f'{CLEAN}\nE\nCMD ["/x"]\n',
    "dnf": 'FROM fedora:40\nRUN dnf install -y --setopt=install_weak_deps=False httpd && dnf clean all\nCMD ["httpd"]\n',
    "microdnf": 'FROM registry.access.redhat.com/ubi9/ubi-minimal\nRUN microdnf install -y tar && microdnf clean all\nCMD ["/x"]\n',
    "zypper": 'FROM opensuse/leap\nRUN zypper -n install curl && zypper clean -a\nCMD ["/x"]\n',
    "a download that goes": "FROM debian:12-slim\nRUN curl -fsSLo /tmp/x.tgz https://x/y.tgz && tar xf /tmp/x.tgz -C /opt && rm /tmp/x.tgz\n"
    'CMD ["/opt/x"]\n',
    "a download by ADD": 'FROM scratch\nADD --checksum=sha256:0 https://x/y /x\nCMD ["/x"]\n',
    "a shallow clone": "FROM alpine:3.20 AS src\nRUN apk add --no-cache git && git clone --depth 1 https://x/y /y\n"
    'FROM alpine:3.20\nCOPY --from=src /y/run /run\nCMD ["/run"]\n',
    "a tool for builds": "FROM golang:1.23\nRUN --mount=type=cache,target=/root/.cache/go-build --mount=type=cache,target=/go/pkg/mod"
    " go install honnef.co/go/tools/cmd/staticcheck@latest\n",
    "a development image": f"FROM python:3.13\nRUN {NO_RECOMMENDS} gdb && {CLEAN}\nRUN pip install --no-cache-dir pytest\n"
    'CMD ["pytest"]\n',
    "a dev container": f"FROM mcr.microsoft.com/devcontainers/base\nRUN {NO_RECOMMENDS} vim && {CLEAN}\n",
    "a database": "FROM postgres:16-alpine\nCOPY init.sql /docker-entrypoint-initdb.d/\n",
    "a proxy": "FROM caddy:2-alpine\nCOPY Caddyfile /etc/caddy/Caddyfile\n",
    "owner at the copy": 'FROM node:22-slim\nENV NODE_ENV=production\nCOPY --chown=1000:1000 . /app\nUSER 1000\nCMD ["node", "/app/x.js"]\n',
    "cuda at run time": 'FROM nvidia/cuda:12.4.1-runtime-ubuntu22.04\nCOPY x /x\nCMD ["/x"]\n',
    "bazel's own": "FROM scratch\nCOPY --from=out / /\n",
}
"""Shapes as careful projects have them today."""


def suspected(text: str) -> list[str]:
    """Name the rules that suspect something, best first."""
    return [finding.rule for finding in suspect(RULES, parse(text))]


@pytest.mark.parametrize(("text", "first"), SLIMMED.values(), ids=SLIMMED)
def test_shape__has_the_step_that_people_took_first(text: str, first: set[str]):
    """The first suspicion names a step that people took with a Dockerfile of this shape."""
    assert suspected(text)[:1] != []
    assert suspected(text)[0] in first


@pytest.mark.parametrize("text", KEPT.values(), ids=KEPT)
def test_well_kept__is_silent(text: str):
    """Of a Dockerfile that has nothing to gain nothing is suspected."""
    assert suspected(text) == []


def test_shapes__are_enough_to_mean_something():
    """At least forty of each kind."""
    assert min(len(SLIMMED), len(KEPT)) >= 40
