# SPDX-License-Identifier: Apache-2.0
# Scheduling: its rules, the search against brute force, the checker, faults and threads.
check_PROGRAMS += place_oracle place_rules
TESTS += place_oracle place_rules
place_oracle_SOURCES = place_oracle.c
place_rules_SOURCES = place_rules.c place_text.c place_text.h
