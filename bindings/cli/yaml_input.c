/* SPDX-License-Identifier: Apache-2.0 */
/*
 * YAML to object trees, through the events of libyaml.
 *
 * Scalars mean what they mean to kubectl (yaml_scalar.c); keys that are not strings become strings.
 * Anchors, aliases and merge keys are read; what aliases expand to counts
 * against a limit on the nodes of a document, so a small file cannot grow large (the "billion
 * laughs"). Duplicate keys and tags of one's own are refused.
 */
#define _POSIX_C_SOURCE 200809L
#ifdef HAVE_CONFIG_H
#include "config.h"
#endif
#include "cli.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool fail(mp_error *err, mp_status status, size_t line, size_t column, const char *message,
                 const char *what)
{
    memset(err, 0, sizeof *err);
    err->status = status;
    err->offset = MP_NO_OFFSET;
    err->line = (uint32_t)line;
    err->column = (uint32_t)column;
    (void)snprintf(err->text, sizeof err->text, "%s%s", message, what);
    return false;
}

#ifndef HAVE_YAML

bool cli_yaml_read(const char *text, size_t size, cli_take_fn take, void *user, unsigned *number,
                   mp_error *err)
{
    (void)text, (void)size, (void)take, (void)user;
    *number = 1;
    return fail(err, MP_EPARSE, 0, 0, "this modelplane was built without YAML; give JSON", "");
}

#else

#include <yaml.h>

#define DEPTH_MAX MP_READ_DEPTH_MAX
#define NODES_MAX ((size_t)1000000) /* of one document, aliases expanded */
#define ANCHORS_MAX 1000            /* an alias looks through them all */
#define SCALAR_TAG "tag:yaml.org,2002:"

/* A map or list that is being read. */
typedef struct frame {
    mp_object *node;
    char *key; /* of the value to come; NULL while a key is awaited */
    size_t key_size;
    bool merging;      /* the value to come belongs to the key "<<" */
    mp_object *merges; /* list of maps to merge when the map ends */
    size_t anchor;     /* position in anchors + 1, or 0 */
} frame;

typedef struct anchor {
    char *name;
    mp_object *node; /* NULL while it is open: an alias to it would never end */
    size_t nodes;    /* of the tree below, itself included */
    unsigned depth;
} anchor;

typedef struct reader {
    mp_doc *doc;
    frame stack[DEPTH_MAX];
    size_t depth;
    anchor *anchors;
    size_t anchor_count, anchor_capacity;
    size_t nodes;
    mp_error *err;
} reader;

static bool fail_event(reader *r, const yaml_event_t *event, mp_status status, const char *message,
                       const char *what)
{
    return fail(r->err, status, event->start_mark.line + 1, event->start_mark.column + 1, message,
                what);
}

/* ---- building ---- */

static const char *short_tag(const yaml_char_t *tag)
{
    const char *text = (const char *)tag;
    size_t prefix = sizeof SCALAR_TAG - 1;

    if (!text || strcmp(text, "!") == 0)
        return text;
    return strncmp(text, SCALAR_TAG, prefix) == 0 ? text + prefix : NULL;
}

/* A scalar of an explicit core type; the text must be of that type. */
static mp_object *make_tagged(reader *r, const yaml_event_t *event, const char *tag)
{
    static const struct {
        const char *tag;
        mp_object_type_t first, last;
    } types[] = { { "null", MP_OBJECT_NULL, MP_OBJECT_NULL },
                  { "bool", MP_OBJECT_BOOL, MP_OBJECT_BOOL },
                  { "int", MP_OBJECT_INT, MP_OBJECT_UINT },
                  { "float", MP_OBJECT_INT, MP_OBJECT_DOUBLE } };
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    if (strcmp(tag, "str") == 0 || strcmp(tag, "!") == 0)
        return mp_object_new_string(r->doc, text, size);
    for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
        mp_object *node;

        if (strcmp(tag, types[i].tag) != 0)
            continue;
        node = cli_yaml_plain(r->doc, text, size);
        if (node && mp_object_type(node) >= types[i].first && mp_object_type(node) <= types[i].last)
            return node;
    }
    (void)fail_event(r, event, MP_EPARSE, "value does not fit its tag !!", tag);
    return NULL;
}

