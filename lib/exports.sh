#!/bin/sh
# SPDX-License-Identifier: Apache-2.0
# exports.sh HEADER...: the functions that the headers declare with MP_API, sorted.
cat "$@" | awk '
    /^MP_API/ { declaration = ""; inside = 1 }
    inside { declaration = declaration " " $0 }
    inside && /[(;]/ {
        if (match(declaration, /mp_[a-z0-9_]*\(/))
            print substr(declaration, RSTART, RLENGTH - 1)
        else
            print "unreadable:" declaration
        inside = 0
    }' | LC_ALL=C sort -u
