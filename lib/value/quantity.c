/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Kubernetes quantities: parsing, arithmetic, order.
 *
 * A quantity has one of two representations, and which one it has can be seen (isInteger): a
 * *scaled* int64 times a power of ten, or a *big decimal*.  The conditions for the first, and the
 * order in which things are tried, are those of k8s.io/apimachinery/pkg/api/resource as of
 * Kubernetes 1.37.
 */
#include "quantity_internal.h"

#define NANO (-9) /* the smallest exponent: finer values are rounded away from zero */
#define SCALED_DIGITS_MAX 18
#define SUFFIX_CHARS "eEinumkKMGTP"

/* The parts of a text. */
typedef struct parts {
    bool negative;
    mp__str whole;    /* digits before the point, without leading zeros; "0" if there are none */
    mp__str fraction; /* digits after the point */
    bool digits;      /* whether there is a digit at all before the suffix */
    mp__str suffix;
} parts;

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static mp__str take_digits(const char **at, const char *end)
{
    mp__str digits = { *at, 0 };

    while (*at < end && is_digit(**at))
        ++*at;
    digits.size = (size_t)(*at - digits.data);
    return digits;
}

/* [sign] digits [. digits] [suffix letters [sign] digits] and nothing else. */
static mp_status split(const char *text, size_t size, parts *p, mp_error *err)
{
    const char *at = text, *end = text + size;

    memset(p, 0, sizeof *p);
    if (size == 0)
        return mp__fail_at(err, MP_EPARSE, 0, 0, 0, "a quantity may not be empty");
    if (*at == '+' || *at == '-')
        p->negative = *at++ == '-';
    p->whole = take_digits(&at, end);
    p->digits = p->whole.size > 0;
    while (p->whole.size && *p->whole.data == '0') {
        p->whole.data++;
        p->whole.size--;
    }
    if (at < end && *at == '.') {
        at++;
        p->fraction = take_digits(&at, end);
        p->digits |= p->fraction.size > 0;
    }
    if (p->whole.size == 0)
        p->whole = MP__STR("0");
    p->suffix.data = at;
    while (at < end && *at && strchr(SUFFIX_CHARS, *at))
        at++;
    if (at < end && (*at == '+' || *at == '-'))
        at++;
    (void)take_digits(&at, end);
    p->suffix.size = (size_t)(at - p->suffix.data);
    if (at < end)
        return mp__fail_at(err, MP_EPARSE, (size_t)(at - text), 0, 0,
                           "this cannot stand in a quantity");
    return MP_OK;
}

/* What a suffix means: value x 10^exponent, or x 2^exponent where `binary`. */
typedef struct unit {
    mp_quantity_format format;
    int32_t exponent;
} unit;

static const struct {
    char text[3];
    unit unit;
} units[] = {
    { "", { MP_QUANTITY_DECIMAL_SI, 0 } },   { "n", { MP_QUANTITY_DECIMAL_SI, -9 } },
    { "u", { MP_QUANTITY_DECIMAL_SI, -6 } }, { "m", { MP_QUANTITY_DECIMAL_SI, -3 } },
    { "k", { MP_QUANTITY_DECIMAL_SI, 3 } },  { "M", { MP_QUANTITY_DECIMAL_SI, 6 } },
    { "G", { MP_QUANTITY_DECIMAL_SI, 9 } },  { "T", { MP_QUANTITY_DECIMAL_SI, 12 } },
    { "P", { MP_QUANTITY_DECIMAL_SI, 15 } }, { "E", { MP_QUANTITY_DECIMAL_SI, 18 } },
    { "Ki", { MP_QUANTITY_BINARY_SI, 10 } }, { "Mi", { MP_QUANTITY_BINARY_SI, 20 } },
    { "Gi", { MP_QUANTITY_BINARY_SI, 30 } }, { "Ti", { MP_QUANTITY_BINARY_SI, 40 } },
    { "Pi", { MP_QUANTITY_BINARY_SI, 50 } }, { "Ei", { MP_QUANTITY_BINARY_SI, 60 } },
};

