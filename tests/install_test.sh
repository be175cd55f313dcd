#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# Installs into a DESTDIR and builds a consumer against it by pkg-config alone, shared and static.
. "$srcdir/support/tap.sh"

work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cat >"$work/consumer.c" <<'EOF'
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
EOF

install_into()
{
    make -s -C "$top_builddir" install DESTDIR="$work/root"
}
if [ -n "$MP_SANITIZERS" ]; then
    skip "make install into a DESTDIR" "an instrumented build is not for installing"
    tap_done
fi
ok "make install into a DESTDIR" install_into

pc=$(find "$work/root" -name modelplane.pc)
prefix=$(sed -n 's/^prefix=//p' "$pc")
PKG_CONFIG_PATH=$(dirname "$pc")
PKG_CONFIG_SYSROOT_DIR=$work/root
export PKG_CONFIG_PATH PKG_CONFIG_SYSROOT_DIR
libdir=$work/root$(${PKG_CONFIG:-pkg-config} --variable=libdir modelplane | sed "s|^$work/root||")

shared()
{
    $CC -std=c11 "$work/consumer.c" -o "$work/shared" $(${PKG_CONFIG:-pkg-config} --cflags --libs modelplane) &&
        LD_LIBRARY_PATH=$libdir "$work/shared"
}
static()
{
    $CC -std=c11 "$work/consumer.c" -o "$work/static" $(${PKG_CONFIG:-pkg-config} --cflags modelplane) \
        "$libdir/libmodelplane.a" && "$work/static"
}
if ! command -v ${PKG_CONFIG:-pkg-config} >/dev/null 2>&1; then
    skip "a consumer by pkg-config, shared" "no pkg-config"
elif [ -e "$libdir/libmodelplane.so" ]; then
    ok "a consumer by pkg-config, shared" shared
else
    skip "a consumer by pkg-config, shared" "no shared library in this build"
fi
if [ -e "$libdir/libmodelplane.a" ]; then
    ok "a consumer, static" static
else
    skip "a consumer, static" "no static library in this build"
fi
ok "the man page is installed" test -e "$work/root$prefix/share/man/man1/modelplane.1"
ok "the installed command runs" env LD_LIBRARY_PATH="$libdir" "$work/root$prefix/bin/modelplane" --version
tap_done
