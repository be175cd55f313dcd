# SPDX-License-Identifier: Apache-2.0
# Documents: reading; validation by cases, by faults, and against the JSON Schemas of the kinds.
check_PROGRAMS += read_documents validate_cases validate_faults validate_dump
TESTS += read_documents validate_cases validate_faults
read_documents_SOURCES = read_documents.c
validate_cases_SOURCES = validate_cases.c
validate_faults_SOURCES = validate_faults.c
validate_dump_SOURCES = validate_dump.c
if HAVE_PYTHON
TESTS += validate_schemas.py
endif
EXTRA_DIST += validate_schemas.py data/validate/every-field.json data/validate/rules.json \
	data/validate/structure.json
