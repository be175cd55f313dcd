# SPDX-License-Identifier: Apache-2.0
# The Go binding, and the composition function that is built on it.
TESTS += go_binding.sh go_examples.sh
EXTRA_DIST += go_binding.sh go_examples.sh support/go.sh
