#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Debian packages, by build-aux/make-deb.sh: made twice alike, installed into an empty root, used
# there, and removed.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
pkg_config=${PKG_CONFIG:-pkg-config}

make_packages()
{
    CFLAGS="-O0" sh "$top_srcdir/build-aux/make-deb.sh" "$work/debs" "$work/build" &&
        [ "$(find "$work/debs" -name '*.deb' | wc -l)" = 3 ]
}

# Installed and packed anew, at another time.
same_bytes()
{
    sh "$top_srcdir/build-aux/make-deb.sh" "$work/again" "$work/build" >/dev/null || return 1
    for deb in "$work/debs"/*.deb; do
        cmp "$deb" "$work/again/$(basename "$deb")" || return 1
    done
}

field()
{
    dpkg-deb -f "$work/debs/$1"_*.deb "$2"
}

fields()
{
    for package in libmodelplane0 libmodelplane-dev modelplane; do
        [ "$(field $package Package)" = $package ] || return 1
        [ "$(field $package Version)" = "$(field libmodelplane0 Version)" ] || return 1
        [ "$(field $package Architecture)" = "$(dpkg --print-architecture)" ] || return 1
    done
    field libmodelplane0 Depends | grep -q '^libc6 (>= [0-9.]*)$' || return 1
    [ "$(field libmodelplane-dev Depends)" = "libmodelplane0 (= $(field libmodelplane0 Version))" ] ||
        return 1
    field modelplane Depends | grep -q 'libmodelplane0 (= ' || return 1
    [ "$HAVE_YAML" != yes ] || field modelplane Depends | grep -q libyaml
}

# What a root of its own cannot have: other packages, maintainer scripts, a real superuser.
in_root()
{
    dpkg --root="$root" --force-depends --force-not-root --force-script-chrootless --log=/dev/null "$@"
}

installs()
{
    mkdir -p "$root/var/lib/dpkg/info" "$root/var/lib/dpkg/updates" "$root/var/lib/dpkg/triggers"
    : >"$root/var/lib/dpkg/status"
    in_root -i "$work/debs"/*.deb >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
    for package in libmodelplane0 libmodelplane-dev modelplane; do
        (cd "$root" && md5sum --quiet -c "var/lib/dpkg/info/$package.md5sums") ||
            (cd "$root" && md5sum --quiet -c "var/lib/dpkg/info/$package:$(dpkg --print-architecture).md5sums") ||
            return 1
    done
}

find_libdir()
{
    libdir=$(dirname "$(find "$root/usr/lib" -name 'libmodelplane.so.0')")
    PKG_CONFIG_PATH=$libdir/pkgconfig
    PKG_CONFIG_SYSROOT_DIR=$root
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
}

command_runs()
{
    find_libdir
    [ "$HAVE_YAML" = yes ] || return 0
    LD_LIBRARY_PATH=$libdir "$root/usr/bin/modelplane" plan --assume-ready "$top_srcdir/examples/fleet" |
        cmp - "$srcdir/data/cli/plan-fleet.txt"
}

consumers()
{
    find_libdir
    # shellcheck disable=SC2046
    $CC -std=c11 "$top_srcdir/examples/controller.c" -o "$work/shared" \
        $($pkg_config --cflags --libs modelplane) &&
        $CC -std=c11 -static "$top_srcdir/examples/controller.c" -o "$work/static" \
            $($pkg_config --static --cflags --libs modelplane) || return 1
    for program in shared static; do
        LD_LIBRARY_PATH=$libdir "$work/$program" <"$top_srcdir/examples/controller.events" |
            cmp - "$top_srcdir/examples/controller.expected" || return 1
    done
}

places()
{
    for path in usr/share/man/man1/modelplane.1.gz usr/share/man/man3/libmodelplane.3.gz \
        usr/share/bash-completion/completions/modelplane usr/share/zsh/vendor-completions/_modelplane \
        usr/share/doc/libmodelplane0/copyright usr/share/doc/modelplane/changelog.Debian.gz \
        usr/include/modelplane/modelplane.h; do
        [ -s "$root/$path" ] || {
            echo "missing: $path"
            return 1
        }
    done
    # Nothing of the machine that built it, no libtool archive.
    ! grep -rlF "$work" "$root/usr" && ! find "$root/usr" -name '*.la' | grep .
}

removed()
{
    in_root -P modelplane libmodelplane-dev libmodelplane0 >"$work/log" 2>&1 || {
        cat "$work/log"
        return 1
    }
    ! find "$root" -path "$root/var/lib/dpkg" -prune -o ! -type d -print | grep .
}

# check NAME COMMAND
check()
{
    if [ -n "$MP_INSTRUMENTED" ]; then
        skip "$1" "an instrumented build is not for installing"
    elif ! command -v dpkg-shlibdeps >/dev/null 2>&1; then
        skip "$1" "no dpkg-deb or dpkg-shlibdeps"
    elif [ ! -e "$top_builddir/lib/.libs/libmodelplane.so" ]; then
        skip "$1" "no libmodelplane.so in this build"
    elif ! command -v "$pkg_config" >/dev/null 2>&1; then
        skip "$1" "no pkg-config"
    else
        ok "$1" "$2"
    fi
}

check "deb: three packages are made in a clean directory" make_packages
check "deb: made again, they have the same bytes" same_bytes
check "deb: names, versions, and what depends on what" fields
check "deb: dpkg installs them into an empty root" installs
check "deb: files are where Debian looks for them" places
check "deb: the installed command plans the example fleet" command_runs
check "deb: programs built against them, shared and static, run" consumers
check "deb: removed, they leave nothing" removed
tap_done
