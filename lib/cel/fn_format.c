/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Named formats: what a text must look like, and what is said of one that does not.
 *
 * The messages are those of Kubernetes' validation, word by word: selectors may test for them.
 */
#include "functions_internal.h"
#include "text_internal.h"
#include "url_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)

/* The messages of one validation. */
#define MESSAGES_MAX 4
typedef struct messages {
    mp__machine *m;
    mp__value *items;
    size_t count;
    bool failed; /* out of memory */
} messages;

typedef void (*validator)(messages *out, mp__str text);

struct mp__format {
    const char *name;
    validator validate;
    bool prefix;           /* a trailing dash is fine: more is to come */
    uint32_t pattern_size; /* what the regular expression counts as in costs */
};

static void say(messages *out, const char *prefix, const char *text)
{
    size_t size;
    char *made = mp__arena_printf(&out->m->arena, &size, "%s%s", prefix, text);

    out->failed = out->failed || !made;
    if (made && out->count < MESSAGES_MAX)
        out->items[out->count++] = mp__string((mp__str){ made, size });
}

/* ---- characters ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return c >= 'a' && c <= 'z';
}

static bool is_alnum(char c)
{
    return is_lower(c) || is_digit(c) || (c >= 'A' && c <= 'Z');
}

static bool is_lower_alnum(char c)
{
    return is_lower(c) || is_digit(c);
}

/* Ends that are `edge`, and between them that or one of `also`. */
static bool is_word(mp__str s, bool (*edge)(char), const char *also)
{
    if (s.size == 0 || !edge(s.data[0]) || !edge(s.data[s.size - 1]))
        return false;
    for (size_t i = 0; i < s.size; i++)
        if (!edge(s.data[i]) && (s.data[i] == '\0' || !strchr(also, s.data[i])))
            return false;
    return true;
}

/* ---- names ---- */

#define LABEL "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
#define KEY "([A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]"
#define TOO_LONG_63 "must be no more than 63 characters"
#define TOO_LONG_253 "must be no more than 253 characters"
/* Two packages of Kubernetes say it in two ways. */
#define TOO_MANY_63 "must be no more than 63 bytes"
#define TOO_MANY_253 "must be no more than 253 bytes"

static const char label_text[] =
    "a lowercase RFC 1123 label must consist of lower case alphanumeric characters or '-', and "
    "must "
    "start and end with an alphanumeric character (e.g. 'my-name',  or '123-abc', regex used for "
    "validation is '" LABEL "')";
static const char subdomain_text[] =
    "a lowercase RFC 1123 subdomain must consist of lower case alphanumeric characters, '-' or "
    "'.', "
    "and must start and end with an alphanumeric character (e.g. 'example.com', regex used for "
    "validation is '" LABEL "(\\." LABEL ")*')";
static const char old_label_text[] =
    "a DNS-1035 label must consist of lower case alphanumeric characters or '-', start with an "
    "alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123', "
    "regex used for validation is '[a-z]([-a-z0-9]*[a-z0-9])?')";
#define KEY_TEXT                                                                                   \
    "must consist of alphanumeric characters, '-', '_' or '.', and must start and end with an "    \
    "alphanumeric character (e.g. 'MyName',  or 'my.name',  or '123-abc', regex used for "         \
    "validation is '" KEY "')"
static const char value_text[] =
    "a valid label must be an empty string or consist of alphanumeric characters, '-', '_' or '.', "
    "and must start and end with an alphanumeric character (e.g. 'MyValue',  or 'my_value',  or "
    "'12345', regex used for validation is '(" KEY ")?')";

/* Labels with dots between them. */
static bool is_subdomain(mp__str s)
{
    for (;;) {
        const char *dot = s.size ? memchr(s.data, '.', s.size) : NULL;
        mp__str first = { s.data, dot ? (size_t)(dot - s.data) : s.size };

        if (!is_word(first, is_lower_alnum, "-"))
            return false;
        if (!dot)
            return true;
        s.data += first.size + 1;
        s.size -= first.size + 1;
    }
}

static void label(messages *out, mp__str s)
{
    if (s.size > 63)
        say(out, "", TOO_LONG_63);
    if (!is_word(s, is_lower_alnum, "-"))
        say(out, "", is_subdomain(s) ? "must not contain dots" : label_text);
}

