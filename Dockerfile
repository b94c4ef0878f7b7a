# The Action's image: Python, git, and the docker CLI with buildx. Nothing here runs as a shell script,
# so that files of a checked out pull request cannot shadow anything (see docs/security.md, T-D9).

FROM docker:28.5.2-cli AS docker-cli

FROM docker/buildx-bin:0.29.1 AS buildx

FROM python:3.13.9-slim-trixie AS build
COPY requirements.lock /src/
RUN python -m venv --without-pip /opt/deadweight \
 && pip --python /opt/deadweight/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /src/requirements.lock
COPY bot /opt/deadweight/lib/python3.13/site-packages/bot

FROM python:3.13.9-slim-trixie
RUN apt-get update \
 && apt-get install -y --no-install-recommends git \
 && rm -rf /var/lib/apt/lists/*
COPY --from=docker-cli /usr/local/bin/docker /usr/local/bin/docker
COPY --from=buildx /buildx /usr/local/lib/docker/cli-plugins/docker-buildx
COPY --from=build /opt/deadweight /opt/deadweight
ENTRYPOINT ["/opt/deadweight/bin/python", "-I", "-m", "bot"]
