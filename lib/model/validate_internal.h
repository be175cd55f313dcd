/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Validation: schemas as constant tables (validate_kinds.c), one walk over a document along its
 * schema (validate.c), rules between fields (validate_rules.c), forms of names (validate_forms.c).
 */
#ifndef MP_VALIDATE_INTERNAL_H
#define MP_VALIDATE_INTERNAL_H

#include "value_internal.h"
#include <modelplane/document.h>

/* ---- forms: what a text must look like ---- */

typedef struct mp__form {
    bool (*matches)(mp__str text);
    const char *text; /* ends the sentence "must be ..." */
} mp__form;

/* Lower-case letters, digits and inner hyphens: one label of a DNS name, of any length. */
bool mp__is_dns_label(mp__str text);
/* DNS labels joined by dots. */
bool mp__is_dns_subdomain(mp__str text);
/* Optional DNS subdomain and '/', then 1..63 of [A-Za-z0-9._-] edged by alphanumerics. */
bool mp__is_qualified_key(mp__str text);
/* Empty, or [A-Za-z0-9._-] edged by alphanumerics. */
bool mp__is_label_value(mp__str text);
/* What stands before the first '/'; all of it without one. */
mp__str mp__key_prefix(mp__str key);
#define MP__KEY_PREFIX_MAX 253 /* characters */

extern const mp__form mp__form_name;           /* DNS subdomain */
extern const mp__form mp__form_namespace;      /* DNS label */
extern const mp__form mp__form_label_key;      /* qualified, prefix bounded */
extern const mp__form mp__form_label_value;    /* as mp__is_label_value() */
extern const mp__form mp__form_annotation_key; /* as a label key; the prefix in any case */
extern const mp__form mp__form_time;           /* RFC 3339 */
extern const mp__form mp__form_reservation;    /* cr-HEX */

/* ---- schemas ---- */

typedef enum mp__schema_type {
    MP__SCHEMA_ANY,
    MP__SCHEMA_STRING,
    MP__SCHEMA_INT,
    MP__SCHEMA_BOOL,
    MP__SCHEMA_LIST,
    MP__SCHEMA_MAP,   /* free keys, values of one schema */
    MP__SCHEMA_OBJECT /* named fields */
} mp__schema_type;

/* A walk along a schema. */
typedef struct mp__check {
    mp_violation_fn fn;
    void *user;
    mp_error *err;
    mp_status status; /* other than MP_OK ends the walk */
    size_t count;
    bool relaxed;            /* pods may have containers beside the engine */
    const mp_object *before; /* the document that this one replaces, or NULL */
    mp__buf path;            /* of the node where the walk is, from the document on */
    mp__buf message;         /* scratch for what is reported */
} mp__check;
/* A rule between fields, asked when the walk enters the node; it reports by mp__break(). */
typedef void (*mp__rule)(mp__check *check, const mp_object *node);

typedef struct mp__schema mp__schema;
typedef struct mp__field {
    const char *name; /* NULL ends the fields */
    size_t size;
    bool required;
    const mp__schema *schema;
} mp__field;

#define MP__UNBOUNDED INT64_MAX
struct mp__schema {
    mp__schema_type type;
    bool nullable;
    bool distinct;              /* texts of a list differ */
    int64_t min, max;           /* of a number; of characters, items or keys */
    int64_t relaxed_max;        /* in place of `max` when rules are relaxed; 0 for the same */
    const char *const *choices; /* ends with NULL; NULL where every text goes */
    const mp__form *form;       /* of a string, or of the keys of a map; may be NULL */
    const mp__schema *each;     /* items of a list, values of a map */
    const char *keys[2];        /* fields that tell the items of a list apart; may be NULL */
    const mp__field *fields;    /* of an object */
    mp__rule rule;              /* may be NULL */
};

/* The schema of a document's kind in a shape (MP_SHAPE_AUTO tells by the fields); NULL, with
 * MP_ENOENT in err, where no rules are known. */
const mp__schema *mp__schema_of(const mp_object *document, mp_shape shape, mp_error *err);
/* The field of an object's schema, or NULL. */
const mp__field *mp__schema_field(const mp__schema *schema, mp__str name);

/* ---- walking ---- */

void mp__check_init(mp__check *check, const mp_allocator *alloc, mp_violation_fn fn, void *user,
                    mp_error *err);
/* Frees what is inside; the status of the walk, `done` if it went to the end. */
mp_status mp__check_finish(mp__check *check, mp_status done);
/* Lengthen the path by a step, as mp_object_path() writes it, and cut it back to a size. */
void mp__check_enter_key(mp__check *check, mp__str key);
void mp__check_enter_index(mp__check *check, size_t index);
void mp__check_return(mp__check *check, size_t size);

/* ---- reporting ---- */

/* The node, which is where the walk is, breaks a rule. */
void mp__break(mp__check *check, const mp_object *node, unsigned rule, const char *message);
/* The same for a field that `map`, which is where the walk is, lacks. */
void mp__break_missing(mp__check *check, const mp_object *map, const char *field, unsigned rule,
                       const char *message);
/* The node breaks the structure: the message is what check->message holds. */
void mp__break_message(mp__check *check, const mp_object *node);
/* A text of the document in quotes, on one line, cut where it is long. */
void mp__put_quoted(mp__buf *out, mp__str text);

/* ---- rules: each says in its comment which numbers of doc/validation.md it is ---- */

void mp__rule_replica_label(mp__check *check, const mp_object *value);
void mp__rule_member_label(mp__check *check, const mp_object *value);
void mp__rule_member_annotation(mp__check *check, const mp_object *value);
void mp__rule_engines(mp__check *check, const mp_object *engines);
void mp__rule_phase(mp__check *check, const mp_object *phase);
void mp__rule_toleration(mp__check *check, const mp_object *toleration);
void mp__rule_toleration_value(mp__check *check, const mp_object *value);
void mp__rule_deployment_members(mp__check *check, const mp_object *members);
void mp__rule_replica_members(mp__check *check, const mp_object *members);
void mp__rule_replica_requests(mp__check *check, const mp_object *members);
void mp__rule_worker(mp__check *check, const mp_object *worker);
void mp__rule_containers(mp__check *check, const mp_object *containers);
void mp__rule_provisioning(mp__check *check, const mp_object *provisioning);
void mp__rule_attribute(mp__check *check, const mp_object *attribute);
void mp__rule_device(mp__check *check, const mp_object *device);
void mp__rule_cluster_source(mp__check *check, const mp_object *cluster);
void mp__rule_stack(mp__check *check, const mp_object *stack);
void mp__rule_cluster(mp__check *check, const mp_object *spec);
void mp__rule_fabric(mp__check *check, const mp_object *fabric);
void mp__rule_infiniband(mp__check *check, const mp_object *infiniband);
void mp__rule_gateway_backend(mp__check *check, const mp_object *spec);
void mp__rule_load_balancer(mp__check *check, const mp_object *traefik);
void mp__rule_cache_source(mp__check *check, const mp_object *spec);
void mp__rule_metadata(mp__check *check, const mp_object *metadata);

#endif
