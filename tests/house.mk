# SPDX-License-Identifier: Apache-2.0
# What holds for the tree as a whole: exports, layers, headers, installation, and the test support.
if HAVE_CHECK
check_PROGRAMS += house_support
TESTS += house_support
house_support_SOURCES = house_support.c
endif
TESTS += exports_test.sh layers_test.sh headers_test.sh install_test.sh manual_test.sh \
	archive_test.sh package_test.sh
EXTRA_DIST += exports_test.sh layers_test.sh headers_test.sh install_test.sh manual_test.sh \
	archive_test.sh package_test.sh support/tap.sh
