# SPDX-License-Identifier: Apache-2.0
# Names, workloads, claims, routing, replicas and endpoints; schemas of all that is composed.
check_PROGRAMS += compose_names compose_objects compose_replica compose_plan compose_dump
TESTS += compose_names compose_objects compose_replica compose_plan compose_schemas.sh
compose_names_SOURCES = compose_names.c
compose_objects_SOURCES = compose_objects.c
compose_replica_SOURCES = compose_replica.c
compose_plan_SOURCES = compose_plan.c compose_sample.c compose_sample.h
compose_dump_SOURCES = compose_dump.c compose_sample.c compose_sample.h
EXTRA_DIST += compose_schemas.sh \
	data/compose/claimless-leader.json data/compose/claimless-leader.want.json \
	data/compose/gang-cache.json data/compose/gang-cache.v1.want.json \
	data/compose/gang-cache.want.json data/compose/gang-cache.dynamo.want.json \
	data/compose/encode-prefill-decode.json data/compose/encode-prefill-decode.want.json \
	data/compose/own-fields.json data/compose/own-fields.want.json \
	data/compose/plan.want.json data/compose/plan.v1.want.json \
	data/compose/prefill-decode.json data/compose/prefill-decode.want.json \
	data/compose/standalone.json data/compose/standalone.want.json \
	data/compose/standalone.pool.want.json \
	data/compose/two-standalone.json data/compose/two-standalone.want.json
