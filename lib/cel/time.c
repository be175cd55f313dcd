/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Instants and durations: calendar, texts.
 *
 * What is read and how it is printed follows Go's time package, through which Kubernetes does both.
 */
#include "time_internal.h"
#include "double_internal.h"

#define NANOS INT64_C(1000000000)

/* ---- packing: seconds and the zone's minutes share 64 bits ---- */

#define MINUTE_BITS 12
#define MINUTE_BIAS 2048 /* minutes are within 25 hours */

mp__value mp__make_time(mp__time t)
{
    mp__value v = { 0 };

    v.kind = MP__TIMESTAMP;
    v.size = t.nanos;
    v.as.integer = t.seconds * (1 << MINUTE_BITS) + t.minutes + MINUTE_BIAS;
    return v;
}

mp__time mp__time_of(const mp__value *v)
{
    int64_t low = (int64_t)(v->as.unsigned_integer & ((1u << MINUTE_BITS) - 1));
    mp__time t;

    t.seconds = (v->as.integer - low) / (1 << MINUTE_BITS);
    t.minutes = (int)low - MINUTE_BIAS;
    t.nanos = v->size;
    return t;
}

int mp__time_compare(const mp__value *a, const mp__value *b)
{
    mp__time x = mp__time_of(a), y = mp__time_of(b);

    if (x.seconds != y.seconds)
        return x.seconds < y.seconds ? -1 : 1;
    return x.nanos < y.nanos ? -1 : x.nanos > y.nanos;
}

mp__value mp__make_duration(int64_t nanos)
{
    mp__value v = mp__int(nanos);

    v.kind = MP__DURATION;
    return v;
}

/* ---- calendar ---- */

