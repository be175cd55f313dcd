# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += base_core base_tables
TESTS += base_core base_tables
base_core_SOURCES = base_core.c
base_tables_SOURCES = base_tables.c
