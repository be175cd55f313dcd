# SPDX-License-Identifier: Apache-2.0
# Fleets as they change, and scheduling: its rules, the search against brute force, the checker, reasons,
# faults and threads.
place_tests = fleet_census fleet_change place_check place_close place_digest place_explain place_fabric place_faults place_general \
	place_mutants place_oracle place_rules place_search place_why
check_PROGRAMS += $(place_tests)
TESTS += $(place_tests)
fleet_census_SOURCES = fleet_census.c
fleet_change_SOURCES = fleet_change.c place_text.c place_text.h
place_check_SOURCES = place_check.c place_text.c place_text.h
place_close_SOURCES = place_close.c place_text.c place_text.h
place_digest_SOURCES = place_digest.c
place_explain_SOURCES = place_explain.c place_text.c place_text.h
place_fabric_SOURCES = place_fabric.c
place_faults_SOURCES = place_faults.c place_text.c place_text.h
place_faults_LDADD = $(LDADD) -lpthread
place_general_SOURCES = place_general.c place_random.c place_random.h
place_mutants_SOURCES = place_mutants.c place_random.c place_random.h
place_oracle_SOURCES = place_oracle.c
place_rules_SOURCES = place_rules.c place_text.c place_text.h
place_search_SOURCES = place_search.c place_text.c place_text.h
place_why_SOURCES = place_random.c place_random.h place_why.c

# Against an independent solver: make oracle [COUNT=5000] [SEED=...]
EXTRA_PROGRAMS += place_medium
place_medium_SOURCES = place_medium.c
EXTRA_DIST += place_medium.py place_medium.sh
COUNT = 5000
SEED = 20261123
oracle: place_medium$(EXEEXT)
	srcdir=$(srcdir) sh $(srcdir)/place_medium.sh $(COUNT) $(SEED)
.PHONY: oracle

# Against other builds: make digests [SHUFFLES=100000]
EXTRA_DIST += place_digest.sh
SHUFFLES = 100000
digests:
	srcdir=`cd $(srcdir) && pwd` builddir=`cd $(top_builddir) && pwd` sh $(srcdir)/place_digest.sh $(SHUFFLES)
.PHONY: digests
