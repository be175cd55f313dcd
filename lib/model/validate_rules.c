/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Rules between fields, with the numbers and the words of doc/validation.md.
 *
 * A rule hangs on the field where it is reported, so that one walk finds everything in the order
 * of the document; what else it needs it finds through the parents, which the schema above the
 * field guarantees.  Absent fields count as their defaults.  A rule says nothing about values that
 * the structure already refuses (another type, not one of the choices): one fault, one line.
 */
#include "validate_internal.h"

/* ---- fields with defaults ---- */

static bool has(const mp_object *map, const char *key)
{
    return mp_object_get(map, key, strlen(key)) != NULL;
}

/* The text of a field, `fallback` where it is absent, "" where it is no text. */
static mp__str text_or(const mp_object *map, const char *key, const char *fallback)
{
    const mp_object *field = mp_object_get(map, key, strlen(key));
    mp__str text;

    if (!field)
        return (mp__str){ fallback, strlen(fallback) };
    text = mp__object_str(field);
    return text.data ? text : MP__STR("");
}

static bool is(mp__str text, const char *word)
{
    return mp__str_equal(text, (mp__str){ word, strlen(word) });
}

static mp__str key_of(const mp_object *value)
{
    mp__str key;

    key.data = mp_object_key(value, &key.size);
    return key;
}

/* ---- labels and annotations ---- */

static void require(mp__check *check, const mp_object *node, bool holds, unsigned rule,
                    const char *message)
{
    if (!holds)
        mp__break(check, node, rule, message);
}

static bool is_reserved(mp__str key)
{
    static const mp__str prefix = { MP__LIT("modelplane.ai/") };

    return key.size >= prefix.size && memcmp(key.data, prefix.data, prefix.size) == 0;
}

static bool has_short_prefix(mp__str key)
{
    mp__str prefix = mp__key_prefix(key);

    return mp__utf8_count(prefix.data, prefix.size) <= MP__KEY_PREFIX_MAX;
}

void mp__rule_replica_label(mp__check *check, const mp_object *value)
{
    mp__str key = key_of(value);

    require(check, value, !is_reserved(key), 1, /* rule 1 */
            "template.metadata.labels keys must not use the reserved modelplane.ai/ prefix");
    require(check, value, mp__is_qualified_key(key), 2, /* rule 2 */
            "template.metadata.labels keys must be valid Kubernetes label keys");
    require(check, value, has_short_prefix(key), 3, /* rule 3 */
            "template.metadata.labels key prefixes must be DNS subdomains of at most 253 "
            "characters");
    require(check, value, mp__is_label_value(mp__object_str(value)), 4, /* rule 4 */
            "template.metadata.labels values must be valid Kubernetes label values");
}

void mp__rule_member_label(mp__check *check, const mp_object *value)
{
    mp__str key = key_of(value);

    require(check, value, !is_reserved(key), 15, /* rule 15 */
            "member template.metadata.labels keys must not use the reserved modelplane.ai/ prefix");
    require(check, value, mp__is_qualified_key(key), 16, /* rule 16 */
            "member template.metadata.labels keys must be valid Kubernetes label keys");
    require(check, value, has_short_prefix(key), 17, /* rule 17 */
            "member template.metadata.labels key prefixes must be DNS subdomains of at most 253 "
            "characters");
    require(check, value, mp__is_label_value(mp__object_str(value)), 18, /* rule 18 */
            "member template.metadata.labels values must be valid Kubernetes label values");
}

void mp__rule_member_annotation(mp__check *check, const mp_object *value)
{
    mp__str key = key_of(value);

    require(check, value, mp__is_qualified_key(key), 19, /* rule 19 */
            "member template.metadata.annotations keys must be valid Kubernetes annotation keys");
    require(check, value, has_short_prefix(key), 20, /* rule 20 */
            "member template.metadata.annotations key prefixes must be DNS subdomains of at most "
            "253 characters");
}

void mp__rule_metadata(mp__check *check, const mp_object *metadata)
{
    if (!has(metadata, "name") && !has(metadata, "generateName"))
        mp__break_missing(check, metadata, "name", 0, "is required");
}

/* ---- engines ---- */

