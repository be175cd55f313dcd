# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += cel_corpus cel_errors
TESTS += cel_corpus cel_errors
cel_corpus_SOURCES = cel_corpus.c cel_values.c cel_values.h
cel_errors_SOURCES = cel_errors.c
EXTRA_DIST += data/cel
