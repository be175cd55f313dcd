#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
#
# Debian packages from this tree, with dpkg-deb alone: no debian/ folder, no debhelper, no network.
#
#   sh build-aux/make-deb.sh [OUTPUT-DIR [BUILD-DIR]]
#
#   libmodelplaneN       the shared library, N from its soname
#   libmodelplane-dev    headers, static library, modelplane.pc, libmodelplane(3), documents
#   modelplane           the command, modelplane(1), completion for bash and zsh
#
# OUTPUT-DIR is the current one by default; BUILD-DIR a temporary one, removed afterwards.  The same
# build gives the same bytes: times are those of SOURCE_DATE_EPOCH, or of NEWS.md.
#   CFLAGS               as for configure (default -g -O2, stripped)
#   DEBFULLNAME DEBEMAIL who packages
set -eu

top=$(CDPATH='' cd -- "$(dirname -- "$0")/.." && pwd)
out=${1:-.}
build=${2-}
mkdir -p "$out"
out=$(CDPATH='' cd -- "$out" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
[ -n "$build" ] || build=$work/build
mkdir -p "$build"
build=$(CDPATH='' cd -- "$build" && pwd)

die()
{
    echo "make-deb.sh: $*" >&2
    exit 1
}

command -v dpkg-deb >/dev/null || die "dpkg-deb is missing"
command -v dpkg-shlibdeps >/dev/null || die "dpkg-shlibdeps is missing (package dpkg-dev)"
[ -x "$top/configure" ] || die "run autoreconf -i in $top first"
arch=$(dpkg --print-architecture)
triplet=$(dpkg-architecture -qDEB_HOST_MULTIARCH)
libdir=/usr/lib/$triplet
maintainer="${DEBFULLNAME:-libmodelplane maintainers} <${DEBEMAIL:-maintainers@modelplane.invalid}>"
SOURCE_DATE_EPOCH=${SOURCE_DATE_EPOCH:-$(date -r "$top/NEWS.md" +%s)}
export SOURCE_DATE_EPOCH

# ---- build, and install into a staging folder ----

cd "$build"
[ -e config.status ] ||
    "$top/configure" -q --prefix=/usr --libdir="$libdir" --sysconfdir=/etc --localstatedir=/var \
        --docdir=/usr/share/doc/libmodelplane-dev CFLAGS="${CFLAGS--g -O2}"
for part in include lib bindings/cli doc; do
    make -s -C "$part" -j"$(nproc)" all
    make -s -C "$part" install DESTDIR="$work/stage" >"$work/install.log"
done
make -s install-pkgconfigDATA install-dist_docDATA DESTDIR="$work/stage" >"$work/install.log"
stage=$work/stage
version=$(sed -n 's/^Version: //p' "$stage$libdir/pkgconfig/modelplane.pc")-1
soname=$(find "$stage$libdir" -name 'libmodelplane.so.*' -type l -exec basename {} \;)
library=libmodelplane${soname##*.so.}
rm -f "$stage$libdir"/*.la

# ---- packages ----

# move PACKAGE PATH...: from the staging folder to a package.
move()
{
    package=$1
    shift
    for path in "$@"; do
        mkdir -p "$work/$package$(dirname "$path")"
        mv "$stage$path" "$work/$package$(dirname "$path")/"
    done
}

# needs PACKAGE FILE...: what the files are linked with, as Debian names it.
needs()
{
    package=$1
    shift
    mkdir -p "$work/shlibs/debian"
    printf 'Source: libmodelplane\n\nPackage: %s\nArchitecture: any\n' "$package" \
        >"$work/shlibs/debian/control"
    printf 'libmodelplane %s %s (= %s)\n' "${soname##*.so.}" "$library" "$version" \
        >"$work/shlibs/debian/shlibs.local"
    (cd "$work/shlibs" && dpkg-shlibdeps -O -x"$package" -l"$work/$library$libdir" "$@" 2>said) ||
        die "$(cat "$work/shlibs/said")"
}

# pack PACKAGE SECTION DEPENDS DESCRIPTION: the longer text comes on standard input.
pack()
{
    root=$work/$1
    doc=$root/usr/share/doc/$1
    mkdir -p "$root/DEBIAN" "$doc"
    {
        printf 'Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/\n'
        printf 'Upstream-Name: libmodelplane\n\nFiles: *\nCopyright: the authors of libmodelplane\n'
        printf 'License: Apache-2.0\n On Debian systems, the text of this license is in\n'
        printf ' /usr/share/common-licenses/Apache-2.0.\n'
    } >"$doc/copyright"
    {
        printf 'libmodelplane (%s) unstable; urgency=medium\n\n' "$version"
        printf '  * See NEWS.md in libmodelplane-dev.\n\n'
        printf ' -- %s  %s\n' "$maintainer" "$(LC_ALL=C date -u -R -d "@$SOURCE_DATE_EPOCH")"
    } | gzip -9n >"$doc/changelog.Debian.gz"
    find "$root/usr/share/man" -type f -exec gzip -9nf {} + 2>/dev/null || true
    chmod -R u=rwX,go=rX "$root"
    (cd "$root" && find usr -type f | LC_ALL=C sort | xargs md5sum) >"$root/DEBIAN/md5sums"
    {
        printf 'Package: %s\nSource: libmodelplane\nVersion: %s\n' "$1" "$version"
        printf 'Architecture: %s\nMaintainer: %s\n' "$arch" "$maintainer"
        printf 'Installed-Size: %s\n' "$(du -k -s --apparent-size "$root/usr" | cut -f 1)"
        [ -z "$3" ] || printf 'Depends: %s\n' "$3"
        [ "$1" = modelplane ] || printf 'Multi-Arch: same\n'
        printf 'Section: %s\nPriority: optional\nDescription: %s\n' "$2" "$4"
        sed 's/^/ /'
    } >"$root/DEBIAN/control"
    dpkg-deb --root-owner-group -Zxz --build "$root" "$out/$1_${version}_$arch.deb" >/dev/null
    echo "$out/$1_${version}_$arch.deb"
}

move modelplane /usr/bin/modelplane /usr/share/man/man1/modelplane.1 \
    /usr/share/bash-completion/completions/modelplane
mkdir -p "$work/modelplane/usr/share/zsh/vendor-completions"
mv "$stage/usr/share/zsh/site-functions/_modelplane" "$work/modelplane/usr/share/zsh/vendor-completions/"
for path in "$stage$libdir"/libmodelplane.so.*; do
    move "$library" "$libdir/$(basename "$path")"
done
move libmodelplane-dev /usr/include "$libdir" /usr/share/man/man3 /usr/share/doc/libmodelplane-dev
rm -f "$work/libmodelplane-dev/usr/share/doc/libmodelplane-dev/LICENSE"
left=$(find "$stage" ! -type d)
[ -z "$left" ] || die "in no package: $left"

strip --strip-unneeded --remove-section=.comment "$work/$library$libdir"/libmodelplane.so.*.*
strip --strip-debug --enable-deterministic-archives "$work/libmodelplane-dev$libdir/libmodelplane.a"
strip --remove-section=.comment "$work/modelplane/usr/bin/modelplane"

mkdir -p "$work/$library/DEBIAN"
printf '%s %s %s (>= %s)\n' libmodelplane "${soname##*.so.}" "$library" "${version%-*}" \
    >"$work/$library/DEBIAN/shlibs"
printf 'activate-noawait ldconfig\n' >"$work/$library/DEBIAN/triggers"
library_needs=$(needs "$library" "$(find "$work/$library$libdir" -type f)")
command_needs=$(needs modelplane "$work/modelplane/usr/bin/modelplane")
library_needs=${library_needs#shlibs:Depends=}
command_needs=${command_needs#shlibs:Depends=}

pack "$library" libs "$library_needs" "placement of model deployments on fleets - shared library" <<'END'
libmodelplane decides where a model runs on a fleet of Kubernetes clusters,
and writes the answer as Kubernetes objects.  It needs only the C library.
END
pack libmodelplane-dev libdevel "$library (= $version)" \
    "placement of model deployments on fleets - development files" <<'END'
Headers, the static library, the pkg-config file and the documents of
libmodelplane, which decides where a model runs on a fleet of Kubernetes
clusters.
END
pack modelplane utils "$command_needs" "plan and compose model deployments on a fleet of clusters" <<'END'
The command reads documents of a fleet and its model deployments, and says
what should run where, why not, and which Kubernetes objects make it so.
END
