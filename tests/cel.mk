# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += cel_corpus
TESTS += cel_corpus
cel_corpus_SOURCES = cel_corpus.c cel_values.c cel_values.h
EXTRA_DIST += data/cel