static mp_object *make_scalar(reader *r, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    if (event->data.scalar.tag) {
        const char *tag = short_tag(event->data.scalar.tag);

        if (tag)
            return make_tagged(r, event, tag);
        (void)fail_event(r, event, MP_EPARSE, "unknown tag ", (const char *)event->data.scalar.tag);
        return NULL;
    }
    if (event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE)
        return cli_yaml_plain(r->doc, text, size);
    return mp_object_new_string(r->doc, text, size);
}

/* Keys that are not strings become strings, as JSON needs them: the text as it was written, but for
 * booleans and integers their canonical form, so that `yes` and `true` are one key. */
static bool take_key(reader *r, frame *top, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;
    mp_object *key = make_scalar(r, event);
    char number[32];
    int64_t value;

    if (!key)
        return false;
    if (mp_object_type(key) == MP_OBJECT_NULL)
        return fail_event(r, event, MP_EPARSE, "a key may not be null", "");
    if (mp_object_type(key) == MP_OBJECT_BOOL) {
        text = mp_object_bool(key, false) ? "true" : "false";
        size = strlen(text);
    } else if (mp_object_type(key) == MP_OBJECT_INT && mp_object_int(key, &value)) {
        size = (size_t)snprintf(number, sizeof number, "%lld", (long long)value);
        text = number;
    }
    top->merging = event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE && size == 2 &&
                   memcmp(text, "<<", 2) == 0;
    if (!top->merging && mp_object_get(top->node, text, size))
        return fail_event(r, event, MP_EPARSE, "duplicate key ", text);
    top->key = cli_resize(NULL, size + 1, 1);
    memcpy(top->key, text, size);
    top->key[size] = '\0';
    top->key_size = size;
    return true;
}

static void drop_key(frame *top)
{
    free(top->key);
    top->key = NULL;
    top->merging = false;
}

/* Put a finished or beginning node where it belongs. */
static bool place(reader *r, mp_object *node, const yaml_event_t *event)
{
    frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;

    if (++r->nodes > NODES_MAX)
        return fail_event(r, event, MP_ELIMIT, "more than 1000000 values in one document", "");
    mp_object_set_source(node, MP_NO_OFFSET, (uint32_t)event->start_mark.line + 1);
    if (!top) {
        mp_doc_set_root(r->doc, node);
    } else if (mp_object_is_list(top->node)) {
        (void)mp_object_append(top->node, node);
    } else if (top->merging) {
        if (!top->merges)
            top->merges = mp_object_new_list(r->doc);
        (void)mp_object_append(top->merges, node);
        drop_key(top);
    } else {
        (void)mp_object_set(top->node, top->key, top->key_size, node);
        drop_key(top);
    }
    return true;
}

/* ---- anchors ---- */

/* Returns the position + 1, or 0 without an anchor; false in *ok past the limit. */
static size_t open_anchor(reader *r, const yaml_char_t *name, const yaml_event_t *event, bool *ok)
{
    if (!name)
        return 0;
    if (r->anchor_count == ANCHORS_MAX) {
        *ok = fail_event(r, event, MP_ELIMIT, "more than 1000 anchors in one document", "");
        return 0;
    }
    if (r->anchor_count == r->anchor_capacity) {
        r->anchor_capacity = r->anchor_capacity ? 2 * r->anchor_capacity : 16;
        r->anchors = cli_resize(r->anchors, r->anchor_capacity, sizeof *r->anchors);
    }
    r->anchors[r->anchor_count] = (anchor){ .name = cli_strdup((const char *)name) };
    return ++r->anchor_count;
}

typedef struct measure {
    size_t nodes, limit;
    unsigned depth, deepest;
} measure;

static mp_walk_step count_node(const mp_object *node, mp_walk_event event, void *user)
{
    measure *m = user;
    bool holds = mp_object_is_map(node) || mp_object_is_list(node);

    if (event == MP_WALK_LEAVE) {
        m->depth--;
        return MP_WALK_NEXT;
    }
    if (holds && ++m->depth > m->deepest)
        m->deepest = m->depth;
    return ++m->nodes > m->limit ? MP_WALK_STOP : MP_WALK_NEXT;
}

static void close_anchor(reader *r, size_t number, mp_object *node)
{
    measure m = { 0, NODES_MAX, 0, 0 };

    if (number == 0)
        return;
    (void)mp_object_visit(node, count_node, &m);
    r->anchors[number - 1].node = node;
    r->anchors[number - 1].nodes = m.nodes;
    r->anchors[number - 1].depth = m.deepest;
}