static bool is_leap(int64_t year)
{
    return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

int mp__month_days(int64_t year, int month)
{
    static const uint8_t days[] = { 31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31 };

    return month == 2 && is_leap(year) ? 29 : days[month - 1];
}

/* Days before the month, in a year that is no leap year. */
static const int16_t month_starts[] = { 0, 31, 59, 90, 120, 151, 181, 212, 243, 273, 304, 334 };

static int64_t floor_div(int64_t a, int64_t b)
{
    return a / b - (a % b < 0);
}

/* Days before the year, from the year 0. */
static int64_t year_start(int64_t year)
{
    int64_t last = year - 1;

    return year * 365 + floor_div(last, 4) - floor_div(last, 100) + floor_div(last, 400) + 1;
}

int64_t mp__days_of(int64_t year, int month, int day)
{
    static const int64_t epoch = 719528; /* days from 0000-01-01 to 1970-01-01 */

    return year_start(year) + month_starts[month - 1] + (month > 2 && is_leap(year)) + day - 1 -
           epoch;
}

mp__civil mp__civil_of(int64_t seconds)
{
    int64_t days = floor_div(seconds, MP__DAY), rest = seconds - days * MP__DAY;
    mp__civil c;

    c.week_day = (int)(((days + 4) % 7 + 7) % 7); /* 1970-01-01 was a Thursday */
    c.hour = (int)(rest / 3600);
    c.minute = (int)(rest / 60 % 60);
    c.second = (int)(rest % 60);
    c.year = 1970 + floor_div(days * 400, 146097);
    while (mp__days_of(c.year, 1, 1) > days)
        c.year--;
    while (mp__days_of(c.year + 1, 1, 1) <= days)
        c.year++;
    c.year_day = (int)(days - mp__days_of(c.year, 1, 1));
    c.month = 12;
    while (mp__days_of(c.year, c.month, 1) > days)
        c.month--;
    c.day = (int)(days - mp__days_of(c.year, c.month, 1)) + 1;
    return c;
}

/* ---- reading ---- */

static bool is_digit(char c)
{
    return c >= '0' && c <= '9';
}

static char peek(mp__str s, size_t i)
{
    return i < s.size ? s.data[i] : '\0';
}

/* Exactly `count` digits. */
static bool take_digits(mp__str *s, size_t count, int *out)
{
    *out = 0;
    for (size_t i = 0; i < count; i++) {
        if (!is_digit(peek(*s, i)))
            return false;
        *out = *out * 10 + (s->data[i] - '0');
    }
    s->data += count;
    s->size -= count;
    return true;
}

static bool take(mp__str *s, char c)
{
    if (peek(*s, 0) != c)
        return false;
    s->data++;
    s->size--;
    return true;
}

static bool take_date(mp__str *s, int *year, int *month, int *day)
{
    return take_digits(s, 4, year) && take(s, '-') && take_digits(s, 2, month) && *month >= 1 &&
           *month <= 12 && take(s, '-') && take_digits(s, 2, day);
}

bool mp__date_valid(mp__str text)
{
    int year, month, day;

    return take_date(&text, &year, &month, &day) && text.size == 0 && day >= 1 &&
           day <= mp__month_days(year, month);
}

/* The digits after a point or comma: the first nine count. */
static uint32_t take_fraction(mp__str *s)
{
    uint32_t nanos = 0, digits = 0;

    if ((peek(*s, 0) != '.' && peek(*s, 0) != ',') || !is_digit(peek(*s, 1)))
        return 0;
    for (s->data++, s->size--; is_digit(peek(*s, 0)); s->data++, s->size--) {
        if (digits < 9) {
            nanos = nanos * 10 + (uint32_t)(*s->data - '0');
            digits++;
        }
    }
    for (; digits < 9; digits++)
        nanos *= 10;
    return nanos;
}

/* Z, or an offset of up to 24 hours and 60 minutes. */
static bool take_zone(mp__str *s, int *minutes)
{
    bool west = peek(*s, 0) == '-';
    int hour, minute;

    *minutes = 0;
    if (take(s, 'Z'))
        return true;
    if (!(take(s, '+') || take(s, '-')) || !take_digits(s, 2, &hour) || !take(s, ':') ||
        !take_digits(s, 2, &minute) || hour > 24 || minute > 60)
        return false;
    *minutes = (west ? -1 : 1) * (hour * 60 + minute);
    return true;
}

bool mp__time_parse(mp__str s, mp__time *out)
{
    int year, month, day, hour, minute, second;

    if (!take_date(&s, &year, &month, &day) || !take(&s, 'T') ||
        !(take_digits(&s, 2, &hour) || take_digits(&s, 1, &hour)) || hour > 23 || !take(&s, ':') ||
        !take_digits(&s, 2, &minute) || minute > 59 || !take(&s, ':') ||
        !take_digits(&s, 2, &second) || second > 59)
        return false;
    out->nanos = take_fraction(&s);
    if (!take_zone(&s, &out->minutes) || s.size > 0 || day < 1 || day > mp__month_days(year, month))
        return false;
    out->seconds = mp__days_of(year, month, day) * MP__DAY + hour * 3600 + minute * 60 + second -
                   out->minutes * 60;
    return out->seconds >= MP__TIME_MIN && out->seconds <= MP__TIME_MAX;
}

/* ---- reading durations ---- */

#define MOST (UINT64_C(1) << 63) /* of a duration without its sign */

static const struct {
    const char *name;
    uint64_t nanos;
} units[] = {
    { "ns", 1 },
    { "us", 1000 },
    { "\xC2\xB5s", 1000 }, /* micro sign */
    { "\xCE\xBCs", 1000 }, /* Greek mu */
    { "ms", 1000000 },
    { "s", 1000000000 },
    { "m", UINT64_C(60000000000) },
    { "h", UINT64_C(3600000000000) },
};

static bool take_unit(mp__str *s, uint64_t *nanos)
{
    mp__str name = *s;

    name.size = 0;
    while (name.size < s->size && name.data[name.size] != '.' && !is_digit(name.data[name.size]))
        name.size++;
    for (size_t i = 0; i < MP__COUNT(units); i++) {
        if (!mp__str_equal(name, mp__str_make(units[i].name, MP_NTS)))
            continue;
        s->data += name.size;
        s->size -= name.size;
        *nanos = units[i].nanos;
        return true;
    }
    return false;
}

/* Digits before the point; false when they exceed every duration. */
static bool take_whole(mp__str *s, uint64_t *out)
{
    for (*out = 0; is_digit(peek(*s, 0)); s->data++, s->size--) {
        if (*out > MOST / 10)
            return false;
        *out = *out * 10 + (uint64_t)(*s->data - '0');
        if (*out > MOST)
            return false;
    }
    return true;
}

/* Digits after the point: as many as fit count, and `scale` is ten to their number. */
static uint64_t take_decimals(mp__str *s, double *scale)
{
    uint64_t value = 0;
    bool full = false;

    *scale = 1;
    for (; is_digit(peek(*s, 0)); s->data++, s->size--) {
        uint64_t next = value * 10 + (uint64_t)(*s->data - '0');

        full = full || value > (MOST - 1) / 10 || next > MOST;
        if (full)
            continue;
        value = next;
        *scale *= 10;
    }
    return value;
}

/* One number with its unit, added to the sum. */
static bool take_term(mp__str *s, uint64_t *sum)
{
    uint64_t whole, decimals = 0, unit;
    double scale = 1;
    bool digits = is_digit(peek(*s, 0));

    if (!take_whole(s, &whole))
        return false;
    if (take(s, '.')) {
        digits = digits || is_digit(peek(*s, 0));
        decimals = take_decimals(s, &scale);
    }
    if (!digits || !take_unit(s, &unit) || whole > MOST / unit)
        return false;
    whole *= unit;
    if (decimals > 0)
        whole += (uint64_t)((double)decimals * ((double)unit / scale));
    *sum += whole;
    return whole <= MOST && *sum <= MOST;
}

bool mp__duration_parse(mp__str s, int64_t *nanos)
{
    bool negative = peek(s, 0) == '-';
    uint64_t sum = 0;

    *nanos = 0;
    if (!take(&s, '-'))
        (void)take(&s, '+');
    if (mp__str_equal(s, MP__STR("0")))
        return true;
    if (s.size == 0)
        return false;
    while (s.size > 0)
        if (!take_term(&s, &sum))
            return false;
    if (!negative && sum == MOST)
        return false;
    *nanos = negative ? (int64_t)(0 - sum) : (int64_t)sum;
    return true;
}

/* ---- printing ---- */

/* With zeros before it as far as the width. */
static size_t put_digits(char *out, int64_t value, int width)
{
    for (int64_t rest = value / 10, digits = 1; rest > 0; rest /= 10)
        if (++digits > width)
            width++;
    for (int i = width; i-- > 0; value /= 10)
        out[i] = (char)('0' + value % 10);
    return (size_t)width;
}

static size_t put_fraction(char *out, uint32_t nanos)
{
    size_t size = 1 + put_digits(out + 1, nanos, 9);

    if (nanos == 0)
        return 0;
    out[0] = '.';
    while (out[size - 1] == '0')
        size--;
    return size;
}

size_t mp__time_text(const mp__time *t, char out[MP__TIME_TEXT_MAX])
{
    mp__civil c = mp__civil_of(t->seconds + t->minutes * 60);
    int zone = t->minutes < 0 ? -t->minutes : t->minutes;
    size_t n = 0;

    if (c.year < 0)
        out[n++] = '-';
    n += put_digits(out + n, c.year < 0 ? -c.year : c.year, 4);
    out[n++] = '-';
    n += put_digits(out + n, c.month, 2);
    out[n++] = '-';
    n += put_digits(out + n, c.day, 2);
    out[n++] = 'T';
    n += put_digits(out + n, c.hour, 2);
    out[n++] = ':';
    n += put_digits(out + n, c.minute, 2);
    out[n++] = ':';
    n += put_digits(out + n, c.second, 2);
    n += put_fraction(out + n, t->nanos);
    if (zone == 0) {
        out[n++] = 'Z';
        return n;
    }
    out[n++] = t->minutes < 0 ? '-' : '+';
    n += put_digits(out + n, zone / 60, 2);
    out[n++] = ':';
    return n + put_digits(out + n, zone % 60, 2);
}

/* The seconds as the nearest double, in the shortest digits that give it back. */
size_t mp__duration_text(int64_t nanos, char out[MP__TIME_TEXT_MAX])
{
    double seconds = (double)(nanos / NANOS) + (double)(nanos % NANOS) / 1e9;
    char digits[18];
    int exponent = 0, count = 0;
    size_t n = 0;

    if (seconds < 0)
        out[n++] = '-';
    if (seconds != 0)
        count = mp__double_digits(seconds < 0 ? -seconds : seconds, digits, &exponent);
    if (exponent <= 0)
        out[n++] = '0';
    for (int i = 0; i < exponent; i++)
        out[n++] = i < count ? digits[i] : '0';
    if (count > exponent) {
        out[n++] = '.';
        for (int i = exponent; i < 0; i++)
            out[n++] = '0';
        for (int i = exponent < 0 ? 0 : exponent; i < count; i++)
            out[n++] = digits[i];
    }
    out[n++] = 's';
    return n;
}
