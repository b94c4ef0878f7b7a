# The Action's image: Python, git, the docker CLI with buildx, and what looks into a box (docs/verified-advice.md).
# Nothing here runs as a shell script, so that files of a checked out pull request cannot shadow anything
# (docs/security.md, T-D9).

FROM docker:28.5.2-cli AS docker-cli

FROM docker/buildx-bin:0.29.1 AS buildx

FROM python:3.13.9-slim-trixie AS packages
COPY requirements.lock /src/
RUN python -m venv --without-pip /opt/deadweight \
 && pip --python /opt/deadweight/bin/python install --no-cache-dir --no-compile --no-deps \
        --only-binary :all: --require-hashes -r /src/requirements.lock
COPY bot /opt/deadweight/lib/python3.13/site-packages/bot

# git without Perl, documentation and what only its scripts need: the program, its https helper, their libraries.
# strace and busybox are never run here: they are put into containers, strace together with its libraries.
FROM python:3.13.9-slim-trixie AS git
RUN touch /before \
 && apt-get update \
 && apt-get install -y --no-install-recommends git strace busybox-static \
 && mkdir /git \
 && ldd /usr/bin/git /usr/lib/git-core/git-remote-http /usr/bin/strace \
  | grep -o '/[^ :]*' | xargs -n 1 readlink -m | sort -u \
  | xargs -I '{}' find '{}' -cnewer /before ! -path '*/git*' > /libraries \
 && ldd /usr/bin/git /usr/lib/git-core/git-remote-http /usr/bin/strace \
  | grep -o '/[^ :]*' | sed 's,^/lib,/usr/lib,' | sort -u \
  | xargs -I '{}' find '{}' -cnewer /before -type l >> /libraries \
 && sort -u /libraries | xargs cp --no-dereference --parents --target-directory /git \
 && cp --no-dereference --parents --target-directory /git /usr/bin/git /usr/bin/strace /usr/bin/busybox \
        /usr/lib/git-core/git-remote-http /usr/lib/git-core/git-remote-https /usr/lib/git-core/git-upload-pack \
 && ln -s ../../bin/git /git/usr/lib/git-core/git

FROM python:3.13.9-slim-trixie
COPY --from=docker-cli /usr/local/bin/docker /usr/local/bin/docker
COPY --from=buildx /buildx /usr/local/lib/docker/cli-plugins/docker-buildx
COPY --from=git /git /
COPY --from=packages /opt/deadweight /opt/deadweight
ENTRYPOINT ["/opt/deadweight/bin/python", "-I", "-m", "bot"]