static bool read_alias(reader *r, const yaml_event_t *event)
{
    const char *name = (const char *)event->data.alias.anchor;
    const anchor *found = NULL;

    for (size_t i = r->anchor_count; i-- > 0 && !found;) /* the latest of a name counts */
        if (strcmp(r->anchors[i].name, name) == 0)
            found = &r->anchors[i];
    if (!found)
        return fail_event(r, event, MP_EPARSE, "unknown anchor ", name);
    if (!found->node)
        return fail_event(r, event, MP_EPARSE, "alias inside its own anchor ", name);
    if (found->nodes > NODES_MAX - r->nodes)
        return fail_event(r, event, MP_ELIMIT, "aliases expand to more than 1000000 values", "");
    if (r->depth + found->depth > DEPTH_MAX)
        return fail_event(r, event, MP_ELIMIT, "nested too deeply", "");
    r->nodes += found->nodes - 1;
    return place(r, mp_object_copy(r->doc, found->node), event);
}

/* ---- maps and lists ---- */

static bool open_node(reader *r, mp_object *node, const yaml_char_t *tag, const char *own_tag,
                      const yaml_char_t *anchor_name, const yaml_event_t *event)
{
    const char *name = short_tag(tag);
    bool ok = true;
    size_t number;

    if (tag && (!name || (strcmp(name, own_tag) != 0 && strcmp(name, "!") != 0)))
        return fail_event(r, event, MP_EPARSE, "unknown tag ", (const char *)tag);
    if (r->depth == DEPTH_MAX)
        return fail_event(r, event, MP_ELIMIT, "nested too deeply", "");
    number = open_anchor(r, anchor_name, event, &ok);
    if (!ok || !place(r, node, event))
        return false;
    r->stack[r->depth++] = (frame){ .node = node, .anchor = number };
    return true;
}

static void merge_map(mp_object *map, const mp_object *source)
{
    for (const mp_object *child = mp_object_first(source); child; child = mp_object_next(child)) {
        size_t size;
        const char *key = mp_object_key(child, &size);

        if (!mp_object_get(map, key, size))
            (void)mp_object_set_copy(map, key, size, child);
    }
}

/* Own keys win over merged ones, earlier maps over later. */
static bool merge_all(reader *r, frame *top, const yaml_event_t *event)
{
    const mp_object *from = mp_object_first(top->merges);

    for (; from; from = mp_object_next(from)) {
        const mp_object *one = mp_object_is_list(from) ? mp_object_first(from) : from;

        for (; one; one = mp_object_is_list(from) ? mp_object_next(one) : NULL) {
            measure m = { 0, NODES_MAX - r->nodes, 0, 0 };

            if (!mp_object_is_map(one))
                return fail_event(r, event, MP_EPARSE, "\"<<\" takes a map or a list of maps", "");
            if (mp_object_visit(one, count_node, &m) != MP_OK)
                return fail_event(r, event, MP_ELIMIT, "merges expand to more than 1000000 values",
                                  "");
            r->nodes += m.nodes;
            merge_map(top->node, one);
        }
    }
    return true;
}

static bool close_node(reader *r, const yaml_event_t *event)
{
    frame *top = &r->stack[r->depth - 1];

    if (top->merges && !merge_all(r, top, event))
        return false;
    close_anchor(r, top->anchor, top->node);
    r->depth--;
    return true;
}

static bool read_scalar(reader *r, const yaml_event_t *event)
{
    frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;
    bool ok = true;
    size_t number = open_anchor(r, event->data.scalar.anchor, event, &ok);
    mp_object *node;

    if (!ok)
        return false;
    if (top && mp_object_is_map(top->node) && !top->key) {
        if (!take_key(r, top, event))
            return false;
        if (number)
            close_anchor(r, number, mp_object_new_string(r->doc, top->key, top->key_size));
        return true;
    }
    node = make_scalar(r, event);
    if (!node || !place(r, node, event))
        return false;
    close_anchor(r, number, node);
    return true;
}

static bool awaits_key(const reader *r)
{
    const frame *top = r->depth ? &r->stack[r->depth - 1] : NULL;

    return top && mp_object_is_map(top->node) && !top->key;
}

