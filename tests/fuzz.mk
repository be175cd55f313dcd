# SPDX-License-Identifier: Apache-2.0
# libFuzzer targets: each is fuzz/NAME_fuzz.c with seeds in fuzz/NAME/; fuzz/run.sh runs them.
FUZZ_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_LDADD = $(top_builddir)/lib/libmodelplane_test.la
EXTRA_DIST += fuzz/run.sh
