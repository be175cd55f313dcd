#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a DESTDIR and builds a consumer against it by pkg-config alone, shared and static.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
root=$work/root
pkg_config=${PKG_CONFIG:-pkg-config}

cat >"$work/consumer.c" <<'END'
#include <modelplane/modelplane.h>
#include <stdio.h>
#include <string.h>

int main(void)
{
    mp_fleet *fleet;
    mp_error err;

    if (mp_fleet_new(NULL, &fleet, &err) != MP_OK)
        return 1;
    mp_fleet_free(fleet);
    puts(mp_version());
    return strcmp(mp_version(), MP_VERSION) != 0;
}
END

install_into()
{
    make -s -C "$top_builddir" install DESTDIR="$root"
}

shared()
{
    $CC -std=c11 -Wall -Werror "$work/consumer.c" -o "$work/shared" \
        $($pkg_config --cflags --libs modelplane) &&
        LD_LIBRARY_PATH=$libdir "$work/shared" &&
        objdump -p "$work/shared" | grep -q 'NEEDED *libmodelplane\.so\.'
}

static()
{
    $CC -std=c11 -Wall -Werror "$work/consumer.c" -o "$work/static" \
        $($pkg_config --cflags modelplane) "$libdir/libmodelplane.a" && "$work/static"
}

# Nothing shared at all, by pkg-config alone.
alone()
{
    $CC -std=c11 -Wall -Werror -static "$work/consumer.c" -o "$work/alone" \
        $($pkg_config --static --cflags --libs modelplane) && "$work/alone" &&
        ! objdump -p "$work/alone" | grep NEEDED
}

version()
{
    [ "$($pkg_config --modversion modelplane)" = "$("$work/static")" ]
}

command_runs()
{
    said=$(LD_LIBRARY_PATH=$libdir "$root$bindir/modelplane" --version) || return 1
    echo "$said"
    echo "$said" | grep -qF "$($pkg_config --modversion modelplane)"
}

no_strangers()
{
    ! find "$root" -type f ! -name '*modelplane*' ! -path '*/include/modelplane/*.h' ! -path '*/doc/*' |
        grep .
}

uninstalled()
{
    make -s -C "$top_builddir" uninstall DESTDIR="$root" && ! find "$root" ! -type d | grep .
}

# check NAME NEEDED-FILE COMMAND...
check()
{
    name=$1
    file=$2
    shift 2
    if [ -n "$MP_INSTRUMENTED" ]; then
        skip "$name" "an instrumented build is not for installing"
    elif ! command -v "$pkg_config" >/dev/null 2>&1; then
        skip "$name" "no pkg-config"
    elif [ -n "$file" ] && [ ! -e "$top_builddir/lib/.libs/$file" ]; then
        skip "$name" "no $file in this build"
    else
        ok "$name" "$@"
    fi
}

check "make install into a DESTDIR" '' install_into
pc=$(find "$work" -name modelplane.pc)
if [ -n "$pc" ]; then
    PKG_CONFIG_PATH=$(dirname "$pc")
    PKG_CONFIG_SYSROOT_DIR=$root
    export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
    libdir=$(dirname "$PKG_CONFIG_PATH")
    mandir=$(sed -n 's/^prefix=//p' "$pc")/share/man
    bindir=$(sed -n 's/^prefix=//p' "$pc")/bin
fi
check "a consumer by pkg-config, shared" libmodelplane.so shared
check "a consumer, static" libmodelplane.a static
check "a consumer that needs nothing shared, by pkg-config --static" libmodelplane.a alone
check "pkg-config and the library agree on the version" libmodelplane.a version
check "the installed command runs" '' command_runs
check "the manual page is installed" '' test -s "$root$mandir/man1/modelplane.1"
share=${mandir%/man}
check "the overview page is installed" '' test -s "$root$mandir/man3/libmodelplane.3"
check "completion for bash is installed" '' \
    test -s "$root$share/bash-completion/completions/modelplane"
check "completion for zsh is installed" '' test -s "$root$share/zsh/site-functions/_modelplane"
check "nothing but our own files is installed" '' no_strangers
check "make uninstall leaves nothing" '' uninstalled
tap_done
