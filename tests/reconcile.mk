# SPDX-License-Identifier: Apache-2.0
reconcile_cases_SOURCES = reconcile_cases.c
check_PROGRAMS += reconcile_cases
TESTS += reconcile_cases
EXTRA_DIST += data/reconcile