static bool read_event(reader *r, const yaml_event_t *event)
{
    switch (event->type) {
    case YAML_SCALAR_EVENT:
        return read_scalar(r, event);
    case YAML_ALIAS_EVENT:
        if (awaits_key(r))
            return fail_event(r, event, MP_EPARSE, "an alias cannot be a key", "");
        return read_alias(r, event);
    case YAML_SEQUENCE_START_EVENT:
        if (awaits_key(r))
            return fail_event(r, event, MP_EPARSE, "a list cannot be a key", "");
        return open_node(r, mp_object_new_list(r->doc), event->data.sequence_start.tag, "seq",
                         event->data.sequence_start.anchor, event);
    case YAML_MAPPING_START_EVENT:
        if (awaits_key(r))
            return fail_event(r, event, MP_EPARSE, "a map cannot be a key", "");
        return open_node(r, mp_object_new_map(r->doc), event->data.mapping_start.tag, "map",
                         event->data.mapping_start.anchor, event);
    case YAML_SEQUENCE_END_EVENT:
    case YAML_MAPPING_END_EVENT:
        return close_node(r, event);
    default:
        return true;
    }
}

/* ---- the stream ---- */

/* Forget everything about the document but the tree. */
static void reader_reset(reader *r)
{
    for (size_t i = 0; i < r->depth; i++)
        free(r->stack[i].key);
    for (size_t i = 0; i < r->anchor_count; i++)
        free(r->anchors[i].name);
    r->depth = r->anchor_count = r->nodes = 0;
}

static size_t count_lines(const char *text, size_t size)
{
    size_t lines = 1;

    for (size_t i = 0; i < size; i++)
        lines += text[i] == '\n';
    return lines;
}

/* libyaml counts characters; the offset of the one with that number. */
static size_t byte_offset(const char *text, size_t size, size_t character)
{
    size_t at = 0;

    for (; at < size; at++)
        if (((unsigned char)text[at] & 0xc0) != 0x80 && character-- == 0)
            break;
    return at;
}

static bool parser_failed(const yaml_parser_t *parser, const char *text, size_t size, mp_error *err)
{
    const char *problem = parser->problem ? parser->problem : "not YAML";
    size_t at = byte_offset(text, size, parser->problem_mark.index);

    if (parser->error == YAML_MEMORY_ERROR)
        return fail(err, MP_ENOMEM, 0, 0, "out of memory", "");
    if (parser->error == YAML_READER_ERROR) {
        at = parser->problem_offset < size ? parser->problem_offset : size;
        return fail(err, MP_EPARSE, count_lines(text, at), 1, "not text in UTF-8: ", problem);
    }
    if (parser->error == YAML_SCANNER_ERROR && at < size && text[at] == '\t')
        problem = "a tab where only spaces may indent";
    return fail(err, MP_EPARSE, parser->problem_mark.line + 1, parser->problem_mark.column + 1,
                problem, "");
}

bool cli_yaml_read(const char *text, size_t size, cli_take_fn take, void *user, unsigned *number,
                   mp_error *err)
{
    yaml_parser_t parser;
    reader *r = cli_resize(NULL, 1, sizeof *r);
    bool ok = true, done = false;

    memset(r, 0, sizeof *r);
    r->err = err;
    *number = 1;
    if (!yaml_parser_initialize(&parser)) {
        free(r);
        return fail(err, MP_ENOMEM, 0, 0, "out of memory", "");
    }
    yaml_parser_set_encoding(&parser, YAML_UTF8_ENCODING);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text, size);
    *number = 0;
    while (ok && !done) {
        yaml_event_t event;

        if (!yaml_parser_parse(&parser, &event)) {
            if (*number == 0)
                *number = 1;
            ok = parser_failed(&parser, text, size, err);
            break;
        }
        if (event.type == YAML_STREAM_END_EVENT) {
            done = true;
        } else if (event.type == YAML_DOCUMENT_START_EVENT) {
            ++*number;
            ok = mp_doc_new(NULL, &r->doc, err) == MP_OK;
        } else if (event.type == YAML_DOCUMENT_END_EVENT) {
            reader_reset(r);
            ok = mp_doc_status(r->doc) == MP_OK || fail(err, MP_ENOMEM, 0, 0, "out of memory", "");
            if (ok) {
                take(r->doc, *number, user);
                r->doc = NULL;
            }
        } else {
            err->status = MP_OK;
            ok = read_event(r, &event);
            if (!ok && err->status == MP_OK) /* a node could not be made */
                ok = fail(err, MP_ENOMEM, 0, 0, "out of memory", "");
        }
        yaml_event_delete(&event);
    }
    reader_reset(r);
    mp_doc_free(r->doc);
    free(r->anchors);
    free(r);
    yaml_parser_delete(&parser);
    return ok;
}

#endif