/* e or E and a decimal int64. */
static bool read_exponent(mp__str s, int64_t *out)
{
    bool negative;
    uint64_t value = 0;
    size_t i = 1;

    if (s.size < 2 || (s.data[0] != 'e' && s.data[0] != 'E'))
        return false;
    negative = s.data[1] == '-';
    i += negative || s.data[1] == '+';
    if (i == s.size)
        return false;
    for (; i < s.size; i++) {
        if (!is_digit(s.data[i]) || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (uint64_t)(s.data[i] - '0');
    }
    *out = negative ? -(int64_t)value : (int64_t)value;
    return true;
}

static mp_status find_unit(mp__str suffix, size_t offset, unit *out, mp_error *err)
{
    int64_t exponent;

    for (size_t i = 0; i < MP__COUNT(units); i++) {
        if (suffix.size == strlen(units[i].text) &&
            memcmp(suffix.data, units[i].text, suffix.size) == 0) {
            *out = units[i].unit;
            return MP_OK;
        }
    }
    if (!read_exponent(suffix, &exponent))
        return mp__fail_at(err, MP_EPARSE, offset, 0, 0, "unknown suffix \"%.*s\"",
                           (int)(suffix.size < 40 ? suffix.size : 40), suffix.data);
    if (exponent > MP_QUANTITY_EXPONENT_MAX || exponent < -MP_QUANTITY_EXPONENT_MAX)
        return mp__fail_at(err, MP_ELIMIT, offset, 0, 0, "the exponent is beyond %d",
                           MP_QUANTITY_EXPONENT_MAX);
    *out = (unit){ MP_QUANTITY_EXPONENT, (int32_t)exponent };
    return MP_OK;
}

/* ---- int64 arithmetic with overflow ---- */

static bool multiply(int64_t a, int64_t b, int64_t *out)
{
    if (a > 0 ? (b > 0 ? a > INT64_MAX / b : b < INT64_MIN / a)
              : a < 0 && (b > 0 ? a < INT64_MIN / b : b < INT64_MAX / a))
        return false;
    *out = a * b;
    return true;
}

static bool add_int64(int64_t a, int64_t b, int64_t *out)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
        return false;
    *out = a + b;
    return true;
}

/* value x 10^scale. */
static bool scale_up(int64_t value, int64_t scale, int64_t *out)
{
    if (value == 0)
        scale = 0;
    for (; scale > 0; scale--)
        if (!multiply(value, 10, &value))
            return false;
    *out = value;
    return true;
}

/* ---- parsing ---- */

static bool digits_to_int64(mp__str whole, mp__str fraction, int64_t *out)
{
    int64_t value = 0;

    for (size_t i = 0; i < whole.size + fraction.size; i++) {
        char c = i < whole.size ? whole.data[i] : fraction.data[i - whole.size];

        if (!multiply(value, 10, &value) || !add_int64(value, c - '0', &value))
            return false;
    }
    *out = value;
    return true;
}

/* The scaled form, where Kubernetes would use it. */
static bool parse_scaled(const parts *p, unit u, mp_quantity *out)
{
    int64_t precision, scale = 0, value, mantissa = 1;

    if (u.format == MP_QUANTITY_BINARY_SI) {
        if (p->fraction.size)
            return false;
        /* 10 bits are a bit more than 3 digits; 15 is what a double holds exactly. */
        precision = 15 - (int64_t)p->whole.size - u.exponent * 3 / 10 - 1;
        mantissa = INT64_C(1) << u.exponent;
    } else {
        precision = SCALED_DIGITS_MAX - (int64_t)p->whole.size - (int64_t)p->fraction.size;
        scale = (int64_t)u.exponent - (int64_t)p->fraction.size;
    }
    if (precision < 0 || scale < NANO || !digits_to_int64(p->whole, p->fraction, &value) ||
        !multiply(value, mantissa, &value))
        return false;
    out->unscaled = p->negative ? -value : value;
    out->scale = (int32_t)scale;
    out->format = u.format;
    return true;
}

