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

# Changes of these sources that no quick test notices; an hour or two on one core.
mutants:
	cd $(top_srcdir) && top_srcdir='$(abs_top_srcdir)' top_builddir='$(abs_top_builddir)' \
	CC='$(CC)' MP_SHARED="$${MP_SHARED-$(abs_top_srcdir)/../shared}" $(PYTHON) tests/mutants.py \
	lib/compose/*.c lib/reconcile/*.c lib/model/*.c
EXTRA_DIST += mutants.py
.PHONY: mutants
