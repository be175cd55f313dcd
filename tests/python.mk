# SPDX-License-Identifier: Apache-2.0
# The Python binding.
TESTS += python_binding.sh
EXTRA_DIST += python_binding.sh

clean-local:
	rm -rf python-venv