static mp__bigdec *read_digits(const mp_allocator *a, const parts *p, int32_t exponent)
{
    mp__bigdec *b = mp__bigdec_new(a, p->whole.size + p->fraction.size);

    if (!b)
        return NULL;
    b->exponent = exponent;
    for (size_t i = 0; i < p->whole.size; i++)
        b->digits[i] = (uint8_t)(p->whole.data[i] - '0');
    for (size_t i = 0; i < p->fraction.size; i++)
        b->digits[p->whole.size + i] = (uint8_t)(p->fraction.data[i] - '0');
    mp__bigdec_trim(b);
    return b;
}

/* Magnitudes with a binary suffix stop at 2^63 - 1. */
static mp__bigdec *cap(const mp_allocator *a, mp__bigdec *b)
{
    mp__bigdec *most = mp__bigdec_from_int(a, INT64_MAX, 0);

    if (b && most && mp__bigdec_compare(b, most) > 0) {
        mp__bigdec_free(b);
        return most;
    }
    if (!most) {
        mp__bigdec_free(b);
        b = NULL;
    }
    mp__bigdec_free(most);
    return b;
}

/* Replaces *b by `next`; false when that is NULL. */
static bool replace(mp__bigdec **b, mp__bigdec *next)
{
    mp__bigdec_free(*b);
    *b = next;
    return next != NULL;
}

static mp_status parse_big(const mp_allocator *a, const parts *p, unit u, mp_quantity *out,
                           mp_error *err)
{
    bool binary = u.format == MP_QUANTITY_BINARY_SI;
    int32_t exponent = (binary ? 0 : u.exponent) - (int32_t)p->fraction.size;
    mp__bigdec *b = read_digits(a, p, exponent);

    if (b && binary)
        replace(&b, mp__bigdec_shift(a, b, (unsigned)u.exponent));
    /* A zero keeps its exponent, from which a sum takes the exponent that its double is made of. */
    if (b && b->size)
        replace(&b, mp__bigdec_rescale(a, b, NANO));
    if (b && binary)
        b = cap(a, b);
    if (!b)
        return mp__fail_nomem(err);
    b->negative = p->negative && b->size;
    out->big = b;
    out->format = u.format;
    /* A binary amount below 1 is printed as a decimal one. */
    if (binary && b->size && (int64_t)b->size + b->exponent <= 0)
        out->format = MP_QUANTITY_DECIMAL_SI;
    return MP_OK;
}

mp_status mp_quantity_parse(const mp_allocator *alloc, const char *text, size_t size,
                            mp_quantity *out, mp_error *err)
{
    static const mp_quantity empty = MP_QUANTITY_INIT;
    mp_allocator a = mp__allocator(alloc);
    mp__str s = mp__str_make(text, size);
    parts p;
    unit u = { MP_QUANTITY_DECIMAL_SI, 0 };
    mp_status st;

    mp__error_clear(err);
    *out = empty;
    if (s.size > MP_QUANTITY_SIZE_MAX)
        return mp__fail(err, MP_ELIMIT, "a quantity has at most %d bytes", MP_QUANTITY_SIZE_MAX);
    st = split(s.data, s.size, &p, err);
    if (st == MP_OK)
        st = find_unit(p.suffix, (size_t)(p.suffix.data - s.data), &u, err);
    if (st != MP_OK || parse_scaled(&p, u, out))
        return st;
    if (!p.digits)
        return mp__fail_at(err, MP_EPARSE, (size_t)(p.suffix.data - s.data), 0, 0,
                           "expected a digit before the suffix");
    return parse_big(&a, &p, u, out, err);
}

void mp_quantity_fini(mp_quantity *q)
{
    static const mp_quantity empty = MP_QUANTITY_INIT;

    if (!q)
        return;
    mp__bigdec_free(q->big);
    *q = empty;
}

/* ---- order ---- */

static int compare_int64(int64_t a, int64_t b)
{
    return a < b ? -1 : a > b;
}

/* A big decimal on the stack for a scaled quantity. */
typedef union stack_bigdec {
    mp__bigdec big;
    char room[sizeof(mp__bigdec) + 24];
} stack_bigdec;