static mp__str serving_mode(const mp_object *spec)
{
    const mp_object *serving = mp__get(spec, "serving");

    return serving ? text_or(serving, "mode", "Unified") : MP__STR("Unified");
}

static size_t count_phase(const mp_object *engines, const char *phase)
{
    size_t count = 0;

    for (const mp_object *e = mp_object_first(engines); e; e = mp_object_next(e))
        count += is(text_or(e, "phase", ""), phase);
    return count;
}

/* A way of serving in stages: an engine for each. */
typedef struct stages {
    const char *mode;
    size_t count;
    unsigned number; /* of the rule that counts the engines */
    const char *message;
    struct {
        const char *phase;
        unsigned number;
        const char *message;
    } each[3];
} stages;

static const stages staged[] = {
    { "PrefillDecode",
      2,
      5, /* rule 5 */
      "PrefillDecode serving requires exactly two engines (one Prefill, one Decode)",
      { { "Prefill", 6, /* rule 6 */
          "PrefillDecode serving requires exactly one engine with phase Prefill" },
        { "Decode", 7, /* rule 7 */
          "PrefillDecode serving requires exactly one engine with phase Decode" } } },
    { "EncodePrefillDecode",
      3,
      42, /* rule 42 */
      "EncodePrefillDecode serving requires exactly three engines (one Encode, one Prefill, one "
      "Decode)",
      { { "Encode", 43, /* rule 43 */
          "EncodePrefillDecode serving requires exactly one engine with phase Encode" },
        { "Prefill", 44, /* rule 44 */
          "EncodePrefillDecode serving requires exactly one engine with phase Prefill" },
        { "Decode", 45, /* rule 45 */
          "EncodePrefillDecode serving requires exactly one engine with phase Decode" } } },
};

void mp__rule_engines(mp__check *check, const mp_object *engines)
{
    mp__str mode = serving_mode(mp_object_parent(engines));

    if (mp_object_size(engines) == 0)
        return;
    for (size_t i = 0; i < MP__COUNT(staged); i++) {
        const stages *s = &staged[i];

        if (!is(mode, s->mode))
            continue;
        if (mp_object_size(engines) != s->count)
            mp__break(check, engines, s->number, s->message);
        for (size_t k = 0; k < s->count; k++)
            if (count_phase(engines, s->each[k].phase) != 1)
                mp__break(check, engines, s->each[k].number, s->each[k].message);
    }
}

void mp__rule_phase(mp__check *check, const mp_object *phase)
{
    const mp_object *engines = mp_object_parent(mp_object_parent(phase));
    mp__str mode = serving_mode(mp_object_parent(engines));

    if (is(mode, "Unified")) /* rule 8 */
        mp__break(check, phase, 8,
                  "engine phase may only be set when serving.mode is PrefillDecode");
    else if (is(mode, "PrefillDecode") && mp_object_string_is(phase, MP__LIT("Encode")))
        mp__break(check, phase, 46, /* rule 46 */
                  "engine phase Encode may only be set when serving.mode is EncodePrefillDecode");
}

/* rule 9 */
void mp__rule_toleration(mp__check *check, const mp_object *toleration)
{
    const mp_object *key = mp__get(toleration, "key");

    if (is(text_or(toleration, "operator", "Equal"), "Equal") &&
        (!key || mp_object_string_is(key, "", 0)))
        mp__break(check, toleration, 9, "an Equal toleration must set a key");
}

/* rule 10 */
void mp__rule_toleration_value(mp__check *check, const mp_object *value)
{
    if (is(text_or(mp_object_parent(value), "operator", "Equal"), "Exists"))
        mp__break(check, value, 10, "an Exists toleration must not set a value");
}

/* ---- members ---- */

/* One Standalone, or one Leader and Workers; true as well where that cannot be told. */
static bool is_engine(const mp_object *members)
{
    size_t alone = 0, leaders = 0, workers = 0, size = mp_object_size(members);

    for (const mp_object *m = mp_object_first(members); m; m = mp_object_next(m)) {
        mp__str role = text_or(m, "role", "Standalone");

        if (!mp_object_is_map(m))
            return true;
        if (is(role, "Standalone"))
            alone++;
        else if (is(role, "Leader"))
            leaders++;
        else if (is(role, "Worker"))
            workers++;
        else
            return true;
    }
    return size == 0 || (size == 1 && alone == 1) || (leaders == 1 && workers > 0 && alone == 0);
}

