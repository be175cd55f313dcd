/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What the YAML writer writes is read back by libyaml, and its plain scalars are resolved twice, by
 * the rules of YAML 1.1 (the type repository at yaml.org/type) and by the core schema of YAML 1.2.
 * Both must give the tree that was written.
 */
#include "object_random.h"
#include "value_internal.h"
#include "mp_test.h"
#include <regex.h>
#include <stdio.h>
#include <stdlib.h>
#include <yaml.h>

/* ---- resolving plain scalars ---- */

/* What a pattern stands for; OTHER is something the writer never means (a date, a merge). */
typedef enum kind { IS_NULL, IS_TRUE, IS_FALSE, IS_INT, IS_FLOAT, IS_SPECIAL, IS_OTHER } kind;

typedef struct rule {
    kind kind;
    const char *pattern;
    regex_t regex;
} rule;

static rule core_rules[] = {
    { IS_NULL, "^(null|Null|NULL|~|)$", { 0 } },
    { IS_TRUE, "^(true|True|TRUE)$", { 0 } },
    { IS_FALSE, "^(false|False|FALSE)$", { 0 } },
    { IS_INT, "^[-+]?[0-9]+$", { 0 } },
    { IS_OTHER, "^(0o[0-7]+|0x[0-9a-fA-F]+)$", { 0 } },
    { IS_FLOAT, "^[-+]?(\\.[0-9]+|[0-9]+(\\.[0-9]*)?)([eE][-+]?[0-9]+)?$", { 0 } },
    { IS_SPECIAL, "^([-+]?(\\.inf|\\.Inf|\\.INF)|\\.nan|\\.NaN|\\.NAN)$", { 0 } },
};

static rule old_rules[] = {
    { IS_NULL, "^(~|null|Null|NULL|)$", { 0 } },
    { IS_TRUE, "^(y|Y|yes|Yes|YES|true|True|TRUE|on|On|ON)$", { 0 } },
    { IS_FALSE, "^(n|N|no|No|NO|false|False|FALSE|off|Off|OFF)$", { 0 } },
    { IS_OTHER, "^[-+]?(0b[0-1_]+|0[0-7_]+|0x[0-9a-fA-F_]+|[1-9][0-9_]*(:[0-5]?[0-9])+)$", { 0 } },
    { IS_INT, "^[-+]?(0|[1-9][0-9_]*)$", { 0 } },
    { IS_FLOAT, "^[-+]?([0-9][0-9_]*)?\\.[0-9_]*([eE][-+][0-9]+)?$", { 0 } },
    { IS_OTHER, "^[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+\\.[0-9_]*$", { 0 } },
    { IS_SPECIAL, "^([-+]?(\\.inf|\\.Inf|\\.INF)|\\.nan|\\.NaN|\\.NAN)$", { 0 } },
    { IS_OTHER, "^[0-9]{4}-[0-9]{2}-[0-9]{2}$", { 0 } },
    { IS_OTHER,
      "^[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt]|[ \t]+)[0-9]{1,2}:[0-9]{2}:[0-9]{2}(\\.[0-9]*)?"
      "([ \t]*(Z|[-+][0-9]{1,2}(:[0-9]{2})?))?$",
      { 0 } },
    { IS_OTHER, "^(=|<<)$", { 0 } },
};

typedef struct schema {
    const char *name;
    rule *rules;
    size_t count;
} schema;

static const schema schemas[] = { { "YAML 1.2 core", core_rules, MP__COUNT(core_rules) },
                                  { "YAML 1.1", old_rules, MP__COUNT(old_rules) } };

static void compile_rules(void)
{
    for (size_t i = 0; i < MP__COUNT(schemas); i++) {
        for (size_t k = 0; k < schemas[i].count; k++)
            ck_assert_int_eq(regcomp(&schemas[i].rules[k].regex, schemas[i].rules[k].pattern,
                                     REG_EXTENDED | REG_NOSUB),
                             0);
    }
}

static void free_rules(void)
{
    for (size_t i = 0; i < MP__COUNT(schemas); i++) {
        for (size_t k = 0; k < schemas[i].count; k++)
            regfree(&schemas[i].rules[k].regex);
    }
}

static mp_object *make_number(mp_doc *doc, kind what, const char *text)
{
    char *end = NULL;
    mp_object *node;

    if (what == IS_INT)
        node = text[0] == '-' ? mp_object_new_int(doc, strtoll(text, &end, 10))
                              : mp_object_new_uint(doc, strtoull(text, &end, 10));
    else
        node = mp_object_new_double(doc, strtod(text, &end));
    ck_assert_msg(*end == '\0', "%s is no number", text);
    return node;
}

/* .inf, -.inf or .nan, in any case. */
static double special(const char *text)
{
    if (strpbrk(strchr(text, '.'), "aA") != NULL)
        return strtod("nan", NULL);
    return strtod(text[0] == '-' ? "-inf" : "inf", NULL);
}

