# SPDX-License-Identifier: Apache-2.0
# Quantities, versions, addresses.
quantity_tests = quantity_rules quantity_corpus semver_rules net_rules
check_PROGRAMS += $(quantity_tests) quantity_dump
TESTS += $(quantity_tests)
quantity_rules_SOURCES = quantity_rules.c
quantity_corpus_SOURCES = quantity_corpus.c
semver_rules_SOURCES = semver_rules.c
net_rules_SOURCES = net_rules.c
quantity_dump_SOURCES = quantity_dump.c

if HAVE_PYTHON
TESTS += quantity_exact.py
endif
EXTRA_DIST += quantity_exact.py
