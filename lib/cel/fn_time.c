/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Timestamps and durations: conversions, arithmetic, parts.
 *
 * Everything is checked: instants stay within the years 1 to 9999, durations within 64 bits of
 * nanoseconds.
 */
#include "functions_internal.h"
#include "time_internal.h"

#define FN(name) mp__value mp__fn_##name(mp__machine *m, const mp__value *args)
#define NANOS INT64_C(1000000000)

static mp__value fail(const char *text)
{
    return mp__error(MP__FAIL_TEXT, mp__str_make(text, MP_NTS));
}

static mp__value time_overflow(void)
{
    return fail("timestamp overflow");
}

static mp__value duration_overflow(void)
{
    return fail("duration overflow");
}

/* ---- conversions ---- */

FN(to_timestamp)
{
    mp__time t = { 0 };

    (void)m;
    if (args[0].kind == MP__STRING)
        return mp__time_parse(mp__text_of(&args[0]), &t) ? mp__make_time(t)
                                                         : fail("invalid timestamp argument");
    t.seconds = args[0].as.integer;
    return t.seconds >= MP__TIME_MIN && t.seconds <= MP__TIME_MAX ? mp__make_time(t)
                                                                  : time_overflow();
}

FN(to_duration)
{
    int64_t nanos;

    (void)m;
    return mp__duration_parse(mp__text_of(&args[0]), &nanos) ? mp__make_duration(nanos)
                                                             : fail("invalid duration argument");
}

FN(time_to_int)
{
    (void)m;
    return mp__int(args[0].kind == MP__DURATION ? args[0].as.integer
                                                : mp__time_of(&args[0]).seconds);
}

FN(time_to_string)
{
    char text[MP__TIME_TEXT_MAX];
    mp__time t;
    size_t size;

    if (args[0].kind == MP__DURATION)
        return mp__make_text(m, MP__STRING, text, mp__duration_text(args[0].as.integer, text));
    t = mp__time_of(&args[0]);
    size = mp__time_text(&t, text);
    return mp__make_text(m, MP__STRING, text, size);
}

/* ---- arithmetic ---- */

/* a + b, or an overflow. */
static bool add(int64_t a, int64_t b, int64_t *out)
{
    if (b > 0 ? a > INT64_MAX - b : a < INT64_MIN - b)
        return false;
    *out = a + b;
    return true;
}

static bool subtract(int64_t a, int64_t b, int64_t *out)
{
    if (b < 0 ? a > INT64_MAX + b : a < INT64_MIN + b)
        return false;
    *out = a - b;
    return true;
}

/* An instant and so many seconds and nanoseconds more, in the same zone. */
static mp__value shift_time(const mp__value *v, int64_t seconds, int64_t nanos)
{
    mp__time t = mp__time_of(v);

    nanos += t.nanos;
    t.seconds += seconds + nanos / NANOS;
    nanos %= NANOS;
    if (nanos < 0) {
        nanos += NANOS;
        t.seconds--;
    }
    t.nanos = (uint32_t)nanos;
    return t.seconds >= MP__TIME_MIN && t.seconds <= MP__TIME_MAX ? mp__make_time(t)
                                                                  : time_overflow();
}

FN(add_duration)
{
    int64_t sum;

    (void)m;
    return add(args[0].as.integer, args[1].as.integer, &sum) ? mp__make_duration(sum)
                                                             : duration_overflow();
}

FN(add_time)
{
    bool first = args[0].kind == MP__TIMESTAMP;
    int64_t nanos = args[first].as.integer;

    (void)m;
    return shift_time(&args[!first], nanos / NANOS, nanos % NANOS);
}

FN(sub_duration)
{
    int64_t rest;

    (void)m;
    return subtract(args[0].as.integer, args[1].as.integer, &rest) ? mp__make_duration(rest)
                                                                   : duration_overflow();
}

FN(neg_duration)
{
    (void)m;
    return args[0].as.integer == INT64_MIN ? duration_overflow()
                                           : mp__make_duration(-args[0].as.integer);
}

FN(sub_time_duration)
{
    int64_t nanos = args[1].as.integer;

    (void)m;
    return shift_time(&args[0], -(nanos / NANOS), -(nanos % NANOS));
}

FN(sub_time)
{
    mp__time a = mp__time_of(&args[0]), b = mp__time_of(&args[1]);
    int64_t seconds = a.seconds - b.seconds, nanos = (int64_t)a.nanos - b.nanos, total;

    (void)m;
    if (seconds > INT64_MAX / NANOS || seconds < INT64_MIN / NANOS)
        return duration_overflow();
    return add(seconds * NANOS, nanos, &total) ? mp__make_duration(total) : duration_overflow();
}

/* ---- zones ---- */

/* Reading a zone's file counts as so many steps. */
#define LOAD_WORK 2000