static bool some_has(const mp_object *members, const char *key)
{
    for (const mp_object *m = mp_object_first(members); m; m = mp_object_next(m)) {
        if (!mp_object_is_map(m) || has(m, key))
            return true;
    }
    return mp_object_size(members) == 0;
}

void mp__rule_deployment_members(mp__check *check, const mp_object *members)
{
    if (!is_engine(members)) /* rule 11 */
        mp__break(check, members, 11,
                  "an engine must be either a single Standalone member or one Leader and one or "
                  "more Workers");
    if (!some_has(members, "nodeSelector")) /* rule 12 */
        mp__break(check, members, 12,
                  "at least one member of an engine must carry a nodeSelector requesting devices");
}

void mp__rule_replica_members(mp__check *check, const mp_object *members)
{
    if (!is_engine(members)) /* rule 21 */
        mp__break(check, members, 21,
                  "an engine must be either a single Standalone member or one Leader and one "
                  "Worker member");
    mp__rule_replica_requests(check, members);
}

/* rule 22 */
void mp__rule_replica_requests(mp__check *check, const mp_object *members)
{
    if (!some_has(members, "deviceRequests"))
        mp__break(check, members, 22, "at least one member of an engine must carry deviceRequests");
}

/* rule 13 */
void mp__rule_worker(mp__check *check, const mp_object *worker)
{
    mp__str role = text_or(mp_object_parent(worker), "role", "Standalone");

    if (is(role, "Standalone") || is(role, "Leader"))
        mp__break(check, worker, 13, "worker may only be set on a Worker member");
}

/* rule 14 */
void mp__rule_containers(mp__check *check, const mp_object *containers)
{
    size_t named = 0;

    for (const mp_object *c = mp_object_first(containers); c; c = mp_object_next(c)) {
        if (!mp_object_is_string(mp__get(c, "name")))
            return;
        named += is(text_or(c, "name", ""), "engine");
    }
    if (named != 1 && mp_object_size(containers) != 0)
        mp__break(check, containers, 14, "the single container must be named 'engine'");
}

/* ---- classes and clusters ---- */

/* A word that asks for a block beside it. */
typedef struct block_rule {
    const char *word, *block;
    unsigned number;
    const char *message;
} block_rule;

static void check_blocks(mp__check *check, const mp_object *map, const char *key,
                         const block_rule *rules, size_t count)
{
    mp__str word = text_or(map, key, "");

    for (size_t i = 0; i < count; i++) {
        if (is(word, rules[i].word) && !has(map, rules[i].block))
            mp__break_missing(check, map, rules[i].block, rules[i].number, rules[i].message);
    }
}

void mp__rule_provisioning(mp__check *check, const mp_object *provisioning)
{
    static const block_rule rules[] = {
        { "GKE", "gke", 23, /* rule 23 */
          "spec.provisioning.gke is required when spec.provisioning.provider is GKE." },
        { "EKS", "eks", 24, /* rule 24 */
          "spec.provisioning.eks is required when spec.provisioning.provider is EKS." },
        { "AKS", "aks", 25, /* rule 25 */
          "spec.provisioning.aks is required when spec.provisioning.provider is AKS." },
        { "Nebius", "nebius", 26, /* rule 26 */
          "spec.provisioning.nebius is required when spec.provisioning.provider is Nebius." },
        { "Vultr", "vultr", 27, /* rule 27 */
          "spec.provisioning.vultr is required when spec.provisioning.provider is Vultr." },
    };

    check_blocks(check, provisioning, "provider", rules, MP__COUNT(rules));
}

/* rule 28 */
void mp__rule_attribute(mp__check *check, const mp_object *attribute)
{
    int set = has(attribute, "string") + has(attribute, "version") + has(attribute, "bool") +
              has(attribute, "int");

    if (set != 1)
        mp__break(check, attribute, 28, "exactly one of string, version, bool, int must be set");
}

/* rule 29 */
void mp__rule_device(mp__check *check, const mp_object *device)
{
    if (is(text_or(device, "claim", "DRA"), "DRA") && !has(device, "deviceClassName"))
        mp__break_missing(check, device, "deviceClassName", 29,
                          "deviceClassName is required when claim is DRA");
}

