# shellcheck shell=sh disable=SC2154,SC2034
# Stand-ins of language images and of the distroless family: which recipe makes which name, and what they need.
# Uses the caller's: work, recipe, suite, variant, base, version, the functions of stand-ins.sh and common.sh;
# sets packages and node_version. Apart from stand-ins.sh, so that a change here leaves the archives of the others.

# is_language RECIPE: whether it is one of these.
is_language() {
    case "$1" in
    buildpack-deps | python-local | node | gcc | rust | temurin | ruby | php | nginx | distroless | distroless-*)
        [ "$1" != distroless-static ]
        ;;
    *) return 1 ;;
    esac
}

# language_recipe_for NAME: the words of recipe_for.
language_recipe_for() {
    case "$1" in
    debian:trixie | debian:13) echo debian trixie full ;;
    buildpack-deps:bookworm | buildpack-deps:trixie) echo buildpack-deps "${1#*:}" ;;
    python:3.12) echo python-local trixie full buildpack-deps:trixie ;;
    python:3.12-slim) echo python-local trixie slim debian:trixie-slim ;;
    node:20 | node:20-bookworm) echo node bookworm full buildpack-deps:bookworm 20 ;;
    node:20-slim | node:20-bookworm-slim) echo node bookworm slim debian:bookworm-slim 20 ;;
    node:22 | node:22-bookworm) echo node bookworm full buildpack-deps:bookworm 22 ;;
    node:22-slim | node:22-bookworm-slim) echo node bookworm slim debian:bookworm-slim 22 ;;
    gcc:12 | gcc:12-bookworm) echo gcc bookworm ;;
    rust:1 | rust:latest) echo rust trixie full buildpack-deps:trixie ;;
    rust:1-slim) echo rust trixie slim debian:trixie-slim ;;
    eclipse-temurin:25-jdk | eclipse-temurin:25-jre | eclipse-temurin:21-jdk | eclipse-temurin:21-jre)
        echo temurin trixie "${1##*-}" none "$(echo "${1##*:}" | cut -d- -f1)"
        ;;
    eclipse-temurin:17-jdk | eclipse-temurin:17-jre) echo temurin bookworm "${1##*-}" none 17 ;;
    ruby:3.1 | ruby:3.1-bookworm) echo ruby bookworm full buildpack-deps:bookworm ;;
    ruby:3.1-slim | ruby:3.1-slim-bookworm) echo ruby bookworm slim debian:bookworm-slim ;;
    php:8.2-cli | php:8.2-cli-bookworm | php:8-cli) echo php bookworm ;;
    nginx:latest | nginx:1 | nginx:stable) echo nginx bookworm ;;
    esac
}

# distroless_recipe_for NAME: each kind is its packages on the next smaller kind, as nonroot; for root on that.
# A kind without a suite is Debian 12's.
distroless_recipe_for() {
    kind="${1#gcr.io/distroless/}"
    tag="${kind#*:}" kind="${kind%:*}"
    distroless_suite=bookworm release=12
    case "$kind" in
    *-debian12) kind="${kind%-debian12}" ;;
    *-debian13) kind="${kind%-debian13}" distroless_suite=trixie release=13 ;;
    esac
    case "$tag" in
    latest) echo distroless-root "$distroless_suite" "$kind" "gcr.io/distroless/$kind-debian$release:nonroot" && return ;;
    nonroot) ;;
    *) return ;;
    esac
    case "$kind" in
    static) echo distroless-static "$distroless_suite" ;;
    base-nossl) echo distroless "$distroless_suite" "$kind" "gcr.io/distroless/static-debian$release:nonroot" ;;
    base) echo distroless "$distroless_suite" "$kind" "gcr.io/distroless/base-nossl-debian$release:nonroot" ;;
    cc) echo distroless "$distroless_suite" "$kind" "gcr.io/distroless/base-debian$release:nonroot" ;;
    python3) echo distroless "$distroless_suite" "$kind" "gcr.io/distroless/cc-debian$release:nonroot" ;;
    java17 | java21 | java25)
        echo distroless-java "$distroless_suite" "$kind" "gcr.io/distroless/base-debian$release:nonroot" "${kind#java}"
        ;;
    nodejs20 | nodejs22)
        echo distroless-nodejs "$distroless_suite" "$kind" "gcr.io/distroless/cc-debian$release:nonroot" "${kind#nodejs}"
        ;;
    esac
}