static mp_object *resolve(mp_doc *doc, const schema *s, const char *text, size_t size)
{
    for (size_t i = 0; strlen(text) == size && i < s->count; i++) {
        if (regexec(&s->rules[i].regex, text, 0, NULL, 0) != 0)
            continue;
        switch (s->rules[i].kind) {
        case IS_NULL:
            return mp_object_new_null(doc);
        case IS_TRUE:
        case IS_FALSE:
            return mp_object_new_bool(doc, s->rules[i].kind == IS_TRUE);
        case IS_SPECIAL:
            return mp_object_new_double(doc, special(text));
        case IS_OTHER:
            ck_abort_msg("%s takes %s for something else", s->name, text);
            break;
        default:
            return make_number(doc, s->rules[i].kind, text);
        }
    }
    return mp_object_new_string(doc, text, size);
}

/* ---- reading events ---- */

typedef struct builder {
    mp_doc *doc;
    mp_object *parent; /* the open map or list */
    mp__str key;       /* of the value to come, in a map */
} builder;

/* Put a node where the events are; a scalar in a map may be a key. */
static void add(builder *b, mp_object *node, bool is_scalar)
{
    if (b->parent == NULL) {
        mp_doc_set_root(b->doc, node);
    } else if (mp_object_is_list(b->parent)) {
        mp_object_append(b->parent, node);
    } else if (b->key.data == NULL) {
        ck_assert_msg(is_scalar && mp_object_is_string(node), "a key that is no string");
        b->key = mp__object_str(node);
        return;
    } else {
        ck_assert_ptr_null(mp_object_get(b->parent, b->key.data, b->key.size));
        mp_object_set(b->parent, b->key.data, b->key.size, node);
        b->key.data = NULL;
    }
    if (!is_scalar)
        b->parent = node;
}

static void take_event(builder *b, const schema *s, const yaml_event_t *event)
{
    const char *text = (const char *)event->data.scalar.value;
    size_t size = event->data.scalar.length;

    switch (event->type) {
    case YAML_MAPPING_START_EVENT:
        add(b, mp_object_new_map(b->doc), false);
        break;
    case YAML_SEQUENCE_START_EVENT:
        add(b, mp_object_new_list(b->doc), false);
        break;
    case YAML_MAPPING_END_EVENT:
    case YAML_SEQUENCE_END_EVENT:
        b->parent = mp_object_parent(b->parent);
        break;
    case YAML_SCALAR_EVENT:
        ck_assert_ptr_null(event->data.scalar.anchor);
        ck_assert_ptr_null(event->data.scalar.tag);
        add(b,
            event->data.scalar.style == YAML_PLAIN_SCALAR_STYLE
                ? resolve(b->doc, s, text, size)
                : mp_object_new_string(b->doc, text, size),
            true);
        break;
    case YAML_ALIAS_EVENT:
        ck_abort_msg("an alias");
        break;
    default:
        break;
    }
}

/* Read `text`, a stream of documents, and call `check` with each. */
static size_t read_stream(const mp_text *text, const schema *s,
                          void (*check)(const mp_object *, size_t, void *), void *user)
{
    yaml_parser_t parser;
    yaml_event_type_t type;
    builder b = { NULL, NULL, { NULL, 0 } };
    size_t documents = 0;

    ck_assert_int_eq(yaml_parser_initialize(&parser), 1);
    yaml_parser_set_input_string(&parser, (const unsigned char *)text->data, text->size);
    do {
        yaml_event_t event;

        if (!yaml_parser_parse(&parser, &event))
            ck_abort_msg("line %zu: %s in\n%s", parser.problem_mark.line + 1, parser.problem,
                         text->data);
        type = event.type;
        if (type == YAML_DOCUMENT_START_EVENT)
            ck_assert_int_eq(mp_doc_new(NULL, &b.doc, NULL), MP_OK);
        take_event(&b, s, &event);
        if (type == YAML_DOCUMENT_END_EVENT) {
            check(mp_doc_root(b.doc), documents++, user);
            mp_doc_free(b.doc);
        }
        yaml_event_delete(&event);
    } while (type != YAML_STREAM_END_EVENT);
    yaml_parser_delete(&parser);
    return documents;
}

/* ---- tests ---- */

typedef struct expectation {
    mp_object **trees;
    const mp_text *text;
    const schema *schema;
} expectation;

/* Equal as JSON text too, in which 1 and 1.0 differ. */
static void check_document(const mp_object *read, size_t index, void *user)
{
    const expectation *e = user;
    mp_text want, got;

    ck_assert_int_eq(mp_json_text(NULL, e->trees[index], 0, &want, NULL), MP_OK);
    ck_assert_int_eq(mp_json_text(NULL, read, 0, &got, NULL), MP_OK);
    if (strcmp(want.data, got.data) != 0 || !mp_object_identical(read, e->trees[index]))
        ck_abort_msg("%s reads\n%s\nnot\n%s\nfrom\n%s", e->schema->name, got.data, want.data,
                     e->text->data);
    mp_text_fini(&want);
    mp_text_fini(&got);
}

