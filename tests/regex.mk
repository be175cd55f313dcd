# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += regex_cases regex_limits
TESTS += regex_cases regex_limits regex_go.sh
regex_cases_SOURCES = regex_cases.c
regex_limits_SOURCES = regex_limits.c
EXTRA_DIST += regex_cases.go regex_go.sh data/regex_cases.txt
regex_go.log: regex_cases$(EXEEXT)