void mp__rule_cluster_source(mp__check *check, const mp_object *cluster)
{
    static const block_rule rules[] = {
        { "Existing", "existing", 30, /* rule 30 */
          "spec.cluster.existing is required when spec.cluster.source is Existing." },
        { "GKE", "gke", 31, /* rule 31 */
          "spec.cluster.gke is required when spec.cluster.source is GKE." },
        { "EKS", "eks", 32, /* rule 32 */
          "spec.cluster.eks is required when spec.cluster.source is EKS." },
        { "AKS", "aks", 33, /* rule 33 */
          "spec.cluster.aks is required when spec.cluster.source is AKS." },
        { "Nebius", "nebius", 34, /* rule 34 */
          "spec.cluster.nebius is required when spec.cluster.source is Nebius." },
        { "Vultr", "vultr", 35, /* rule 35 */
          "spec.cluster.vultr is required when spec.cluster.source is Vultr." },
    };

    check_blocks(check, cluster, "source", rules, MP__COUNT(rules));
}

static mp__str stack_of(const mp_object *spec)
{
    return text_or(spec, "stack", "Standard");
}

/* rule 38: of an update, between the document before and this one */
static bool stack_changed(const mp__check *check, const mp_object *spec)
{
    const mp_object *before = mp__get(check->before, "spec");
    mp__str stack = stack_of(spec);

    return mp_object_is_map(before) && stack.size > 0 &&
           mp_object_equal(mp__get(check->before, "kind"),
                           mp__get(mp_object_parent(spec), "kind")) &&
           !mp__str_equal(stack_of(before), stack);
}

#define STACK_CHANGED "spec.stack is immutable; recreate the cluster to change its serving stack."

void mp__rule_stack(mp__check *check, const mp_object *stack)
{
    if (stack_changed(check, mp_object_parent(stack)))
        mp__break(check, stack, 38, STACK_CHANGED);
}

/* A stack that was left out is one of the default. */
void mp__rule_cluster(mp__check *check, const mp_object *spec)
{
    if (!has(spec, "stack") && stack_changed(check, spec))
        mp__break_missing(check, spec, "stack", 38, STACK_CHANGED);
}

/* rule 36 */
void mp__rule_fabric(mp__check *check, const mp_object *fabric)
{
    const mp_object *pools = mp_object_parent(mp_object_parent(fabric));
    const mp_object *cluster = mp__get(mp_object_parent(pools), "cluster");

    if (is(text_or(fabric, "type", "None"), "InfiniBand") &&
        is(text_or(cluster, "source", ""), "Nebius") && !has(fabric, "infiniband"))
        mp__break_missing(check, fabric, "infiniband", 36,
                          "fabric.infiniband is required when fabric.type is InfiniBand and "
                          "cluster.source is Nebius.");
}

/* rule 37 */
void mp__rule_infiniband(mp__check *check, const mp_object *infiniband)
{
    mp__str type = text_or(mp_object_parent(infiniband), "type", "None");

    if (is(type, "None") || is(type, "EFA"))
        mp__break(check, infiniband, 37,
                  "fabric.infiniband is only valid when fabric.type is InfiniBand.");
}

/* ---- gateways and caches ---- */

void mp__rule_gateway_backend(mp__check *check, const mp_object *spec)
{
    static const block_rule rule = { /* rule 39 */
                                     "Traefik", "traefik", 39,
                                     "spec.traefik is required when spec.backend is Traefik."
    };

    check_blocks(check, spec, "backend", &rule, 1);
}

void mp__rule_load_balancer(mp__check *check, const mp_object *traefik)
{
    static const block_rule rule = {
        /* rule 40 */
        "MetalLB", "metallb", 40,
        "spec.traefik.metallb is required when spec.traefik.loadBalancer is MetalLB."
    };

    check_blocks(check, traefik, "loadBalancer", &rule, 1);
}

void mp__rule_cache_source(mp__check *check, const mp_object *spec)
{
    static const block_rule rule = { /* rule 41 */
                                     "HuggingFace", "huggingFace", 41,
                                     "spec.huggingFace is required when spec.source is HuggingFace."
    };

    check_blocks(check, spec, "source", &rule, 1);
}
