# SPDX-License-Identifier: Apache-2.0
check_PROGRAMS += object_tree json_text json_double yaml_text yaml_generate
TESTS += object_tree json_text json_double yaml_text
object_tree_SOURCES = object_tree.c object_random.h
json_text_SOURCES = json_text.c object_random.h
json_double_SOURCES = json_double.c
json_double_LDADD = $(LDADD) -lm
yaml_text_SOURCES = yaml_text.c
yaml_generate_SOURCES = yaml_generate.c object_random.h

if HAVE_YAML
check_PROGRAMS += yaml_libyaml
TESTS += yaml_libyaml
yaml_libyaml_SOURCES = yaml_libyaml.c object_random.h
yaml_libyaml_CPPFLAGS = $(AM_CPPFLAGS) $(YAML_CFLAGS)
yaml_libyaml_LDADD = $(LDADD) $(YAML_LIBS)
else
TESTS += yaml_no_libyaml.sh
endif

if HAVE_PYTHON
TESTS += yaml_pyyaml.py
endif
EXTRA_DIST += yaml_libyaml.c yaml_no_libyaml.sh yaml_pyyaml.py
