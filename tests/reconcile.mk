# SPDX-License-Identifier: Apache-2.0
# mp_reconcile() and mp_function_run(), by files.
case_files = case_files.c case_files.h
check_PROGRAMS += reconcile_cases function_cases
TESTS += reconcile_cases function_cases
reconcile_cases_SOURCES = reconcile_cases.c $(case_files)
function_cases_SOURCES = function_cases.c $(case_files)
EXTRA_DIST += data/reconcile data/function
if HAVE_PYTHON
TESTS += cache_model.py cli_rules.py cloud_model.py deployment_model.py function_schemas.py \
	reconcile_twice.py reference_limits.py reference_replica.py reference_rules.py \
	reference_stack.py replica_model.py routes_model.py template_fields.py
endif
EXTRA_DIST += cache_model.py cli_rules.py cloud_model.py deployment_model.py function_model.py \
	function_schemas.py reconcile_twice.py reference_limits.py reference_replica.py \
	reference_rules.py reference_stack.py reference_support.py replica_model.py \
	routes_model.py template_fields.py
