# SPDX-License-Identifier: Apache-2.0
# Made by generate.py from the public headers; do not edit.
"""What the C library declares."""

CDEF = """\
typedef enum mp_status {
MP_OK, MP_ENOMEM, MP_EINVAL, MP_EPARSE, MP_ECOMPILE, MP_EEVAL, MP_EDOC, MP_ELIMIT, MP_ERANGE, MP_EEXIST, MP_ENOENT, MP_EBUDGET, MP_ECONFLICT, MP_ECHECK, MP_ESTOPPED, MP_EIO,
} mp_status;
const char *mp_status_name(mp_status status);
const char *mp_status_text(mp_status status);
typedef struct mp_error {
mp_status status;
size_t offset;
uint32_t line;
uint32_t column;
char path[256];
char text[512];
} mp_error;
typedef struct mp_allocator {
void *(*alloc)(size_t size, void *user);
void *(*resize)(void *block, size_t size, void *user);
void (*release)(void *block, void *user);
void *user;
} mp_allocator;
typedef struct mp_text {
char *data;
size_t size;
mp_allocator allocator;
} mp_text;
void mp_text_fini(mp_text *text);
typedef struct mp_doc mp_doc;
typedef struct mp_object mp_object;
typedef enum mp_object_type_t {
MP_OBJECT_NULL,
MP_OBJECT_BOOL,
MP_OBJECT_INT,
MP_OBJECT_UINT,
MP_OBJECT_DOUBLE,
MP_OBJECT_STRING,
MP_OBJECT_LIST,
MP_OBJECT_MAP
} mp_object_type_t;
mp_status mp_doc_new(const mp_allocator *alloc, mp_doc **out, mp_error *err);
void mp_doc_free(mp_doc *doc);
mp_object *mp_doc_root(const mp_doc *doc);
void mp_doc_set_root(mp_doc *doc, mp_object *root);
mp_status mp_doc_status(const mp_doc *doc);
mp_object *mp_object_new_null(mp_doc *doc);
mp_object *mp_object_new_bool(mp_doc *doc, bool value);
mp_object *mp_object_new_int(mp_doc *doc, int64_t value);
mp_object *mp_object_new_uint(mp_doc *doc, uint64_t value);
mp_object *mp_object_new_double(mp_doc *doc, double value);
mp_object *mp_object_new_string(mp_doc *doc, const char *text, size_t size);
mp_object *mp_object_new_list(mp_doc *doc);
mp_object *mp_object_new_map(mp_doc *doc);
mp_object *mp_object_copy(mp_doc *doc, const mp_object *src);
mp_object *mp_object_set(mp_object *map, const char *key, size_t key_size, mp_object *child);
mp_object *mp_object_append(mp_object *list, mp_object *child);
mp_object *mp_object_set_null(mp_object *map, const char *key, size_t key_size);
mp_object *mp_object_set_bool(mp_object *map, const char *key, size_t key_size, bool value);
mp_object *mp_object_set_int(mp_object *map, const char *key, size_t key_size,
int64_t value);
mp_object *mp_object_set_double(mp_object *map, const char *key, size_t key_size,
double value);
mp_object *mp_object_set_string(mp_object *map, const char *key, size_t key_size,
const char *text, size_t size);
mp_object *mp_object_set_list(mp_object *map, const char *key, size_t key_size);
mp_object *mp_object_set_map(mp_object *map, const char *key, size_t key_size);
mp_object *mp_object_set_copy(mp_object *map, const char *key, size_t key_size,
const mp_object *src);
mp_object *mp_object_append_int(mp_object *list, int64_t value);
mp_object *mp_object_append_string(mp_object *list, const char *text, size_t size);
mp_object *mp_object_append_list(mp_object *list);
mp_object *mp_object_append_map(mp_object *list);
mp_object *mp_object_append_copy(mp_object *list, const mp_object *src);
bool mp_object_remove(mp_object *map, const char *key, size_t key_size);
mp_object_type_t mp_object_type(const mp_object *node);
const char *mp_object_type_name(mp_object_type_t type);
bool mp_object_is_map(const mp_object *node);
bool mp_object_is_list(const mp_object *node);
bool mp_object_is_string(const mp_object *node);
size_t mp_object_size(const mp_object *node);
mp_object *mp_object_get(const mp_object *map, const char *key, size_t key_size);
mp_object *mp_object_at(const mp_object *node, size_t index);
mp_object *mp_object_first(const mp_object *node);
mp_object *mp_object_next(const mp_object *node);
mp_object *mp_object_parent(const mp_object *node);
const char *mp_object_key(const mp_object *node, size_t *size);
bool mp_object_key_is(const mp_object *node, const char *key, size_t key_size);
size_t mp_object_index(const mp_object *node);
bool mp_object_bool(const mp_object *node, bool fallback);
const char *mp_object_string(const mp_object *node, size_t *size);
bool mp_object_string_is(const mp_object *node, const char *text, size_t size);
bool mp_object_int(const mp_object *node, int64_t *out);
bool mp_object_uint(const mp_object *node, uint64_t *out);
bool mp_object_double(const mp_object *node, double *out);
size_t mp_object_offset(const mp_object *node);
uint32_t mp_object_line(const mp_object *node);
void mp_object_set_source(mp_object *node, size_t offset, uint32_t line);
void mp_object_path(const mp_object *node, char *buf, size_t size);
bool mp_object_equal(const mp_object *a, const mp_object *b);
bool mp_object_identical(const mp_object *a, const mp_object *b);
typedef enum mp_walk_event { MP_WALK_ENTER, MP_WALK_LEAVE } mp_walk_event;
typedef enum mp_walk_step { MP_WALK_NEXT, MP_WALK_SKIP, MP_WALK_STOP } mp_walk_step;
typedef mp_walk_step (*mp_walk_fn)(const mp_object *node, mp_walk_event event, void *user);
mp_status mp_object_visit(const mp_object *root, mp_walk_fn fn, void *user);
typedef struct mp_read_opts {
int version;
unsigned max_depth;
size_t max_size;
} mp_read_opts;
mp_status mp_json_read(const mp_allocator *alloc, const char *text, size_t size,
const mp_read_opts *opts, mp_doc **out, mp_error *err);
typedef mp_status (*mp_write_fn)(const char *data, size_t size, void *user);
mp_status mp_json_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
mp_error *err);
mp_status mp_json_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
mp_text *out, mp_error *err);
mp_status mp_yaml_write(const mp_object *node, unsigned flags, mp_write_fn fn, void *user,
mp_error *err);
mp_status mp_yaml_text(const mp_allocator *alloc, const mp_object *node, unsigned flags,
mp_text *out, mp_error *err);
typedef enum mp_quantity_format {
MP_QUANTITY_DECIMAL_SI,
MP_QUANTITY_BINARY_SI,
MP_QUANTITY_EXPONENT
} mp_quantity_format;
typedef struct mp_quantity {
int64_t unscaled;
int32_t scale;
mp_quantity_format format;
struct mp__bigdec *big;
} mp_quantity;
mp_status mp_quantity_parse(const mp_allocator *alloc, const char *text, size_t size,
mp_quantity *out, mp_error *err);
void mp_quantity_fini(mp_quantity *q);
int mp_quantity_compare(const mp_quantity *a, const mp_quantity *b);
int mp_quantity_sign(const mp_quantity *q);
bool mp_quantity_is_integer(const mp_quantity *q);
bool mp_quantity_as_integer(const mp_quantity *q, int64_t *out);
int64_t mp_quantity_value(const mp_quantity *q);
double mp_quantity_as_double(const mp_quantity *q);
mp_status mp_quantity_add(const mp_allocator *alloc, const mp_quantity *a,
const mp_quantity *b, mp_quantity *out, mp_error *err);
mp_status mp_quantity_sub(const mp_allocator *alloc, const mp_quantity *a,
const mp_quantity *b, mp_quantity *out, mp_error *err);
mp_status mp_quantity_text(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
mp_error *err);
mp_status mp_quantity_decimal(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
mp_error *err);
typedef struct mp_semver {
uint64_t major;
uint64_t minor;
uint64_t patch;
const char *prerelease;
size_t prerelease_size;
const char *build;
size_t build_size;
} mp_semver;
mp_status mp_semver_parse(const char *text, size_t size, unsigned flags, mp_semver *out,
mp_error *err);
int mp_semver_compare(const mp_semver *a, const mp_semver *b);
typedef struct mp_cel_env mp_cel_env;
typedef struct mp_cel mp_cel;
typedef struct mp_cel_device mp_cel_device;
mp_status mp_cel_env_new_dra(const mp_allocator *alloc, mp_cel_env **out, mp_error *err);
typedef enum mp_cel_gate {
MP_CEL_CONSUMABLE_CAPACITY = 1,
MP_CEL_LIST_ATTRIBUTES = 2
} mp_cel_gate;
typedef struct mp_cel_profile {
unsigned release;
bool stored;
unsigned gates;
} mp_cel_profile;
mp_status mp_cel_env_new_profile(const mp_allocator *alloc, const mp_cel_profile *profile,
mp_cel_env **out, mp_error *err);
mp_status mp_cel_env_new(const mp_allocator *alloc, mp_cel_env **out, mp_error *err);
mp_status mp_cel_env_declare(mp_cel_env *env, const char *name, size_t name_size,
const char *type_text, mp_error *err);
void mp_cel_env_free(mp_cel_env *env);
mp_status mp_cel_compile(const mp_cel_env *env, const char *source, size_t size,
mp_cel **out, mp_error *err);
void mp_cel_free(mp_cel *cel);
const char *mp_cel_source(const mp_cel *cel, size_t *size);
const char *mp_cel_type(const mp_cel *cel);
size_t mp_cel_memory(const mp_cel *cel);
typedef struct mp_cel_cost {
uint64_t min;
uint64_t max;
} mp_cel_cost;
mp_status mp_cel_estimate(const mp_cel_env *env, const char *source, size_t size,
mp_cel_cost *out, mp_error *err);
mp_status mp_cel_device_new(const mp_allocator *alloc, const char *driver,
size_t driver_size, mp_cel_device **out, mp_error *err);
mp_status mp_cel_device_copy(const mp_allocator *alloc, const mp_cel_device *model,
mp_cel_device **out, mp_error *err);
void mp_cel_device_free(mp_cel_device *device);
mp_status mp_cel_device_set_string(mp_cel_device *device, const char *name, size_t name_size,
const char *text, size_t size);
mp_status mp_cel_device_set_bool(mp_cel_device *device, const char *name, size_t name_size,
bool value);
mp_status mp_cel_device_set_int(mp_cel_device *device, const char *name, size_t name_size,
int64_t value);
mp_status mp_cel_device_set_version(mp_cel_device *device, const char *name,
size_t name_size, const char *text, size_t size);
mp_status mp_cel_device_set_invalid(mp_cel_device *device, const char *name,
size_t name_size);
mp_status mp_cel_device_set_strings(mp_cel_device *device, const char *name,
size_t name_size, const char *const *texts,
const size_t *sizes, size_t count);
mp_status mp_cel_device_set_bools(mp_cel_device *device, const char *name, size_t name_size,
const bool *values, size_t count);
mp_status mp_cel_device_set_ints(mp_cel_device *device, const char *name, size_t name_size,
const int64_t *values, size_t count);
mp_status mp_cel_device_set_versions(mp_cel_device *device, const char *name,
size_t name_size, const char *const *texts,
const size_t *sizes, size_t count);
mp_status mp_cel_device_set_capacity(mp_cel_device *device, const char *name,
size_t name_size, const char *text, size_t size);
mp_status mp_cel_device_set_multiple_allocations(mp_cel_device *device, bool value);
mp_status mp_cel_match(const mp_cel *cel, const mp_cel_device *device, bool *match,
mp_error *err);
mp_status mp_cel_match_each(const mp_cel *cel, const mp_cel_device *const *devices,
size_t count, uint8_t *outcomes, mp_error *err);
typedef struct mp_cel_vars mp_cel_vars;
typedef struct mp_cel_result mp_cel_result;
mp_status mp_cel_vars_new(const mp_cel_env *env, mp_cel_vars **out, mp_error *err);
void mp_cel_vars_free(mp_cel_vars *vars);
mp_status mp_cel_vars_set(mp_cel_vars *vars, const char *name, size_t name_size,
const mp_object *value, mp_error *err);
mp_status mp_cel_vars_set_bool(mp_cel_vars *vars, const char *name, size_t name_size,
bool value);
mp_status mp_cel_vars_set_int(mp_cel_vars *vars, const char *name, size_t name_size,
int64_t value);
mp_status mp_cel_vars_set_uint(mp_cel_vars *vars, const char *name, size_t name_size,
uint64_t value);
mp_status mp_cel_vars_set_double(mp_cel_vars *vars, const char *name, size_t name_size,
double value);
mp_status mp_cel_vars_set_string(mp_cel_vars *vars, const char *name, size_t name_size,
const char *text, size_t size);
mp_status mp_cel_vars_set_bytes(mp_cel_vars *vars, const char *name, size_t name_size,
const void *data, size_t size);
typedef struct mp_cel_input {
const mp_cel_device *device;
const mp_cel_vars *vars;
uint64_t budget;
} mp_cel_input;
mp_status mp_cel_eval(const mp_cel *cel, const mp_cel_input *input, mp_cel_result **out,
uint64_t *cost, mp_error *err);
void mp_cel_result_free(mp_cel_result *result);
const char *mp_cel_result_type(const mp_cel_result *result);
bool mp_cel_result_bool(const mp_cel_result *result, bool *out);
bool mp_cel_result_int(const mp_cel_result *result, int64_t *out);
bool mp_cel_result_uint(const mp_cel_result *result, uint64_t *out);
bool mp_cel_result_double(const mp_cel_result *result, double *out);
const char *mp_cel_result_string(const mp_cel_result *result, size_t *size);
mp_object *mp_cel_result_object(const mp_cel_result *result, mp_doc *doc);
typedef struct mp_cel_part {
size_t offset;
uint32_t line;
uint32_t column;
unsigned depth;
const char *text;
const char *type;
mp_status status;
const char *value;
uint64_t cost;
} mp_cel_part;
typedef void (*mp_cel_part_fn)(const mp_cel_part *part, void *user);
mp_status mp_cel_explain(const mp_cel_env *env, const char *source, size_t size,
const mp_cel_device *device, mp_cel_part_fn fn, void *user,
mp_error *err);
typedef struct mp_cel_step {
size_t offset;
uint32_t line;
uint32_t column;
const char *text;
size_t left;
size_t failed;
} mp_cel_step;
typedef void (*mp_cel_step_fn)(const mp_cel_step *step, void *user);
mp_status mp_cel_sieve(const mp_cel_env *env, const char *source, size_t size,
const mp_cel_device *const *devices, size_t count, mp_cel_step_fn fn,
void *user, mp_error *err);
typedef struct mp_cel_unknown {
size_t offset;
uint32_t line;
uint32_t column;
bool capacity;
const char *name;
const char *nearest;
} mp_cel_unknown;
typedef void (*mp_cel_unknown_fn)(const mp_cel_unknown *unknown, void *user);
mp_status mp_cel_unknown_names(const mp_cel_env *env, const char *source, size_t size,
const mp_cel_device *const *devices, size_t count,
mp_cel_unknown_fn fn, void *user, mp_error *err);
typedef enum mp_shape { MP_SHAPE_AUTO, MP_SHAPE_V1, MP_SHAPE_V2 } mp_shape;
typedef struct mp_violation {
const char *path;
const char *message;
const mp_object *node;
unsigned rule;
} mp_violation;
typedef bool (*mp_violation_fn)(const mp_violation *violation, void *user);
bool mp_document_known(const mp_object *document);
mp_status mp_validate(const mp_allocator *alloc, const mp_object *document, mp_shape shape,
mp_violation_fn fn, void *user, size_t *count, mp_error *err);
typedef struct mp_validate_opts {
int version;
mp_shape shape;
bool relaxed;
const mp_object *before;
} mp_validate_opts;
mp_status mp_validate_with(const mp_allocator *alloc, const mp_object *document,
const mp_validate_opts *opts, mp_violation_fn fn, void *user,
size_t *count, mp_error *err);
mp_status mp_document_unknown(const mp_allocator *alloc, const mp_object *document,
mp_shape shape, mp_violation_fn fn, void *user, size_t *count,
mp_error *err);
typedef struct mp_deployment mp_deployment;
typedef struct mp_engine mp_engine;
typedef struct mp_member mp_member;
typedef struct mp_request mp_request;
typedef enum mp_role { MP_ROLE_STANDALONE, MP_ROLE_LEADER, MP_ROLE_WORKER } mp_role;
typedef enum mp_phase {
MP_PHASE_NONE,
MP_PHASE_PREFILL,
MP_PHASE_DECODE,
MP_PHASE_ENCODE
} mp_phase;
typedef enum mp_serving_mode {
MP_SERVING_UNSET,
MP_SERVING_UNIFIED,
MP_SERVING_PREFILL_DECODE,
MP_SERVING_ENCODE_PREFILL_DECODE
} mp_serving_mode;
typedef enum mp_toleration_op { MP_TOLERATION_EQUAL, MP_TOLERATION_EXISTS } mp_toleration_op;
typedef enum mp_taint_effect {
MP_EFFECT_ANY,
MP_EFFECT_NO_SCHEDULE,
MP_EFFECT_NO_EXECUTE
} mp_taint_effect;
typedef enum mp_span {
MP_SPAN_POOL,
MP_SPAN_FABRIC
} mp_span;
typedef enum mp_strength {
MP_STRENGTH_REQUIRED,
MP_STRENGTH_PREFERRED
} mp_strength;
typedef enum mp_scope { MP_SCOPE_CLUSTER, MP_SCOPE_FABRIC } mp_scope;
const char *mp_role_name(mp_role role);
const char *mp_phase_name(mp_phase phase);
mp_status mp_deployment_new(const mp_allocator *alloc, const char *ns, size_t ns_size,
const char *name, size_t name_size, mp_deployment **out,
mp_error *err);
void mp_deployment_free(mp_deployment *d);
mp_status mp_deployment_set_replicas(mp_deployment *d, int64_t replicas);
mp_status mp_deployment_set_label(mp_deployment *d, const char *key, size_t key_size,
const char *value, size_t value_size);
mp_status mp_deployment_select_cluster(mp_deployment *d, const char *key, size_t key_size,
const char *value, size_t value_size);
mp_status mp_deployment_set_cache(mp_deployment *d, const char *name, size_t name_size);
mp_status mp_deployment_set_serving(mp_deployment *d, mp_serving_mode mode);
mp_status mp_deployment_add_toleration(mp_deployment *d, const char *key, size_t key_size,
mp_toleration_op op, const char *value,
size_t value_size, mp_taint_effect effect);
mp_engine *mp_deployment_add_engine(mp_deployment *d, const char *name, size_t name_size,
int64_t copies, mp_error *err);
mp_status mp_engine_set_phase(mp_engine *e, mp_phase phase);
mp_status mp_engine_set_span(mp_engine *e, mp_span span);
mp_status mp_engine_set_level(mp_engine *e, const char *level, size_t size,
mp_strength strength);
mp_status mp_engine_set_group(mp_engine *e, const char *group, size_t size);
mp_status mp_deployment_set_group_level(mp_deployment *d, const char *group,
size_t group_size, const char *level, size_t size,
mp_strength strength);
mp_status mp_deployment_set_level(mp_deployment *d, const char *level, size_t size,
mp_strength strength);
mp_status mp_deployment_prefer_cluster(mp_deployment *d, const char *key, size_t key_size,
const char *value, size_t value_size);
mp_status mp_deployment_add_affinity(mp_deployment *d, const char *key, size_t key_size,
const char *value, size_t value_size, mp_scope scope,
bool anti);
mp_member *mp_engine_add_member(mp_engine *e, mp_role role, mp_error *err);
mp_status mp_member_set_nodes(mp_member *m, int64_t nodes);
mp_status mp_member_set_template(mp_member *m, const mp_object *pod_template);
mp_request *mp_member_add_request(mp_member *m, const char *name, size_t name_size,
int64_t count, mp_error *err);
mp_status mp_request_add_selector(mp_request *r, const char *cel, size_t size,
mp_error *err);
const char *mp_deployment_name(const mp_deployment *d, size_t *size);
const char *mp_deployment_namespace(const mp_deployment *d, size_t *size);
int64_t mp_deployment_replicas(const mp_deployment *d);
const char *mp_deployment_cache(const mp_deployment *d, size_t *size);
mp_serving_mode mp_deployment_serving(const mp_deployment *d);
size_t mp_deployment_label_count(const mp_deployment *d);
const char *mp_deployment_label(const mp_deployment *d, size_t i, const char **value);
size_t mp_deployment_engine_count(const mp_deployment *d);
const mp_engine *mp_deployment_engine(const mp_deployment *d, size_t i);
const mp_engine *mp_deployment_find_engine(const mp_deployment *d, const char *name,
size_t size);
const char *mp_engine_name(const mp_engine *e, size_t *size);
int64_t mp_engine_copies(const mp_engine *e);
mp_phase mp_engine_phase(const mp_engine *e);
mp_span mp_engine_span(const mp_engine *e);
size_t mp_engine_member_count(const mp_engine *e);
const mp_member *mp_engine_member(const mp_engine *e, size_t i);
mp_role mp_member_role(const mp_member *m);
int64_t mp_member_nodes(const mp_member *m);
bool mp_member_has_nodes(const mp_member *m);
const mp_object *mp_member_template(const mp_member *m);
size_t mp_member_request_count(const mp_member *m);
const mp_request *mp_member_request(const mp_member *m, size_t i);
const char *mp_request_name(const mp_request *r, size_t *size);
int64_t mp_request_count(const mp_request *r);
size_t mp_request_selector_count(const mp_request *r);
const mp_cel *mp_request_selector(const mp_request *r, size_t i);
mp_status mp_deployment_read(const mp_allocator *alloc, const mp_object *document,
mp_deployment **out, mp_error *err);
typedef struct mp_fleet mp_fleet;
typedef struct mp_cluster mp_cluster;
typedef struct mp_pool mp_pool;
typedef struct mp_domain mp_domain;
typedef struct mp_device mp_device;
typedef struct mp_replica mp_replica;
typedef struct mp_replica_engine mp_replica_engine;
typedef enum mp_claim {
MP_CLAIM_DRA,
MP_CLAIM_SYNTHETIC
} mp_claim;
typedef enum mp_tier {
MP_TIER_CORDONED,
MP_TIER_RESERVED,
MP_TIER_CREATABLE,
MP_TIER_COUNT
} mp_tier;
mp_status mp_fleet_new(const mp_allocator *alloc, mp_fleet **out, mp_error *err);
void mp_fleet_free(mp_fleet *fleet);
uint64_t mp_fleet_version(const mp_fleet *fleet);
mp_cluster *mp_fleet_add_cluster(mp_fleet *fleet, const char *name, size_t name_size,
mp_error *err);
void mp_fleet_remove_cluster(mp_fleet *fleet, mp_cluster *cluster);
mp_cluster *mp_fleet_find_cluster(const mp_fleet *fleet, const char *name, size_t size);
size_t mp_fleet_cluster_count(const mp_fleet *fleet);
mp_cluster *mp_fleet_cluster(const mp_fleet *fleet, size_t i);
mp_status mp_cluster_set_label(mp_cluster *c, const char *key, size_t key_size,
const char *value, size_t value_size);
mp_status mp_cluster_add_taint(mp_cluster *c, const char *key, size_t key_size,
const char *value, size_t value_size, mp_taint_effect effect);
mp_status mp_cluster_set_cost(mp_cluster *c, int64_t cost);
mp_status mp_cluster_set_ready(mp_cluster *c, bool ready);
mp_status mp_cluster_set_gateway(mp_cluster *c, const char *address, size_t size);
const char *mp_cluster_name(const mp_cluster *c, size_t *size);
const char *mp_cluster_gateway(const mp_cluster *c, size_t *size);
bool mp_cluster_ready(const mp_cluster *c);
mp_pool *mp_cluster_add_pool(mp_cluster *c, const char *name, size_t name_size,
int64_t nodes, mp_error *err);
mp_status mp_pool_set_nodes(mp_pool *p, int64_t nodes);
mp_status mp_pool_set_tier(mp_pool *p, mp_tier tier, int64_t nodes);
int64_t mp_pool_tier(const mp_pool *p, mp_tier tier);
mp_status mp_pool_set_cost(mp_pool *p, int64_t cost);
mp_status mp_pool_set_fabric(mp_pool *p, const char *name, size_t size);
const char *mp_pool_fabric(const mp_pool *p, size_t *size);
mp_pool *mp_cluster_find_pool(const mp_cluster *c, const char *name, size_t size);
size_t mp_cluster_pool_count(const mp_cluster *c);
mp_pool *mp_cluster_pool(const mp_cluster *c, size_t i);
const char *mp_pool_name(const mp_pool *p, size_t *size);
int64_t mp_pool_nodes(const mp_pool *p);
mp_status mp_pool_add_level(mp_pool *p, const char *name, size_t size, mp_error *err);
mp_domain *mp_pool_add_domain(mp_pool *p, const char *path, size_t size, int64_t nodes,
mp_error *err);
size_t mp_pool_domain_count(const mp_pool *p);
mp_domain *mp_pool_domain(const mp_pool *p, size_t i);
const char *mp_domain_path(const mp_domain *d, size_t *size);
mp_status mp_domain_set_nodes(mp_domain *d, int64_t nodes);
mp_status mp_domain_set_tier(mp_domain *d, mp_tier tier, int64_t nodes);
mp_device *mp_pool_add_device(mp_pool *p, const char *name, size_t name_size,
const char *driver, size_t driver_size,
const char *device_class, size_t device_class_size,
mp_claim claim, int64_t count, mp_error *err);
mp_status mp_device_set_string(mp_device *d, const char *name, size_t name_size,
const char *text, size_t size);
mp_status mp_device_set_bool(mp_device *d, const char *name, size_t name_size, bool value);
mp_status mp_device_set_int(mp_device *d, const char *name, size_t name_size, int64_t value);
mp_status mp_device_set_version(mp_device *d, const char *name, size_t name_size,
const char *text, size_t size);
mp_status mp_device_set_invalid(mp_device *d, const char *name, size_t name_size);
mp_status mp_device_set_capacity(mp_device *d, const char *name, size_t name_size,
const char *text, size_t size);
size_t mp_pool_device_count(const mp_pool *p);
mp_device *mp_pool_device(const mp_pool *p, size_t i);
const char *mp_device_name(const mp_device *d, size_t *size);
int64_t mp_device_count(const mp_device *d);
const mp_cel_device *mp_device_cel(const mp_device *d);
size_t mp_fleet_shape_count(const mp_fleet *fleet);
mp_replica *mp_fleet_add_replica(mp_fleet *fleet, const char *ns, size_t ns_size,
const char *name, size_t name_size, const char *owner,
size_t owner_size, const char *cluster, size_t cluster_size,
int64_t index, mp_error *err);
void mp_fleet_remove_replica(mp_fleet *fleet, mp_replica *replica);
mp_replica *mp_fleet_find_replica(const mp_fleet *fleet, const char *ns, size_t ns_size,
const char *name, size_t name_size);
mp_replica_engine *mp_replica_add_engine(mp_replica *r, const char *name, size_t name_size,
int64_t copies, mp_error *err);
mp_status mp_replica_add_member(mp_replica_engine *e, mp_role role, const char *pool,
size_t pool_size, int64_t nodes, bool claims, mp_error *err);
mp_status mp_replica_add_pods(mp_replica_engine *e, const char *pool, size_t pool_size,
const char *domain, size_t domain_size, const char *node,
size_t node_size, int64_t pods, mp_error *err);
mp_status mp_replica_hold(mp_replica_engine *e, const char *device, size_t size,
int64_t count, mp_error *err);
mp_status mp_replica_set_label(mp_replica *r, const char *key, size_t key_size,
const char *value, size_t value_size);
size_t mp_fleet_replica_count(const mp_fleet *fleet);
mp_status mp_fleet_read_cluster(mp_fleet *fleet, const mp_object *document, mp_error *err);
mp_status mp_fleet_read_replica(mp_fleet *fleet, const mp_object *document, mp_error *err);
typedef struct mp_plan mp_plan;
typedef struct mp_placement mp_placement;
typedef enum mp_accounting {
MP_ACCOUNTING_NODES,
MP_ACCOUNTING_DEVICES
} mp_accounting;
typedef enum mp_cluster_policy {
MP_CLUSTERS_SPREAD,
MP_CLUSTERS_PACK,
MP_CLUSTERS_CHEAPEST,
MP_CLUSTERS_PREFERRED,
MP_CLUSTERS_SCORED
} mp_cluster_policy;
typedef enum mp_pool_policy {
MP_POOLS_FIRST,
MP_POOLS_BEST_FIT,
MP_POOLS_UNFRAGMENTED,
MP_POOLS_CHEAPEST,
MP_POOLS_SCORED
} mp_pool_policy;
typedef struct mp_candidate {
const mp_cluster *cluster;
const mp_pool *pool;
const mp_engine *engine;
int64_t replicas;
int64_t needs;
int64_t free;
} mp_candidate;
typedef int64_t (*mp_score_fn)(const mp_candidate *candidate, void *user);
typedef struct mp_schedule_opts {
int version;
bool no_fill;
uint64_t budget;
mp_accounting accounting;
mp_span span;
mp_cluster_policy clusters;
mp_pool_policy pools;
mp_score_fn score;
void *user;
bool whole_members;
bool least_movement;
} mp_schedule_opts;
typedef enum mp_verdict {
MP_VERDICT_PLACED,
MP_VERDICT_PARTIAL,
MP_VERDICT_UNKNOWN,
MP_VERDICT_HELD
} mp_verdict;
typedef enum mp_counter {
MP_COUNTER_EVALUATIONS,
MP_COUNTER_SHAPES,
MP_COUNTER_STEPS,
MP_COUNTER_CANDIDATES
} mp_counter;
mp_status mp_schedule(const mp_fleet *fleet, const mp_deployment *d,
const mp_schedule_opts *opts, mp_plan **out, mp_error *err);
void mp_plan_free(mp_plan *plan);
mp_verdict mp_plan_verdict(const mp_plan *plan);
const char *mp_verdict_name(mp_verdict verdict);
uint64_t mp_plan_counter(const mp_plan *plan, mp_counter counter);
const mp_deployment *mp_plan_deployment(const mp_plan *plan);
size_t mp_plan_size(const mp_plan *plan);
const mp_placement *mp_plan_placement(const mp_plan *plan, size_t i);
const char *mp_placement_cluster(const mp_placement *p, size_t *size);
int64_t mp_placement_index(const mp_placement *p);
const char *mp_placement_gateway(const mp_placement *p, size_t *size);
bool mp_placement_retained(const mp_placement *p);
bool mp_placement_engine_kept(const mp_placement *p, size_t engine);
size_t mp_placement_engine_count(const mp_placement *p);
const mp_engine *mp_placement_engine(const mp_placement *p, size_t engine);
const char *mp_placement_pool(const mp_placement *p, size_t engine, size_t member,
size_t *size);
typedef struct mp_share {
const char *pool;
size_t pool_size;
const char *domain;
size_t domain_size;
int64_t copy;
int64_t pods;
int64_t nodes;
} mp_share;
size_t mp_placement_share_count(const mp_placement *p, size_t engine, size_t member);
bool mp_placement_share(const mp_placement *p, size_t engine, size_t member, size_t share,
mp_share *out);
size_t mp_placement_claim_count(const mp_placement *p, size_t engine, size_t member);
const mp_request *mp_placement_claim(const mp_placement *p, size_t engine, size_t member,
size_t claim, const char **device_class,
size_t *device_class_size);
typedef enum mp_proof {
MP_PROOF_CLOSED,
MP_PROOF_COUNT,
MP_PROOF_SEARCH
} mp_proof;
typedef enum mp_unit {
MP_UNIT_POD,
MP_UNIT_COPY,
MP_UNIT_ENGINE,
MP_UNIT_ALL
} mp_unit;
typedef struct mp_certificate {
const char *cluster;
size_t cluster_size;
mp_proof proof;
mp_unit unit;
const char *level;
size_t level_size;
int64_t needs;
int64_t has;
} mp_certificate;
mp_status mp_plan_certify(const mp_fleet *fleet, mp_plan *plan, mp_error *err);
size_t mp_plan_certificate_count(const mp_plan *plan);
bool mp_plan_certificate(const mp_plan *plan, size_t i, mp_certificate *out);
mp_status mp_plan_check(const mp_fleet *fleet, const mp_deployment *d,
const mp_schedule_opts *opts, const mp_plan *plan, mp_error *err);
mp_status mp_plan_explain(const mp_fleet *fleet, const mp_plan *plan, mp_doc **out,
mp_error *err);
mp_status mp_child_name(const mp_allocator *alloc, const char *const *parts,
const size_t *sizes, size_t count, mp_text *out, mp_error *err);
mp_status mp_opaque_name(const mp_allocator *alloc, const char *const *parts,
const size_t *sizes, size_t count, mp_text *out, mp_error *err);
typedef bool (*mp_replica_ready_fn)(const char *replica_name, size_t size, void *user);
typedef enum mp_routing {
MP_ROUTING_AUTO,
MP_ROUTING_SERVICE,
MP_ROUTING_POOL
} mp_routing;
typedef enum mp_stack {
MP_STACK_STANDARD,
MP_STACK_DYNAMO
} mp_stack;
typedef struct mp_compose_opts {
int version;
mp_replica_ready_fn replica_ready;
void *user;
const char *provider_config;
size_t provider_config_size;
bool bare;
mp_shape shape;
bool named;
mp_routing routing;
mp_stack stack;
} mp_compose_opts;
mp_status mp_compose(const mp_plan *plan, const mp_compose_opts *opts, mp_doc **out,
mp_error *err);
mp_status mp_compose_replica(const mp_allocator *alloc, const mp_object *replica,
const mp_compose_opts *opts, mp_doc **out, mp_error *err);
typedef struct mp_reconcile_opts {
int version;
bool assume_ready;
bool explain;
bool bare;
uint64_t budget;
bool named;
bool explain_all;
mp_accounting accounting;
mp_span span;
mp_cluster_policy clusters;
mp_pool_policy pools;
mp_shape shape;
mp_routing routing;
bool infrastructure;
} mp_reconcile_opts;
mp_status mp_reconcile(const mp_allocator *alloc, const mp_object *documents,
const mp_reconcile_opts *opts, mp_doc **out, mp_error *err);
mp_status mp_function_run(const mp_allocator *alloc, const mp_object *request,
const mp_reconcile_opts *opts, mp_doc **out, mp_error *err);
const char *mp_version(void);
"""