# difference: what the stand-in knowingly is, where it is not what its name says.
difference() {
    case "$recipe" in
    python-local) printf '; Python %s under this name' "$(image_says python3 -c 'import sys; print(sys.version.split()[0])')" ;;
    rust) printf '; %s of Debian' "$(image_says rustc --version | cut -d' ' -f1,2)" ;;
    esac
    [ -z "${trusts:-}" ] || printf "; trusts this machine's own authorities"
}

# image_says PROGRAM ARGUMENT…: what it prints in the image.
image_says() {
    program="$1"
    shift
    docker run --rm --network none --entrypoint "$program" "$image" "$@" </dev/null
}

language_files() {
    trusts=''
    case "$recipe" in
    distroless) distroless_packages ;;
    distroless-nodejs) node_files bin/node ;;
    node) node_files . ;;
    esac
    case "$recipe" in
    buildpack-deps | python-local | node | rust | temurin | ruby | php)
        python_files
        trusts="$(find "$work/tree/trust" -type f)"
        ;;
    esac
    entry_point >>"$work/Dockerfile"
}

# entry_point: the lines by which images of the distroless family start their language.
entry_point() {
    case "$recipe:$variant" in
    distroless:python3) echo 'ENTRYPOINT ["/usr/bin/python3"]' && echo 'ENV LANG=C.UTF-8' ;;
    distroless-java:*) echo 'ENTRYPOINT ["/usr/bin/java", "-jar"]' ;;
    distroless-nodejs:*) echo 'ENTRYPOINT ["/nodejs/bin/node"]' ;;
    esac
}

distroless_packages() {
    case "$variant-$suite" in
    base-nossl-*) packages=libc6 ;;
    base-bookworm) packages=libssl3 ;;
    base-trixie) packages='libssl3t64 libzstd1 zlib1g' ;;
    cc-bookworm) packages='gcc-12-base libgcc-s1 libgomp1 libstdc++6' ;;
    cc-trixie) packages='gcc-14-base libgcc-s1 libgomp1 libstdc++6' ;;
    python3-bookworm)
        packages='libbz2-1.0 libcom-err2 libcrypt1 libdb5.3 libexpat1 libffi8 libgssapi-krb5-2 libk5crypto3 libkeyutils1
            libkrb5-3 libkrb5support0 liblzma5 libncursesw6 libnsl2 libpython3.11-minimal libpython3.11-stdlib
            libreadline8 libsqlite3-0 libtinfo6 libtirpc3 libuuid1 python3.11-minimal zlib1g'
        ;;
    python3-trixie)
        packages='libbz2-1.0 libdb5.3t64 libexpat1 libffi8 liblzma5 libncursesw6 libpython3.13-minimal
            libpython3.13-stdlib libreadline8t64 libsqlite3-0 libtinfo6 libuuid1 python3.13-minimal'
        ;;
    esac
}

# node_files PATH: that part of the npm package with the binary, as node.tar; with everything goes npm itself.
node_files() {
    apt_install_npm
    mkdir -p "$work/tree/node"
    npm_package "node-linux-$(npm_architecture)@$version"
    node_version="$(sed -n -E 's/^ *"version": "([^"]+)".*/\1/p' "$work/package/package.json")"
    if [ "$1" = . ]; then
        cp -R "$work/package/bin" "$work/package/include" "$work/package/share" "$work/tree/node/"
        npm_package npm@10
        mkdir -p "$work/tree/node/lib/node_modules"
        cp -R "$work/package" "$work/tree/node/lib/node_modules/npm"
    else
        mkdir -p "$work/tree/node/$(dirname "$1")"
        cp "$work/package/$1" "$work/tree/node/$1"
    fi
    chmod -R a+rX,go-w "$work/tree/node"
    chmod a+x "$work/tree/node/bin/node"
    pack node
    rm -rf "$work/package"
}

apt_install_npm() { have npm || apt_install npm 9>&-; }

npm_architecture() { case "$(uname -m)" in aarch64) echo arm64 ;; *) echo x64 ;; esac; }

# npm_package NAME@VERSION: unpacked as $work/package, by the npm of this machine as it is set up.
npm_package() {
    rm -rf "$work/package"
    (cd "$work" && npm pack --silent "$1" >/dev/null) >&2
    tar -xzf "$work"/*.tgz -C "$work"
    rm -f "$work"/*.tgz
}
