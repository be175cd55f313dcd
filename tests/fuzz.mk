# SPDX-License-Identifier: Apache-2.0
# libFuzzer targets: each is fuzz/NAME_fuzz.c with seeds in fuzz/NAME/; fuzz/run.sh runs them.
FUZZ_LDFLAGS = $(AM_LDFLAGS) -fsanitize=fuzzer
FUZZ_LDADD = $(top_builddir)/lib/libmodelplane_test.la
EXTRA_DIST += fuzz/run.sh

noinst_PROGRAMS += json_fuzz
json_fuzz_SOURCES = fuzz/json_fuzz.c
json_fuzz_LDFLAGS = $(FUZZ_LDFLAGS)
json_fuzz_LDADD = $(FUZZ_LDADD)
EXTRA_DIST += fuzz/json/bytes.json fuzz/json/document.json fuzz/json/duplicate.json \
	fuzz/json/nested.json fuzz/json/numbers.json fuzz/json/range.json fuzz/json/space.json \
	fuzz/json/strings.json fuzz/json/surrogate.json fuzz/json/wide.json fuzz/json/zero.json