static void old_label(messages *out, mp__str s)
{
    if (s.size > 63)
        say(out, "", TOO_LONG_63);
    if (!is_word(s, is_lower_alnum, "-") || !is_lower(s.data[0]))
        say(out, "", old_label_text);
}

static void subdomain_part(messages *out, mp__str s, const char *prefix, const char *too_long)
{
    if (s.size > 253)
        say(out, prefix, too_long);
    if (!is_subdomain(s))
        say(out, prefix, subdomain_text);
}

static void subdomain(messages *out, mp__str s)
{
    subdomain_part(out, s, "", TOO_LONG_253);
}

/* [subdomain/]name */
static void qualified_name(messages *out, mp__str s)
{
    const char *slash = s.size ? memchr(s.data, '/', s.size) : NULL;

    if (slash) {
        mp__str prefix = { s.data, (size_t)(slash - s.data) };

        s.size -= prefix.size + 1;
        s.data += prefix.size + 1;
        if (s.size && memchr(s.data, '/', s.size)) {
            say(out, "a valid label key ",
                KEY_TEXT " with an optional DNS subdomain prefix and '/' (e.g. "
                         "'example.com/MyName')");
            return;
        }
        if (prefix.size == 0)
            say(out, "", "prefix part must be non-empty");
        else
            subdomain_part(out, prefix, "prefix part ", TOO_MANY_253);
    }
    if (s.size == 0)
        say(out, "", "name part must be non-empty");
    else if (s.size > 63)
        say(out, "name part ", TOO_MANY_63);
    if (!is_word(s, is_alnum, "-_."))
        say(out, "name part ", KEY_TEXT);
}

static void label_value(messages *out, mp__str s)
{
    if (s.size > 63)
        say(out, "", TOO_MANY_63);
    if (s.size > 0 && !is_word(s, is_alnum, "-_."))
        say(out, "", value_text);
}

/* ---- texts of other kinds ---- */

static void uri(messages *out, mp__str s)
{
    mp__url url;
    mp__buf buf;
    mp_status st = mp__url_request(&out->m->arena, s, &url);

    out->failed = st == MP_ENOMEM;
    if (st != MP_EPARSE)
        return;
    mp__buf_init(&buf, &out->m->arena.alloc);
    mp__buf_puts(&buf, "parse ");
    mp__put_escaped_text(&buf, s);
    mp__buf_puts(&buf, ": ");
    mp__buf_put(&buf, url.why.data, url.why.size);
    mp__buf_putc(&buf, '\0');
    say(out, "", buf.failed ? "" : buf.data);
    out->failed = out->failed || buf.failed;
    mp__buf_fini(&buf);
}

