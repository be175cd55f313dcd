/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The few flags of an engine that composition looks at: its port and the block size of its KV
 * cache.  Numbers are what Python's int() takes, since that is how they have always been read.
 */
#include "compose_internal.h"

#define BLOCK_SIZE_DEFAULT "16"
#define DIGITS_MAX 4300 /* beyond, Python's int() refuses */

static bool starts_with(mp__str text, mp__str prefix)
{
    return text.size >= prefix.size && memcmp(text.data, prefix.data, prefix.size) == 0;
}

/* The value an argument gives to a flag: what follows "=", or the next argument. */
static bool flag_value(const mp_object *arg, mp__str flag, mp__str *out)
{
    mp__str text = mp__object_str(arg);

    if (!starts_with(text, flag))
        return false;
    if (text.size == flag.size) {
        if (mp_object_next(arg) == NULL)
            return false;
        *out = mp__object_str(mp_object_next(arg));
        return true;
    }
    *out = (mp__str){ text.data + flag.size + 1, text.size - flag.size - 1 };
    return text.data[flag.size] == '=';
}

/* The value of the first argument that gives one to any of the flags. */
static bool find_flag(const mp__member_view *m, const mp__str *flags, size_t count, mp__str *out)
{
    for (const mp_object *arg = mp_object_first(mp__given(m->container, "args")); arg != NULL;
         arg = mp_object_next(arg)) {
        for (size_t i = 0; i < count; i++) {
            if (flag_value(arg, flags[i], out))
                return true;
        }
    }
    return false;
}

static bool is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r') || (c >= 0x1c && c <= 0x1f);
}

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static mp__str trim(mp__str text)
{
    while (text.size > 0 && is_space(text.data[0]))
        text = (mp__str){ text.data + 1, text.size - 1 };
    while (text.size > 0 && is_space(text.data[text.size - 1]))
        text.size--;
    return text;
}

/* A whole number as Python writes it back: no sign but "-", no leading zeros, no underscores.
 * `out` has room for text.size + 1 bytes; the result is its length, or 0 for what is no number. */
static size_t normal_number(mp__str text, char *out)
{
    bool minus = false, digit_before = false;
    size_t size = 0, digits = 0;

    text = trim(text);
    if (text.size > 0 && (text.data[0] == '-' || text.data[0] == '+')) {
        minus = text.data[0] == '-';
        text = (mp__str){ text.data + 1, text.size - 1 };
    }
    if (minus)
        out[size++] = '-';
    for (size_t i = 0; i < text.size; i++) {
        bool is_first = size == (minus ? 1u : 0u);

        if (!is_digit(text.data[i])) {
            if (text.data[i] != '_' || !digit_before)
                return 0;
            digit_before = false;
            continue;
        }
        digit_before = true;
        digits++;
        if (text.data[i] != '0' || !is_first)
            out[size++] = text.data[i];
    }
    if (!digit_before || digits > DIGITS_MAX)
        return 0;
    if (size == (minus ? 1u : 0u)) { /* only zeros */
        out[0] = '0';
        size = 1;
    }
    return size;
}

mp__str mp__block_size(mp_doc *doc, const mp__member_view *m)
{
    static const mp__str flags[] = { { MP__LIT("--block-size") }, { MP__LIT("--page-size") } };
    mp__str value;
    size_t size;
    char *text;

    if (!find_flag(m, flags, MP__COUNT(flags), &value))
        return MP__STR(BLOCK_SIZE_DEFAULT);
    text = mp__arena_alloc(mp__doc_arena(doc), value.size + 2);
    if (text == NULL) /* the document knows */
        return MP__STR(BLOCK_SIZE_DEFAULT);
    size = normal_number(value, text);
    return size > 0 ? (mp__str){ text, size } : MP__STR(BLOCK_SIZE_DEFAULT);
}

bool mp__engine_port(const mp__member_view *m, int64_t fallback, int64_t *out)
{
    static const mp__str flag = { MP__LIT("--port") };
    char digits[64];
    mp__str value;
    size_t size;

    *out = fallback;
    if (!find_flag(m, &flag, 1, &value))
        return true;
    value = trim(value);
    if (value.size >= sizeof digits)
        return false;
    size = normal_number(value, digits);
    if (size == 0 || size > 5 || digits[0] == '-')
        return false;
    *out = 0;
    for (size_t i = 0; i < size; i++)
        *out = *out * 10 + (digits[i] - '0');
    return *out >= 1 && *out <= 65535;
}