static const mp__bigdec *as_big(const mp_quantity *q, stack_bigdec *room)
{
    uint64_t rest = q->unscaled < 0 ? 0 - (uint64_t)q->unscaled : (uint64_t)q->unscaled;
    uint8_t *digits;

    if (q->big)
        return q->big;
    memset(room, 0, sizeof *room);
    room->big.negative = q->unscaled < 0;
    room->big.exponent = q->scale;
    room->big.size = 20;
    digits = (uint8_t *)room->room + offsetof(mp__bigdec, digits);
    for (size_t i = 20; i-- > 0; rest /= 10)
        digits[i] = (uint8_t)(rest % 10);
    mp__bigdec_trim(&room->big);
    return &room->big;
}

int mp_quantity_compare(const mp_quantity *a, const mp_quantity *b)
{
    stack_bigdec a_room, b_room;
    int64_t x, y;

    if (!a->big && !b->big) {
        int32_t least = a->scale < b->scale ? a->scale : b->scale;

        if (a->scale == b->scale || a->unscaled == 0 || b->unscaled == 0)
            return compare_int64(a->unscaled, b->unscaled);
        if (scale_up(a->unscaled, (int64_t)a->scale - least, &x) &&
            scale_up(b->unscaled, (int64_t)b->scale - least, &y))
            return compare_int64(x, y);
    }
    return mp__bigdec_compare(as_big(a, &a_room), as_big(b, &b_room));
}

int mp_quantity_sign(const mp_quantity *q)
{
    if (q->big)
        return q->big->size == 0 ? 0 : q->big->negative ? -1 : 1;
    return compare_int64(q->unscaled, 0);
}

bool mp_quantity_as_integer(const mp_quantity *q, int64_t *out)
{
    return !q->big && q->scale >= 0 && scale_up(q->unscaled, q->scale, out);
}

bool mp_quantity_is_integer(const mp_quantity *q)
{
    int64_t value;

    return mp_quantity_as_integer(q, &value);
}

int64_t mp_quantity_value(const mp_quantity *q)
{
    stack_bigdec room;
    const mp__bigdec *b = as_big(q, &room);
    uint64_t value = 0, limit = b->negative ? (uint64_t)INT64_MAX + 1 : (uint64_t)INT64_MAX;
    int64_t place = (int64_t)b->size + b->exponent;

    if (b->size == 0)
        return 0;
    if (place > 19)
        return b->negative ? INT64_MIN : INT64_MAX;
    for (size_t i = 0; i < b->size && place > 0; i++, place--) {
        if (value > (limit - b->digits[i]) / 10)
            return b->negative ? INT64_MIN : INT64_MAX;
        value = value * 10 + b->digits[i];
    }
    for (; place > 0; place--) {
        if (value > limit / 10)
            return b->negative ? INT64_MIN : INT64_MAX;
        value *= 10;
    }
    /* Any digit below the point rounds away from zero. */
    for (size_t i = 0; i < b->size; i++) {
        int64_t at = (int64_t)b->exponent + (int64_t)(b->size - 1 - i);

        if (at < 0 && b->digits[i]) {
            value += value < limit;
            break;
        }
    }
    return b->negative ? (int64_t)(0 - value) : (int64_t)value;
}

/* ---- sums ---- */

/* The sum of two scaled quantities, as long as it fits. */
static bool add_scaled(const mp_quantity *a, const mp_quantity *b, int64_t b_unscaled,
                       mp_quantity *out)
{
    int32_t least = a->scale < b->scale ? a->scale : b->scale;
    int64_t x, y;

    if (b_unscaled == 0) {
        *out = *a;
        return true;
    }
    if (a->unscaled == 0) {
        out->unscaled = b_unscaled;
        out->scale = b->scale;
        return true;
    }
    if (!scale_up(a->unscaled, (int64_t)a->scale - least, &x) ||
        !scale_up(b_unscaled, (int64_t)b->scale - least, &y) || !add_int64(x, y, &out->unscaled))
        return false;
    out->scale = least;
    return true;
}

