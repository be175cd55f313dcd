# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += deployment_build
TESTS += deployment_build
deployment_build_SOURCES = deployment_build.c
