# SPDX-License-Identifier: Apache-2.0
#
# A fuzz target is fuzz/NAME_fuzz.c with seeds in fuzz/NAME/.  It is linked twice: NAME_fuzz with
# libFuzzer, built and run by fuzz/run.sh, and NAME_replay, a test that runs it over its seeds under
# any compiler.  What a fuzzer finds is kept by adding the input to the seeds.  To add a target, repeat
# one of the paragraphs below.
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_ldadd = $(top_builddir)/lib/libmodelplane_test.la
EXTRA_PROGRAMS =
EXTRA_DIST += fuzz/run.sh

EXTRA_PROGRAMS += json_fuzz
json_fuzz_SOURCES = fuzz/json_fuzz.c
json_fuzz_LDFLAGS = $(fuzz_ldflags)
json_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += json_replay
TESTS += json_replay
json_replay_SOURCES = fuzz/json_fuzz.c fuzz/replay.c
json_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/json
