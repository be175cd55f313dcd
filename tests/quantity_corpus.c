/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The shared cases of quantities and versions, straight against the functions that lie
 * below selectors.  An expression is covered where it is one call on a literal, with any number of
 * quantity methods behind it: quantity('1').add(quantity('2')).asInteger().  What is more is left
 * to the test of selectors, which runs every case.
 */
#include "mp_test.h"
#include "value_internal.h"
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

typedef enum kind { NOTHING, FAILED, BOOL, INT, DOUBLE, QUANTITY, VERSION } kind;

typedef struct result {
    kind kind;
    int64_t number;
    double real;
    mp_quantity quantity;
    mp_semver version;
} result;

/* ---- expressions ---- */

static bool take(const char **at, const char *text)
{
    size_t size = strlen(text);

    if (strncmp(*at, text, size) != 0)
        return false;
    *at += size;
    return true;
}

/* A literal without escapes. */
static bool take_literal(const char **at, mp__str *out)
{
    char quote = **at;
    const char *end;

    if (quote != '\'' && quote != '"')
        return false;
    end = strchr(*at + 1, quote);
    if (!end || memchr(*at, '\\', (size_t)(end - *at)))
        return false;
    *out = (mp__str){ *at + 1, (size_t)(end - *at - 1) };
    *at = end + 1;
    return true;
}

static bool take_number(const char **at, int64_t *out)
{
    char *end;
    long long value = strtoll(*at, &end, 10);

    if (end == *at)
        return false;
    *at = end;
    *out = value;
    return true;
}

/* quantity('...') ; a text that does not parse fails. */
static bool take_quantity(const char **at, result *out)
{
    const char *start = *at;
    mp__str text;

    if (!take(at, "quantity(") || !take_literal(at, &text) || !take(at, ")")) {
        *at = start;
        return false;
    }
    out->kind = QUANTITY;
    if (mp_quantity_parse(NULL, text.data, text.size, &out->quantity, NULL) != MP_OK)
        out->kind = FAILED;
    return true;
}

static void set(result *r, kind k, int64_t number)
{
    mp_quantity_fini(&r->quantity);
    r->kind = k;
    r->number = number;
}

static bool take_method_without_argument(const char **at, result *r)
{
    int64_t integer;

    if (take(at, ".isInteger()")) {
        set(r, BOOL, mp_quantity_is_integer(&r->quantity));
    } else if (take(at, ".asInteger()")) {
        bool fits = mp_quantity_as_integer(&r->quantity, &integer);

        set(r, fits ? INT : FAILED, fits ? integer : 0);
    } else if (take(at, ".asApproximateFloat()")) {
        r->real = mp_quantity_as_double(&r->quantity);
        set(r, DOUBLE, 0);
    } else {
        return false;
    }
    return true;
}

static bool take_argument(const char **at, result *out)
{
    if (take_number(at, &out->number)) {
        out->kind = QUANTITY;
        out->quantity = (mp_quantity){ out->number, 0, MP_QUANTITY_DECIMAL_SI, NULL };
        return take(at, ")");
    }
    return take_quantity(at, out) && take(at, ")");
}

static void apply(const char *method, result *r, const result *argument)
{
    int order = mp_quantity_compare(&r->quantity, &argument->quantity);

    if (strcmp(method, ".add(") == 0)
        mp_quantity_add(NULL, &r->quantity, &argument->quantity, &r->quantity, NULL);
    else if (strcmp(method, ".sub(") == 0)
        mp_quantity_sub(NULL, &r->quantity, &argument->quantity, &r->quantity, NULL);
    else if (strcmp(method, ".compareTo(") == 0)
        set(r, INT, order);
    else if (strcmp(method, ".isLessThan(") == 0)
        set(r, BOOL, order < 0);
    else
        set(r, BOOL, order > 0);
}

static bool take_method(const char **at, result *r)
{
    static const char *const methods[] = { ".add(", ".sub(", ".compareTo(", ".isLessThan(",
                                           ".isGreaterThan(" };

    if (take_method_without_argument(at, r))
        return true;
    for (size_t i = 0; i < MP__COUNT(methods); i++) {
        result argument = { 0 };

        if (!take(at, methods[i]))
            continue;
        if (!take_argument(at, &argument))
            return false;
        if (argument.kind == FAILED)
            set(r, FAILED, 0);
        else
            apply(methods[i], r, &argument);
        mp_quantity_fini(&argument.quantity);
        return true;
    }
    return false;
}

static result take_quantity_chain(const char *at)
{
    result r = { 0 };
    bool sign = take(&at, "sign(");

    if (!take_quantity(&at, &r))
        return r;
    if (sign && r.kind == QUANTITY)
        set(&r, INT, mp_quantity_sign(&r.quantity));
    if (sign && !take(&at, ")"))
        r.kind = NOTHING;
    while (r.kind == QUANTITY && *at)
        if (!take_method(&at, &r))
            set(&r, NOTHING, 0);
    if (*at)
        set(&r, NOTHING, 0);
    return r;
}

static bool is_quantity(mp__str text)
{
    mp_quantity q;
    bool ok = mp_quantity_parse(NULL, text.data, text.size, &q, NULL) == MP_OK;

    mp_quantity_fini(&q);
    return ok;
}

