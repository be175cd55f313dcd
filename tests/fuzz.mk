# SPDX-License-Identifier: Apache-2.0
#
# A fuzz target is fuzz/NAME_fuzz.c with seeds in fuzz/NAME/.  It is linked twice: NAME_fuzz with
# libFuzzer, built and run by fuzz/run.sh, and NAME_replay, a test that runs it over its seeds under
# any compiler.  What a fuzzer finds is kept by adding the input to the seeds.  To add a target, repeat
# one of the paragraphs below.
fuzz_ldflags = $(AM_LDFLAGS) -fsanitize=fuzzer
fuzz_ldadd = $(top_builddir)/lib/libmodelplane_test.la
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

EXTRA_PROGRAMS += cel_fuzz
cel_fuzz_SOURCES = fuzz/cel_fuzz.c
cel_fuzz_LDFLAGS = $(fuzz_ldflags)
cel_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += cel_replay
TESTS += cel_replay
cel_replay_SOURCES = fuzz/cel_fuzz.c fuzz/replay.c
cel_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/cel

EXTRA_PROGRAMS += reconcile_fuzz
reconcile_fuzz_SOURCES = fuzz/reconcile_fuzz.c
reconcile_fuzz_LDFLAGS = $(fuzz_ldflags)
reconcile_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += reconcile_replay
TESTS += reconcile_replay
reconcile_replay_SOURCES = fuzz/reconcile_fuzz.c fuzz/replay.c
reconcile_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/reconcile

EXTRA_PROGRAMS += regex_fuzz
regex_fuzz_SOURCES = fuzz/regex_fuzz.c
regex_fuzz_LDFLAGS = $(fuzz_ldflags)
regex_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += regex_replay
TESTS += regex_replay
regex_replay_SOURCES = fuzz/regex_fuzz.c fuzz/replay.c
regex_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/regex

# The YAML reader belongs to the command, not to the library.
yaml_fuzz_sources = fuzz/yaml_fuzz.c ../bindings/cli/yaml_input.c ../bindings/cli/yaml_scalar.c \
	../bindings/cli/say.c
yaml_fuzz_cppflags = $(AM_CPPFLAGS) -I$(top_builddir) -I$(top_srcdir)/bindings/cli $(YAML_CFLAGS)
if HAVE_YAML
EXTRA_PROGRAMS += yaml_fuzz
yaml_fuzz_SOURCES = $(yaml_fuzz_sources)
yaml_fuzz_CPPFLAGS = $(yaml_fuzz_cppflags)
yaml_fuzz_LDFLAGS = $(fuzz_ldflags)
yaml_fuzz_LDADD = $(fuzz_ldadd) $(YAML_LIBS)
check_PROGRAMS += yaml_replay
TESTS += yaml_replay
yaml_replay_SOURCES = $(yaml_fuzz_sources) fuzz/replay.c
yaml_replay_CPPFLAGS = $(yaml_fuzz_cppflags)
yaml_replay_LDADD = $(fuzz_ldadd) $(YAML_LIBS)
endif
EXTRA_DIST += fuzz/yaml

EXTRA_PROGRAMS += quantity_fuzz semver_fuzz
quantity_fuzz_SOURCES = fuzz/quantity_fuzz.c
quantity_fuzz_LDFLAGS = $(fuzz_ldflags)
quantity_fuzz_LDADD = $(fuzz_ldadd)
semver_fuzz_SOURCES = fuzz/semver_fuzz.c
semver_fuzz_LDFLAGS = $(fuzz_ldflags)
semver_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += quantity_replay semver_replay
TESTS += quantity_replay semver_replay
quantity_replay_SOURCES = fuzz/quantity_fuzz.c fuzz/replay.c
quantity_replay_LDADD = $(fuzz_ldadd)
semver_replay_SOURCES = fuzz/semver_fuzz.c fuzz/replay.c
semver_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/quantity fuzz/semver

EXTRA_PROGRAMS += document_fuzz
document_fuzz_SOURCES = fuzz/document_fuzz.c
document_fuzz_LDFLAGS = $(fuzz_ldflags)
document_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += document_replay
TESTS += document_replay
document_replay_SOURCES = fuzz/document_fuzz.c fuzz/replay.c
document_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/document

EXTRA_PROGRAMS += function_fuzz
function_fuzz_SOURCES = fuzz/function_fuzz.c
function_fuzz_CPPFLAGS = $(AM_CPPFLAGS) -DMP_FUZZING
function_fuzz_LDFLAGS = $(fuzz_ldflags)
function_fuzz_LDADD = $(fuzz_ldadd)
check_PROGRAMS += function_replay
TESTS += function_replay
function_replay_SOURCES = fuzz/function_fuzz.c fuzz/replay.c
function_replay_LDADD = $(fuzz_ldadd)
EXTRA_DIST += fuzz/function
