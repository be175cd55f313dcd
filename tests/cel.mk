# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += cel_api cel_bounds cel_corpus cel_edges cel_errors cel_explain cel_zone
TESTS += cel_api cel_bounds cel_corpus cel_edges cel_errors cel_explain cel_zone
cel_api_SOURCES = cel_api.c
cel_bounds_SOURCES = cel_bounds.c
cel_corpus_SOURCES = cel_corpus.c cel_values.c cel_values.h
cel_edges_SOURCES = cel_edges.c
cel_errors_SOURCES = cel_errors.c
cel_explain_SOURCES = cel_explain.c
cel_zone_SOURCES = cel_zone.c
EXTRA_DIST += data/cel