CONSTANTS = {
    "MP_CEL_COST_MAX": 1000000,
    "MP_CEL_DEPTH_MAX": 249,
    "MP_CEL_FAILED": 2,
    "MP_CEL_PARTS_MAX": 500,
    "MP_CEL_SOURCE_MAX": 100000,
    "MP_CEL_STORED_MAX": 10240,
    "MP_CLUSTER_TAINTS_MAX": 1024,
    "MP_DEPLOYMENT_AFFINITIES_MAX": 64,
    "MP_DEPLOYMENT_ENGINES_MAX": 1024,
    "MP_DEPLOYMENT_TOLERATIONS_MAX": 1024,
    "MP_DEVICE_ATTRIBUTES_MAX": 256,
    "MP_ENGINE_MEMBERS_MAX": 64,
    "MP_ERROR_PATH_SIZE": 256,
    "MP_ERROR_TEXT_SIZE": 512,
    "MP_FUNCTION_TTL": 60,
    "MP_JSON_PRETTY": 1,
    "MP_LABELS_MAX": 1024,
    "MP_MEMBER_REQUESTS_MAX": 256,
    "MP_NAME_MAX": 63,
    "MP_POOL_DEVICES_MAX": 256,
    "MP_POOL_DOMAINS_MAX": 4096,
    "MP_POOL_LEVELS_MAX": 8,
    "MP_QUANTITY_EXPONENT_MAX": 100000,
    "MP_QUANTITY_SIZE_MAX": 16384,
    "MP_READ_DEPTH_MAX": 200,
    "MP_READ_SIZE_MAX": 67108864,
    "MP_REQUEST_SELECTORS_MAX": 256,
    "MP_SCHEDULE_BUDGET_DEFAULT": 1000000,
    "MP_SEMVER_NORMALIZE": 1,
    "MP_YAML_DOCUMENT": 1,
}
