# SPDX-License-Identifier: Apache-2.0
# What holds for the tree as a whole: exports, layers, headers, installation.
TESTS += exports_test.sh layers_test.sh headers_test.sh install_test.sh
EXTRA_DIST += exports_test.sh layers_test.sh headers_test.sh install_test.sh support/tap.sh
