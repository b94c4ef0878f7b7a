# shellcheck shell=sh
# What every script here shares: words to the user, the state folder, apt, and one question to an engine.

state_dir="${DEADWEIGHT_STATE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/deadweight}"

say() { printf '%s\n' "$*" >&2; }

die() {
    say "${0##*/}: $1"
    shift
    for line in "$@"; do say "  $line"; done
    exit 3
}

is_root() { [ "$(id -u)" -eq 0 ]; }

have() { command -v "$1" >/dev/null 2>&1; }

# quote WORD: the word as one single-quoted shell word.
quote() { printf "'%s'" "$(printf '%s' "$1" | sed "s/'/'\\\\''/g")"; }

# short_id TEXT: a few stable characters that stand for it in names with a length limit.
short_id() { printf '%s' "$1" | cksum | cut -d' ' -f1; }

# with_lock NAME COMMAND…: one process at a time for everything that shares the state folder.
# The command must not leave the lock's descriptor to a daemon: close it with 9>&-.
with_lock() {
    mkdir -p "$state_dir/locks"
    lock_file="$state_dir/locks/$1"
    shift
    (
        flock -w 900 9 || die "waited 15 minutes for $lock_file" "another script holds it; end that one first"
        "$@"
    ) 9>"$lock_file"
}

# --- apt -------------------------------------------------------------------------------------------------------

apt_update_once() {
    if [ -z "$(archive_of ORIGIN)" ] ||
        [ -z "$(find /var/lib/apt/lists -maxdepth 1 -name '*_Packages*' -mmin -1440 2>/dev/null | head -n 1)" ]; then
        apt-get -qq -o DPkg::Lock::Timeout=600 update >&2 || say "apt-get update failed; going on with the lists there are"
    fi
}

installed() { [ "$(dpkg-query -W -f '${db:Status-Abbrev}' "$1" 2>/dev/null)" = 'ii ' ]; }

# apt_install PACKAGE…: installs those that are missing; needs root only then.
apt_install() {
    missing=
    for package in "$@"; do installed "$package" || missing="$missing $package"; done
    [ -n "$missing" ] || return 0
    is_root || die "missing packages:$missing" "run as root, or: sudo apt-get install$missing"
    say "installing Debian packages:$missing"
    # shellcheck disable=SC2086 # a list of package names
    with_lock apt apt_install_now $missing
}

apt_install_now() {
    apt_update_once
    apt_log="$state_dir/apt.log"
    DEBIAN_FRONTEND=noninteractive apt-get -y -o DPkg::Lock::Timeout=600 install --no-install-recommends "$@" \
        >"$apt_log" 2>&1 9>&- </dev/null || {
        tail -n 20 "$apt_log" >&2
        die "apt-get install $* failed" "the whole log: $apt_log"
    }
}

# archive_of FIELD [LABEL]: a property of the distribution's main archive (or of the one with that label), as this
# machine's own sources name it.
archive_of() {
    apt-get indextargets --format "\$(LABEL)|\$(COMPONENT)|\$($1)" 'Created-By: Packages' 2>/dev/null |
        sed -n -E "s/^(${2:-Debian|Ubuntu})\|main\|//p" | head -n 1
}

archive_keyring() {
    for keyring in /usr/share/keyrings/debian-archive-keyring.gpg /usr/share/keyrings/ubuntu-archive-keyring.gpg; do
        if [ -r "$keyring" ]; then
            printf '%s\n' "$keyring"
            return
        fi
    done
}

# private_apt FOLDER SUITE: an apt of its own for another suite of the same archive; sets apt_options.
private_apt() {
    mkdir -p "$1/state/lists/partial" "$1/cache/archives/partial"
    components=main
    [ "$(archive_of ORIGIN)" = Ubuntu ] && components='main universe'
    signed_by="$(archive_keyring)"
    cat >"$1/archive.sources" <<SOURCES
Types: deb
URIs: $(archive_of REPO_URI)
Suites: $2
Components: $components
${signed_by:+Signed-By: $signed_by}
SOURCES
    apt_options="-o Dir::State=$1/state -o Dir::State::status=/dev/null -o Dir::Cache=$1/cache
        -o Dir::Etc::sourcelist=$1/archive.sources -o Dir::Etc::sourceparts=/dev/null
        -o APT::Sandbox::User=root -o Acquire::Languages=none"
    # shellcheck disable=SC2086 # options, and no path here may contain a blank
    apt-get -qq $apt_options update >&2
}

# --- engines ---------------------------------------------------------------------------------------------------

# given_engine: whether the user or the machine has an engine that is to be used, none of our private ones.
given_engine() {
    [ -n "${DOCKER_HOST:-}" ] && return
    case "$("${0%/*}/engine" status 2>/dev/null | head -n 1)" in external:*) return 0 ;; *) return 1 ;; esac
}

# usual_engine: the option of script/engine that names the engine for everyday work: the given one, else the modern.
usual_engine() {
    if ! given_engine && "${0%/*}/engine" status --modern >/dev/null 2>&1; then echo --modern; fi
}

# answers HOST: whether an engine answers GET /_ping there within two seconds.
answers() {
    case "$1" in
    unix://*)
        [ -S "${1#unix://}" ] || return 1
        python3 -c '
import socket, sys
with socket.socket(socket.AF_UNIX) as engine:
    engine.settimeout(2)
    engine.connect(sys.argv[1])
    engine.sendall(b"GET /_ping HTTP/1.0\r\nHost: docker\r\n\r\n")
    sys.exit(b" 200 " not in engine.recv(64))' "${1#unix://}" 2>/dev/null
        ;;
    *) have docker && DOCKER_HOST="$1" timeout 10 docker version --format '{{.Server.Version}}' >/dev/null 2>&1 ;;
    esac
}
