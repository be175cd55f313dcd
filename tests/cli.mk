# SPDX-License-Identifier: Apache-2.0
# The command: its YAML reader, the examples, the sample scenarios, and a build without YAML.
cli_sources = ../bindings/cli/cli.h ../bindings/cli/deal.c ../bindings/cli/eval.c \
	../bindings/cli/function.c ../bindings/cli/html.c ../bindings/cli/input.c \
	../bindings/cli/main.c ../bindings/cli/markup.c ../bindings/cli/output.c \
	../bindings/cli/picture.c ../bindings/cli/picture.h ../bindings/cli/plan.c \
	../bindings/cli/reconcile.c ../bindings/cli/render.c ../bindings/cli/run.c \
	../bindings/cli/say.c ../bindings/cli/svg.c ../bindings/cli/table.c \
	../bindings/cli/validate.c ../bindings/cli/yaml_input.c ../bindings/cli/yaml_scalar.c

# The command once more as --without-yaml builds it: config.h is what says that libyaml is there.
check_PROGRAMS += cli_no_yaml
cli_no_yaml_SOURCES = $(cli_sources)
cli_no_yaml_CPPFLAGS = -UHAVE_CONFIG_H -I$(top_srcdir)/include -I$(top_builddir)/include
cli_no_yaml_LDADD = $(top_builddir)/lib/libmodelplane.la

if HAVE_YAML
check_PROGRAMS += cli_yaml_dump
cli_yaml_dump_SOURCES = cli_yaml_dump.c \
	../bindings/cli/yaml_input.c ../bindings/cli/yaml_scalar.c ../bindings/cli/say.c
cli_yaml_dump_CPPFLAGS = -I$(top_srcdir)/include -I$(top_builddir)/include -I$(top_builddir) \
	-I$(top_srcdir)/bindings/cli $(YAML_CFLAGS)
cli_yaml_dump_LDADD = $(top_builddir)/lib/libmodelplane.la $(YAML_LIBS)
endif

if HAVE_PYTHON
TESTS += cli_chromium.py cli_completion.py cli_examples.py cli_no_yaml.py cli_pictures.py \
	cli_scenarios.py cli_tables.py cli_yaml.py example_controller.py
endif
EXTRA_DIST += cli_support.py cli_chromium.py cli_completion.py cli_examples.py cli_fleets.py \
	cli_no_yaml.py cli_pictures.py cli_scenarios.py cli_tables.py cli_yaml.py data/cli \
	example_controller.py