static mp_status combine(const mp_allocator *alloc, const mp_quantity *a, const mp_quantity *b,
                         bool subtract, mp_quantity *out, mp_error *err)
{
    mp_allocator allocator = mp__allocator(alloc);
    mp_quantity sum = MP_QUANTITY_INIT;
    stack_bigdec a_room, b_room;
    mp_quantity_format format = mp_quantity_sign(a) == 0 ? b->format : a->format;

    mp__error_clear(err);
    if (a->big || b->big || (subtract && b->unscaled == INT64_MIN) ||
        !add_scaled(a, b, subtract ? -b->unscaled : b->unscaled, &sum)) {
        sum.unscaled = sum.scale = 0;
        sum.big = mp__bigdec_add(&allocator, as_big(a, &a_room), as_big(b, &b_room), subtract);
        if (!sum.big)
            return mp__fail_nomem(err);
    }
    sum.format = format;
    mp_quantity_fini(out);
    *out = sum;
    return MP_OK;
}

mp_status mp_quantity_add(const mp_allocator *alloc, const mp_quantity *a, const mp_quantity *b,
                          mp_quantity *out, mp_error *err)
{
    return combine(alloc, a, b, false, out, err);
}

mp_status mp_quantity_sub(const mp_allocator *alloc, const mp_quantity *a, const mp_quantity *b,
                          mp_quantity *out, mp_error *err)
{
    return combine(alloc, a, b, true, out, err);
}

/* ---- text ---- */

static const char *suffix_of(mp_quantity_format format, int32_t exponent)
{
    for (size_t i = 0; i < MP__COUNT(units); i++)
        if (units[i].unit.format == format && units[i].unit.exponent == exponent)
            return units[i].text;
    return "";
}

static void put_digits(mp__buf *buf, const mp__bigdec *b, size_t size)
{
    for (size_t i = 0; i < size; i++)
        mp__buf_putc(buf, (char)('0' + b->digits[i]));
}

/* Trailing zeros go into the exponent, which is then brought down to a multiple of 3. */
static void put_decimal(mp__buf *buf, const mp__bigdec *b, mp_quantity_format format)
{
    size_t size = b->size;
    int32_t exponent = b->exponent, most = format == MP_QUANTITY_EXPONENT ? INT32_MAX - 3 : 18;

    while (size > 1 && b->digits[size - 1] == 0) {
        size--;
        exponent++;
    }
    if (b->negative)
        mp__buf_putc(buf, '-');
    put_digits(buf, b, size);
    for (; exponent > most || exponent % 3 != 0; exponent--)
        mp__buf_putc(buf, '0');
    if (format != MP_QUANTITY_EXPONENT)
        mp__buf_puts(buf, suffix_of(MP_QUANTITY_DECIMAL_SI, exponent));
    else if (exponent != 0)
        mp__buf_printf(buf, "e%d", (int)exponent);
}

static void put_binary(mp__buf *buf, int64_t value)
{
    int32_t exponent = 0;

    while (value % 1024 == 0 && exponent < 60) {
        value /= 1024;
        exponent += 10;
    }
    mp__buf_printf(buf, "%lld%s", (long long)value,
                   exponent ? suffix_of(MP_QUANTITY_BINARY_SI, exponent) : "");
}

/* The same for a whole number beyond int64, which only a sum can be; false when out of memory. */
static bool put_big_binary(mp__buf *buf, const mp__bigdec *b)
{
    mp__bigdec *whole = mp__bigdec_rescale(&buf->alloc, b, 0);
    int32_t exponent = 0;

    if (!whole)
        return false;
    while (exponent < 60 && mp__bigdec_divide(whole, 1024))
        exponent += 10;
    if (whole->negative)
        mp__buf_putc(buf, '-');
    put_digits(buf, whole, whole->size);
    if (exponent)
        mp__buf_puts(buf, suffix_of(MP_QUANTITY_BINARY_SI, exponent));
    mp__bigdec_free(whole);
    return true;
}