/* Write the trees as one stream of documents and read it back by both schemas. */
static void check_trees(mp_object **trees, size_t count)
{
    mp__buf buf;
    mp_text all;

    mp__buf_init(&buf, NULL);
    for (size_t i = 0; i < count; i++) {
        mp_text one;

        ck_assert_int_eq(mp_yaml_text(NULL, trees[i], MP_YAML_DOCUMENT, &one, NULL), MP_OK);
        ck_assert(mp__utf8_valid(one.data, one.size));
        mp__buf_put(&buf, one.data, one.size);
        mp_text_fini(&one);
    }
    ck_assert_int_eq(mp__buf_take(&buf, &all, NULL), MP_OK);
    for (size_t i = 0; i < MP__COUNT(schemas); i++) {
        expectation e = { trees, &all, &schemas[i] };

        ck_assert_uint_eq(read_stream(&all, &schemas[i], check_document, &e), count);
    }
    mp_text_fini(&all);
}

/* Each string of the list as a document, an item, a value and a key, and beside another. */
START_TEST(every_string)
{
    mp_doc *doc;

    compile_rules();
    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    for (size_t i = 0; i < MP__COUNT(object_random_strings); i++) {
        mp__str s = object_random_strings[i];
        mp_object *map = mp_object_new_map(doc), *list = mp_object_new_list(doc);
        mp_object *trees[3] = { mp_object_new_string(doc, s.data, s.size), map, list };

        mp_object_append_string(list, s.data, s.size);
        mp_object_append_string(mp_object_append_list(list), s.data, s.size);
        mp_object_append_string(list, "after", 5);
        mp_object_set_string(map, s.data, s.size, s.data, s.size);
        mp_object_set_copy(mp_object_set_map(map, "sub", 3), s.data, s.size, list);
        mp_object_set_string(map, "after", 5, s.data, s.size);
        check_trees(trees, MP__COUNT(trees));
    }
    mp_doc_free(doc);
    free_rules();
}
END_TEST

START_TEST(random_trees)
{
    enum { BATCH = 10 };
    mp_test_random r = { 1 };

    compile_rules();
    for (size_t i = 0; i < mp_test_scaled(300); i++) {
        mp_object *trees[BATCH];
        mp_doc *docs[BATCH];

        for (size_t k = 0; k < BATCH; k++) {
            ck_assert_int_eq(mp_doc_new(NULL, &docs[k], NULL), MP_OK);
            trees[k] = object_random_tree(&r, docs[k], (i + k) % 80);
        }
        check_trees(trees, BATCH);
        for (size_t k = 0; k < BATCH; k++)
            mp_doc_free(docs[k]);
    }
    free_rules();
}
END_TEST

/* Every code point up to U+2100 and around the ends of planes, and a sample of the others: alone
 * and between letters. */
START_TEST(code_points)
{
    mp_doc *doc = NULL;
    mp_object *list = NULL;

    compile_rules();
    for (uint32_t c = 0; c <= 0x10FFFF; c += c < 0x2100 || (c & 0xFFFF) > 0xFDC0 ? 1 : 61) {
        char text[8] = "a";
        size_t size;

        if (c >= 0xD800 && c <= 0xDFFF)
            continue;
        if (doc == NULL) {
            ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
            list = mp_object_new_list(doc);
        }
        size = 1 + mp__utf8_encode(c, text + 1);
        mp_object_append_string(list, text + 1, size - 1);
        text[size] = 'b';
        mp_object_append_string(list, text, size + 1);
        if (mp_object_size(list) >= 1000 || c == 0x10FFFF) {
            check_trees(&list, 1);
            mp_doc_free(doc);
            doc = NULL;
        }
    }
    ck_assert_ptr_null(doc);
    free_rules();
}
END_TEST

START_TEST(special_doubles)
{
    mp_doc *doc;
    mp_object *list;

    compile_rules();
    ck_assert_int_eq(mp_doc_new(NULL, &doc, NULL), MP_OK);
    list = mp_object_new_list(doc);
    mp_object_append(list, mp_object_new_double(doc, strtod("inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("-inf", NULL)));
    mp_object_append(list, mp_object_new_double(doc, strtod("nan", NULL)));
    check_trees(&list, 1);
    mp_doc_free(doc);
    free_rules();
}
END_TEST

static Suite *suite(void)
{
    Suite *s = suite_create("yaml libyaml");
    TCase *tc = tcase_create("libyaml");

    tcase_set_timeout(tc, 300);
    tcase_add_test(tc, every_string);
    tcase_add_test(tc, random_trees);
    tcase_add_test(tc, code_points);
    tcase_add_test(tc, special_doubles);
    suite_add_tcase(s, tc);
    return s;
}

int main(void)
{
    return mp_test_main(suite());
}