/* Decimal with a sign, as Go's Atoi reads it. */
static bool read_int(mp__str s, int64_t *out)
{
    size_t i = s.size && (s.data[0] == '-' || s.data[0] == '+');
    int64_t value = 0;

    if (i == s.size)
        return false;
    for (; i < s.size; i++) {
        if (s.data[i] < '0' || s.data[i] > '9' || value > (INT64_MAX - 9) / 10)
            return false;
        value = value * 10 + (s.data[i] - '0');
    }
    *out = s.data[0] == '-' ? -value : value;
    return true;
}

/* [+-]hh:mm, each of any size.  More hours than a duration holds wrap round, as they do in Go. */
static bool read_offset(mp__str s, size_t colon, int64_t *seconds)
{
    int64_t hours, minutes;
    uint64_t nanos;

    if (!read_int((mp__str){ s.data, colon }, &hours) ||
        !read_int((mp__str){ s.data + colon + 1, s.size - colon - 1 }, &minutes))
        return false;
    nanos = (uint64_t)hours * 60 + (uint64_t)(s.data[0] == '-' ? -minutes : minutes);
    nanos *= UINT64_C(60000000000);
    *seconds = (nanos >> 63 ? -(int64_t)(0 - nanos) : (int64_t)nanos) / NANOS;
    return true;
}

/* The zones of one evaluation, each read once. */
static const mp__zone *zone_named(mp__machine *m, mp__str name, mp_status *st)
{
    mp__zone_entry *entry;

    for (entry = m->zones; entry; entry = entry->next)
        if (mp__str_equal(entry->name, name)) {
            *st = entry->zone ? MP_OK : MP_ENOENT;
            return entry->zone;
        }
    entry = MP__NEW(&m->arena, mp__zone_entry);
    *st =
        entry && mp__work(m, LOAD_WORK) ? mp__zone_load(&m->arena, name, &entry->zone) : MP_ENOMEM;
    if (*st == MP_ENOMEM)
        return NULL;
    if (*st != MP_OK)
        entry->zone = NULL;
    entry->name = name;
    entry->next = m->zones;
    m->zones = entry;
    return entry->zone;
}

/* Seconds east of UTC at an instant, by the zone's name or offset. */
static bool zone_offset(mp__machine *m, mp__str name, int64_t at, int64_t *seconds,
                        mp__value *error)
{
    const char *colon = name.size ? memchr(name.data, ':', name.size) : NULL;
    const mp__zone *zone;
    mp_status st;

    if (colon) {
        if (read_offset(name, (size_t)(colon - name.data), seconds))
            return true;
        *error = fail("invalid timezone offset");
        return false;
    }
    zone = zone_named(m, name, &st);
    if (!zone) {
        *error = st == MP_ENOMEM ? (m->status == MP_OK ? mp__no_memory(m) : fail("stopped"))
                                 : fail("unknown time zone");
        return false;
    }
    *seconds = mp__zone_offset(zone, at);
    return true;
}

/* ---- parts ---- */

static bool civil(mp__machine *m, const mp__value *args, mp__civil *out, mp__value *error)
{
    mp__time t = mp__time_of(&args[0]);
    int64_t offset = 0; /* UTC, whatever zone it was written in */

    if (m->calling->arg_count == 2 &&
        !zone_offset(m, mp__text_of(&args[1]), t.seconds, &offset, error))
        return false;
    *out = mp__civil_of(t.seconds + offset);
    return true;
}

#define PART(name, value)                                                                          \
    FN(name)                                                                                       \
    {                                                                                              \
        mp__value error;                                                                           \
        mp__civil c;                                                                               \
                                                                                                   \
        return civil(m, args, &c, &error) ? mp__int(value) : error;                                \
    }

PART(time_year, c.year)
PART(time_month, c.month - 1)
PART(time_date, c.day)
PART(time_day_of_month, c.day - 1)
PART(time_day_of_week, c.week_day)
PART(time_day_of_year, c.year_day)

/* Whole hours and the like of a duration, through doubles as Go computes them. */
static mp__value whole(int64_t nanos, int64_t unit)
{
    return mp__int((int64_t)((double)(nanos / unit) + (double)(nanos % unit) / (double)unit));
}

#define CLOCK_PART(name, value, unit)                                                              \
    FN(name)                                                                                       \
    {                                                                                              \
        mp__value error;                                                                           \
        mp__civil c;                                                                               \
                                                                                                   \
        if (args[0].kind == MP__DURATION)                                                          \
            return whole(args[0].as.integer, unit);                                                \
        return civil(m, args, &c, &error) ? mp__int(value) : error;                                \
    }

CLOCK_PART(time_hours, c.hour, 3600 * NANOS)
CLOCK_PART(time_minutes, c.minute, 60 * NANOS)
CLOCK_PART(time_seconds, c.second, NANOS)

FN(time_milliseconds)
{
    mp__value error;
    mp__civil c;

    if (args[0].kind == MP__DURATION)
        return mp__int(args[0].as.integer / 1000000);
    return civil(m, args, &c, &error) ? mp__int(args[0].size / 1000000) : error;
}