static bool is_hex(char c)
{
    return is_digit(c) || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* 8-4-4-4-12 digits, each dash there or not. */
static void uuid(messages *out, mp__str s)
{
    static const size_t dashes[] = { 8, 12, 16, 20 };
    size_t digits = 0, next = 0;
    bool fine = true;

    for (size_t i = 0; i < s.size && fine; i++) {
        while (next < MP__COUNT(dashes) && dashes[next] < digits)
            next++;
        if (is_hex(s.data[i]))
            digits++;
        else
            fine = s.data[i] == '-' && next < MP__COUNT(dashes) && dashes[next++] == digits;
    }
    if (!fine || digits != 32)
        say(out, "", "does not match the UUID format");
}

static void byte_text(messages *out, mp__str s)
{
    size_t pad = 0;
    bool fine = s.size > 0 && s.size % 4 == 0;

    while (fine && pad < 2 && s.data[s.size - 1 - pad] == '=')
        pad++;
    for (size_t i = 0; fine && i < s.size - pad; i++)
        fine = is_alnum(s.data[i]) || s.data[i] == '+' || s.data[i] == '/';
    if (!fine)
        say(out, "", "invalid base64");
}

static void date(messages *out, mp__str s)
{
    if (!mp__date_valid(s))
        say(out, "", "invalid date");
}

/* z or [+-]hh:mm, and nothing behind it */
static bool is_zone(mp__str s)
{
    if (s.size == 1)
        return s.data[0] == 'z' || s.data[0] == 'Z';
    return s.size == 6 && (s.data[0] == '+' || s.data[0] == '-') && is_digit(s.data[1]) &&
           is_digit(s.data[2]) && s.data[3] == ':' && is_digit(s.data[4]) && is_digit(s.data[5]);
}

/* hh:mm:ss[.digits]zone, where the point may be any character but the end of a line. */
static bool is_clock(mp__str s)
{
    static const char form[] = "00:00:00";
    size_t at = 8, first;
    uint32_t c;

    for (size_t i = 0; i < 8; i++)
        if (i >= s.size || (form[i] == ':' ? s.data[i] != ':' : !is_digit(s.data[i])))
            return false;
    if (memcmp(s.data, "23", 2) > 0 || s.data[3] > '5' || s.data[6] > '5')
        return false;
    if (is_zone((mp__str){ s.data + at, s.size - at }))
        return true;
    if (!mp__utf8_next(s.data, s.size, &at, &c) || c == '\n')
        return false;
    for (first = at; at < s.size && is_digit(s.data[at]);)
        at++;
    return at > first && is_zone((mp__str){ s.data + at, s.size - at });
}

/* Another t ends what is looked at. */
static size_t find_t(mp__str s, size_t from)
{
    while (from < s.size && s.data[from] != 't' && s.data[from] != 'T')
        from++;
    return from;
}

static void date_time(messages *out, mp__str s)
{
    size_t t = find_t(s, 0), end = t < s.size ? find_t(s, t + 1) : t;

    if (s.size < 4 || t == s.size || !mp__date_valid((mp__str){ s.data, t }) ||
        !is_clock((mp__str){ s.data + t + 1, end - t - 1 }))
        say(out, "", "invalid datetime");
}

/* ---- the table ---- */

static const struct mp__format formats[] = {
    { "dns1123Label", label, false, 30 },
    { "dns1123Subdomain", subdomain, false, 60 },
    { "dns1035Label", old_label, false, 30 },
    { "qualifiedName", qualified_name, false, 60 },
    { "dns1123LabelPrefix", label, true, 30 },
    { "dns1123SubdomainPrefix", subdomain, true, 60 },
    { "dns1035LabelPrefix", old_label, true, 30 },
    { "labelValue", label_value, false, 40 },
    { "uri", uri, false, 1103 },
    { "uuid", uuid, false, 70 },
    { "byte", byte_text, false, 84 },
    { "date", date, false, 77 },
    { "datetime", date_time, false, 77 },
};

static mp__value format_named(mp__str name)
{
    mp__value v = { 0 };

    for (size_t i = 0; i < MP__COUNT(formats); i++) {
        if (!mp__str_equal(name, mp__str_make(formats[i].name, MP_NTS)))
            continue;
        v.kind = MP__FORMAT;
        v.as.format = &formats[i];
        return v;
    }
    return mp__error(MP__FAIL_TEXT, MP__STR("no such format"));
}

/* format.NAME() */
FN(format)
{
    const char *name = m->calling->as.call.row->name + strlen("format.");

    (void)args;
    return format_named(mp__str_make(name, MP_NTS));
}

FN(format_named)
{
    mp__value v = format_named(mp__text_of(&args[0]));

    return mp__make_optional(m, v.kind == MP__FORMAT ? &v : NULL);
}

uint64_t mp__format_pattern_size(const mp__value *v)
{
    return v->kind == MP__FORMAT ? v->as.format->pattern_size : 1;
}

/* "name-" and "nam" followed by something are one to a prefix: its last two bytes become a letter.
 */
static mp__value mask_dash(mp__machine *m, const mp__value *text)
{
    mp__value v = *text;

    if (v.size < 2 || v.as.text[v.size - 1] != '-')
        return v;
    v = mp__make_text(m, MP__STRING, text->as.text, text->size - 1);
    if (v.kind == MP__STRING)
        ((char *)(uintptr_t)v.as.text)[v.size - 1] = 'a';
    return v;
}

FN(validate)
{
    const struct mp__format *format = args[0].as.format;
    mp__value text = format->prefix ? mask_dash(m, &args[1]) : args[1], list;
    messages out = { m, MP__NEW_ARRAY(&m->arena, mp__value, MESSAGES_MAX), 0, false };

    if (text.kind == MP__ERROR || !out.items)
        return mp__no_memory(m);
    format->validate(&out, mp__text_of(&text));
    if (out.failed)
        return mp__no_memory(m);
    if (out.count == 0)
        return mp__make_optional(m, NULL);
    list = mp__make_list(m, out.items, out.count);
    return mp__make_optional(m, &list);
}
