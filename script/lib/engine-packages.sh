# shellcheck shell=sh disable=SC2154
# The packages of private engines: Debian's docker.io as installed, and a newer one unpacked aside.
# Uses state_dir, apt_options and the functions of common.sh.

tools="$state_dir/tools/modern"

# search_path NAME: what this engine's daemon and its users find first.
search_path() {
    case "$1" in
    classic) printf '%s\n' "$state_dir/tools/classic/bin" ;;
    *) printf '%s\n' "$tools/usr/bin:$tools/usr/sbin" ;;
    esac
}

# install_classic: Debian's own packages, found first whatever else is on the PATH.
install_classic() {
    if ! [ -x /usr/sbin/dockerd ] || ! [ -x /usr/bin/docker ]; then
        apt_install docker.io
        # Since Debian 13 the client is a package of its own.
        [ -x /usr/bin/docker ] || apt_install docker-cli
    fi
    apt_install iptables iproute2
    mkdir -p "$state_dir/tools/classic/bin"
    for program in /usr/bin/docker /usr/sbin/dockerd /usr/bin/containerd /usr/sbin/runc; do
        [ -x "$program" ] && ln -sf "$program" "$state_dir/tools/classic/bin/"
    done
    mkdir -p "$state_dir/tools/classic/config"
}

# install_modern: the newer suite's packages, unpacked aside, together with a configuration folder that has buildx.
install_modern() {
    apt_install iptables iproute2 ca-certificates
    with_lock tools install_modern_now
}

install_modern_now() {
    [ -e "$tools/complete" ] && return
    say "unpacking a current dockerd, docker, buildx and containerd from Debian packages"
    apt_update_once
    suites='forky sid'
    [ "$(archive_of ORIGIN)" = Ubuntu ] && suites=devel
    for suite in $suites; do
        unpack_modern "$suite" && return
        say "  $suite does not fit this machine"
    done
    die "no suite of this machine's archive offers a docker.io, docker-cli and docker-buildx that run here" \
        "tried: $suites"
}

unpack_modern() {
    rm -rf "$tools" "$tools.apt"
    mkdir -p "$tools" "$tools.apt/debs"
    private_apt "$tools.apt" "$1" || return 1
    # shellcheck disable=SC2086 # options
    (cd "$tools.apt/debs" && apt-get -qq $apt_options download docker.io docker-cli docker-buildx containerd runc) >&2 || return 1
    for package in "$tools.apt/debs"/*.deb; do dpkg -x "$package" "$tools"; done
    rm -rf "$tools.apt"
    "$tools/usr/sbin/dockerd" --version >/dev/null && "$tools/usr/bin/docker" --version >/dev/null || return 1
    # A runc that needs a newer C library than this machine's gives way to the machine's own.
    if ! "$tools/usr/sbin/runc" --version >/dev/null 2>&1; then
        rm -f "$tools/usr/sbin/runc" "$tools/usr/bin/runc"
        have runc || apt_install runc
        ln -s "$(command -v runc)" "$tools/usr/bin/runc"
    fi
    # The init that `docker run --init` starts is a link to a package that is not unpacked here.
    rm -f "$tools/usr/bin/docker-init"
    mkdir -p "$tools/config/cli-plugins"
    ln -s "$tools/usr/libexec/docker/cli-plugins/docker-buildx" "$tools/config/cli-plugins/docker-buildx"
    "$tools/usr/bin/docker" --version >"$tools/complete"
}

install_for() {
    case "$1" in
    classic) install_classic ;;
    *) install_modern ;;
    esac
}