mp_status mp_quantity_text(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
                           mp_error *err)
{
    stack_bigdec room;
    const mp__bigdec *b = as_big(q, &room);
    mp__buf buf;
    int64_t value;

    mp__error_clear(err);
    mp__buf_init(&buf, alloc);
    if (b->size == 0) {
        mp__buf_putc(&buf, '0');
    } else if (q->format != MP_QUANTITY_BINARY_SI) {
        put_decimal(&buf, b, q->format);
    } else if (mp__bigdec_int64(b, &value)) {
        if (value <= -1024 || value >= 1024)
            put_binary(&buf, value);
        else
            put_decimal(&buf, b, MP_QUANTITY_DECIMAL_SI);
    } else if (!mp__bigdec_is_whole(b)) {
        put_decimal(&buf, b, MP_QUANTITY_DECIMAL_SI);
    } else if (!put_big_binary(&buf, b)) {
        mp__buf_fini(&buf);
        return mp__fail_nomem(err);
    }
    return mp__buf_take(&buf, out, err);
}

mp_status mp_quantity_decimal(const mp_allocator *alloc, const mp_quantity *q, mp_text *out,
                              mp_error *err)
{
    stack_bigdec room;
    const mp__bigdec *b = as_big(q, &room);
    size_t size = b->size, whole;
    int64_t exponent = b->exponent;
    mp__buf buf;

    mp__error_clear(err);
    mp__buf_init(&buf, alloc);
    while (size > 0 && exponent < 0 && b->digits[size - 1] == 0) {
        size--;
        exponent++;
    }
    if (b->negative && size)
        mp__buf_putc(&buf, '-');
    whole = exponent >= 0                  ? size
            : (int64_t)size + exponent > 0 ? (size_t)((int64_t)size + exponent)
                                           : 0;
    put_digits(&buf, b, whole);
    for (int64_t i = 0; i < exponent && size; i++)
        mp__buf_putc(&buf, '0');
    if (whole == 0)
        mp__buf_putc(&buf, '0');
    if (size > whole) {
        mp__buf_putc(&buf, '.');
        for (int64_t i = (int64_t)size + exponent; i < 0; i++)
            mp__buf_putc(&buf, '0');
        for (size_t i = whole; i < size; i++)
            mp__buf_putc(&buf, (char)('0' + b->digits[i]));
    }
    return mp__buf_take(&buf, out, err);
}

/* ---- doubles ---- */

/* As Go's math.Pow10: a product (or quotient) of two exact powers, zero or infinity outside. */
static double power_of_ten(int64_t n)
{
    static const double ones[] = { 1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10,
                                   1e11, 1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21,
                                   1e22, 1e23, 1e24, 1e25, 1e26, 1e27, 1e28, 1e29, 1e30, 1e31 };
    static const double high[] = {
        1e0, 1e32, 1e64, 1e96, 1e128, 1e160, 1e192, 1e224, 1e256, 1e288
    };
    static const double low[] = { 1e-0,   1e-32,  1e-64,  1e-96,  1e-128, 1e-160,
                                  1e-192, 1e-224, 1e-256, 1e-288, 1e-320 };

    if (n >= 0 && n <= 308)
        return high[n / 32] * ones[n % 32];
    if (n < 0 && n >= -323)
        return low[-n / 32] / ones[-n % 32];
    return n > 0 ? 1e308 * 10 : 0;
}

/* Digits of a big decimal as a double, correctly rounded. */
static double digits_as_double(const mp__bigdec *b)
{
    /* 800 digits decide any rounding; what follows matters only as zero or not. */
    char text[832];
    size_t size = 0, used = b->size < 800 ? b->size : 800, rest = b->size - used;
    double value = 0;

    if (b->size == 0)
        return 0;
    for (size_t i = 0; i < used; i++)
        text[size++] = (char)('0' + b->digits[i]);
    text[size++] = 'e';
    for (size_t place = 1000000; place > 0; place /= 10)
        text[size++] = (char)('0' + rest / place % 10);
    mp__double_parse(text, size, &value);
    return b->negative ? -value : value;
}

double mp_quantity_as_double(const mp_quantity *q)
{
    double base = q->big ? digits_as_double(q->big) : (double)q->unscaled;
    int64_t exponent = q->big ? q->big->exponent : q->scale;

    return exponent == 0 ? base : base * power_of_ten(exponent);
}
