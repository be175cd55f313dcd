/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Forms of names: the patterns of Kubernetes and of the schemas, each as a small scanner that
 * reads its text once.
 */
#include "validate_internal.h"

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static bool is_lower(char c)
{
    return (c >= 'a' && c <= 'z') || is_digit(c);
}

static bool is_alphanumeric(char c)
{
    return is_lower(c) || (c >= 'A' && c <= 'Z');
}

/* Bytes that `is_edge` takes, with hyphens (and with `loose` dots and underscores) inside. */
static bool is_word(mp__str text, bool (*is_edge)(char), bool loose)
{
    if (text.size == 0 || !is_edge(text.data[0]) || !is_edge(text.data[text.size - 1]))
        return false;
    for (size_t i = 0; i < text.size; i++) {
        char c = text.data[i];

        if (!is_edge(c) && c != '-' && !(loose && (c == '.' || c == '_')))
            return false;
    }
    return true;
}

/* Words joined by dots. */
static bool is_dotted(mp__str text, bool (*is_edge)(char))
{
    for (;;) {
        const char *dot = text.size ? memchr(text.data, '.', text.size) : NULL;
        size_t size = dot ? (size_t)(dot - text.data) : text.size;

        if (!is_word((mp__str){ text.data, size }, is_edge, false))
            return false;
        if (!dot)
            return true;
        text = (mp__str){ dot + 1, text.size - size - 1 };
    }
}

bool mp__is_dns_label(mp__str text)
{
    return is_word(text, is_lower, false);
}

bool mp__is_dns_subdomain(mp__str text)
{
    return is_dotted(text, is_lower);
}

bool mp__is_label_value(mp__str text)
{
    return text.size == 0 || is_word(text, is_alphanumeric, true);
}

mp__str mp__key_prefix(mp__str key)
{
    const char *slash = key.size ? memchr(key.data, '/', key.size) : NULL;

    return slash ? (mp__str){ key.data, (size_t)(slash - key.data) } : key;
}

static bool is_key(mp__str text, bool (*is_edge)(char))
{
    mp__str prefix = mp__key_prefix(text), name = text;

    if (prefix.size < text.size) {
        if (!is_dotted(prefix, is_edge))
            return false;
        name = (mp__str){ text.data + prefix.size + 1, text.size - prefix.size - 1 };
    }
    return name.size <= 63 && is_word(name, is_alphanumeric, true);
}

bool mp__is_qualified_key(mp__str text)
{
    return is_key(text, is_lower);
}

/* ---- the forms of metadata and of cluster fields ---- */

static bool is_label_key(mp__str text)
{
    return mp__is_qualified_key(text) && mp__key_prefix(text).size <= MP__KEY_PREFIX_MAX;
}

static bool is_annotation_key(mp__str text)
{
    return is_key(text, is_alphanumeric) && mp__key_prefix(text).size <= MP__KEY_PREFIX_MAX;
}

/* Matches a picture: '0' stands for a digit, 'T' for either case, others for themselves. */
static bool matches_picture(const char *picture, mp__str *text)
{
    size_t i = 0;

    for (; picture[i]; i++) {
        char c;

        if (i == text->size)
            return false;
        c = text->data[i];
        if (picture[i] == '0' ? !is_digit(c) : c != picture[i] && !(c == 't' && picture[i] == 'T'))
            return false;
    }
    *text = (mp__str){ text->data + i, text->size - i };
    return true;
}

static bool is_time(mp__str text)
{
    if (!matches_picture("0000-00-00T00:00:00", &text))
        return false;
    if (matches_picture(".0", &text)) {
        while (matches_picture("0", &text))
            ;
    }
    if (text.size == 1)
        return text.data[0] == 'Z' || text.data[0] == 'z';
    return (matches_picture("+00:00", &text) || matches_picture("-00:00", &text)) && text.size == 0;
}

static bool is_reservation(mp__str text)
{
    if (!matches_picture("cr-", &text) || text.size == 0)
        return false;
    for (size_t i = 0; i < text.size; i++) {
        if (!is_digit(text.data[i]) && !(text.data[i] >= 'a' && text.data[i] <= 'f'))
            return false;
    }
    return true;
}

const mp__form mp__form_name = {
    mp__is_dns_subdomain,
    "a DNS subdomain: lower-case letters, digits, '-' and '.', with a letter or digit at both ends",
};
const mp__form mp__form_namespace = {
    mp__is_dns_label,
    "a DNS label: lower-case letters, digits and '-', with a letter or digit at both ends",
};
const mp__form mp__form_label_key = { is_label_key, "a Kubernetes label key" };
const mp__form mp__form_label_value = { mp__is_label_value, "a Kubernetes label value" };
const mp__form mp__form_annotation_key = { is_annotation_key, "a Kubernetes annotation key" };
const mp__form mp__form_time = { is_time, "a time such as 2026-01-31T12:00:00Z" };
const mp__form mp__form_reservation = {
    is_reservation,
    "the ID of a capacity reservation such as cr-0123456789abcdef0",
};