/* isQuantity('...'), isSemver('...'[, bool]) or semver('...'[, bool]). */
static result take_call(const char *at)
{
    result r = { 0 };
    mp__str text;
    bool is, normalize;

    if (take(&at, "isQuantity(") && take_literal(&at, &text) && strcmp(at, ")") == 0) {
        set(&r, BOOL, is_quantity(text));
        return r;
    }
    is = take(&at, "isSemver(");
    if ((!is && !take(&at, "semver(")) || !take_literal(&at, &text))
        return r;
    normalize = take(&at, ", true");
    if (!normalize)
        take(&at, ", false");
    if (strcmp(at, ")") != 0)
        return r;
    r.kind = mp_semver_parse(text.data, text.size, normalize ? MP_SEMVER_NORMALIZE : 0, &r.version,
                             NULL) == MP_OK
                 ? VERSION
                 : FAILED;
    if (is)
        set(&r, BOOL, r.kind == VERSION);
    return r;
}

/* ---- what is wanted ---- */

static void write_version(const mp_semver *v, char *out, size_t size)
{
    snprintf(out, size, "%" PRIu64 ".%" PRIu64 ".%" PRIu64 "%s%.*s%s%.*s", v->major, v->minor,
             v->patch, v->prerelease_size ? "-" : "", (int)v->prerelease_size,
             v->prerelease_size ? v->prerelease : "", v->build_size ? "+" : "", (int)v->build_size,
             v->build_size ? v->build : "");
}

static bool is_text(mp_text *text, mp__str want)
{
    bool same = mp__str_equal((mp__str){ text->data, text->size }, want);

    mp_text_fini(text);
    return same;
}

static bool matches(const result *r, const mp_object *test)
{
    const mp_object *want = mp__get(test, "want"), *canonical = mp__get(test, "canonical");
    char number[512];
    double real;
    mp_text text;

    switch (r->kind) {
    case FAILED:
        return mp_object_string_is(mp__get(test, "want_error"), "eval", 4);
    case BOOL:
        return mp_object_type(mp__get(want, "bool")) == MP_OBJECT_BOOL &&
               mp_object_bool(mp__get(want, "bool"), false) == (r->number != 0);
    case INT:
        snprintf(number, sizeof number, "%" PRId64, r->number);
        return mp_object_string_is(mp__get(want, "int"), number, MP_NTS);
    case DOUBLE:
        return mp_object_string(mp__get(want, "double"), NULL) &&
               mp__double_parse(mp__get_str(want, "double").data, mp__get_str(want, "double").size,
                                &real) &&
               memcmp(&real, &r->real, sizeof real) == 0;
    case QUANTITY:
        if (canonical && (mp_quantity_text(NULL, &r->quantity, &text, NULL) != MP_OK ||
                          !is_text(&text, mp__object_str(canonical))))
            return false;
        return mp_quantity_decimal(NULL, &r->quantity, &text, NULL) == MP_OK &&
               is_text(&text, mp__get_str(want, "quantity"));
    case VERSION:
        write_version(&r->version, number, sizeof number);
        return mp_object_string_is(mp__get(want, "semver"), number, MP_NTS);
    case NOTHING:
        break;
    }
    return false;
}

static const char *const suites[] = { "quantity.parse", "quantity.probe", "k8s.quantity",
                                      "ref.quantity",   "semver.parse",   "semver.probe",
                                      "k8s.semver",     "ref.semver",     NULL };

static const char *suite_path(const char *suite)
{
    char name[128];

    snprintf(name, sizeof name, "testdata/cel/%s.json", suite);
    return mp_test_shared(name);
}

START_TEST(corpus)
{
    size_t covered = 0, total = 0, size;
    char *text = mp_test_read(suite_path(suites[_i]), &size);
    mp_doc *doc;
    mp_error err;

    ck_assert_ptr_nonnull(text);
    ck_assert_msg(mp_json_read(NULL, text, size, NULL, &doc, &err) == MP_OK, "%s", err.text);
    free(text);
    for (const mp_object *test = mp_object_first(mp_doc_root(doc)); test;
         test = mp_object_next(test)) {
        const char *source = mp_object_string(mp__get(test, "expr"), NULL);
        result r = take_quantity_chain(source);

        if (r.kind == NOTHING)
            r = take_call(source);
        total++;
        covered += r.kind != NOTHING;
        ck_assert_msg(r.kind == NOTHING || matches(&r, test), "%s", source);
        mp_quantity_fini(&r.quantity);
    }
    mp_test_note("%s: %zu of %zu cases covered", suites[_i], covered, total);
    ck_assert_uint_gt(covered, 0);
    mp_doc_free(doc);
}
END_TEST

int main(void)
{
    Suite *s = suite_create("quantity_corpus");
    TCase *tc = tcase_create("shared");

    for (int i = 0; suites[i]; i++) {
        if (suite_path(suites[i]))
            tcase_add_loop_test(tc, corpus, i, i + 1);
        else
            mp_test_skip(suites[i], "the shared cases are not here");
    }
    suite_add_tcase(s, tc);
    return mp_test_main(s);
}
