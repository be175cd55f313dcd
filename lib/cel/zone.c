/* SPDX-License-Identifier: Apache-2.0 */
/*
 * IANA time zones, from the compiled files of the system's zoneinfo (RFC 8536).
 *
 * A file lists the instants at which the offset changed and, as a rule in the syntax of POSIX TZ,
 * how it goes on after the last of them.  Nothing is kept between evaluations.
 */
#include "time_internal.h"
#include <stdio.h>

#define FILE_MAX ((size_t)256 << 10)
#define NAME_MAX_SIZE 128

/* When the clock changes in a year. */
typedef struct rule {
    enum { RULE_JULIAN, RULE_DAY, RULE_MONTH } kind;
    int month, week, day;
    int64_t time; /* seconds after midnight */
} rule;

typedef struct tail {
    bool there, has_dst;
    int64_t std, dst; /* offsets east of UTC */
    rule start, end;
} tail;

struct mp__zone {
    const unsigned char *times, *indices, *types; /* in the file's layout */
    size_t count, type_count;
    tail tail;
};

/* ---- big-endian fields ---- */

static uint64_t read_be(const unsigned char *at, unsigned size)
{
    uint64_t value = 0;

    for (unsigned i = 0; i < size; i++)
        value = value << 8 | at[i];
    return value;
}

static int64_t time_at(const mp__zone *z, size_t i)
{
    return (int64_t)read_be(z->times + 8 * i, 8);
}

static int64_t offset_of_type(const mp__zone *z, size_t type)
{
    return (int32_t)(uint32_t)read_be(z->types + 6 * type, 4);
}

static bool is_dst(const mp__zone *z, size_t type)
{
    return z->types[6 * type + 4] != 0;
}

/* ---- the rule for what comes after the last change ---- */

static bool take(mp__str *s, char c)
{
    if (s->size == 0 || s->data[0] != c)
        return false;
    s->data++;
    s->size--;
    return true;
}

static bool take_number(mp__str *s, int most, int *out)
{
    bool any = false;

    for (*out = 0; s->size > 0 && s->data[0] >= '0' && s->data[0] <= '9'; any = true) {
        *out = *out * 10 + (s->data[0] - '0');
        s->data++;
        s->size--;
        if (*out > most)
            return false;
    }
    return any;
}

static bool is_letter(char c)
{
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool skip_name(mp__str *s)
{
    size_t size = 0;
    bool quoted = take(s, '<');

    while (size < s->size && (quoted ? s->data[size] != '>' : is_letter(s->data[size])))
        size++;
    s->data += size;
    s->size -= size;
    return quoted ? take(s, '>') : size >= 3;
}

/* [sign] hours [:minutes [:seconds]], in seconds. */
static bool take_time(mp__str *s, int64_t *out)
{
    bool negative = take(s, '-');
    int hours, minutes = 0, seconds = 0;

    if (!negative)
        (void)take(s, '+');
    if (!take_number(s, 24 * 7, &hours) || (take(s, ':') && !take_number(s, 59, &minutes)) ||
        (take(s, ':') && !take_number(s, 59, &seconds)))
        return false;
    *out = (negative ? -1 : 1) * ((int64_t)hours * 3600 + minutes * 60 + seconds);
    return true;
}

static bool take_rule(mp__str *s, rule *r)
{
    r->time = 7200;
    if (take(s, 'J')) {
        r->kind = RULE_JULIAN;
        if (!take_number(s, 365, &r->day) || r->day < 1)
            return false;
    } else if (take(s, 'M')) {
        r->kind = RULE_MONTH;
        if (!take_number(s, 12, &r->month) || r->month < 1 || !take(s, '.') ||
            !take_number(s, 5, &r->week) || r->week < 1 || !take(s, '.') ||
            !take_number(s, 6, &r->day))
            return false;
    } else {
        r->kind = RULE_DAY;
        if (!take_number(s, 365, &r->day))
            return false;
    }
    return !take(s, '/') || take_time(s, &r->time);
}

/* std offset [dst [offset] , start , end] */
static bool read_tail(mp__str s, tail *t)
{
    if (!skip_name(&s) || !take_time(&s, &t->std))
        return false;
    t->std = -t->std; /* the text counts westwards */
    if (s.size == 0)
        return true;
    t->has_dst = true;
    if (!skip_name(&s))
        return false;
    t->dst = t->std + 3600;
    if (s.size > 0 && s.data[0] != ',') {
        if (!take_time(&s, &t->dst))
            return false;
        t->dst = -t->dst;
    }
    return take(&s, ',') && take_rule(&s, &t->start) && take(&s, ',') && take_rule(&s, &t->end) &&
           s.size == 0;
}

/* Seconds from the year's start in UTC to the change; `offset` is what holds before it. */
static int64_t rule_time(const rule *r, int64_t year, int64_t offset)
{
    bool leap = mp__month_days(year, 2) == 29;
    int64_t days = r->day;

    if (r->kind == RULE_JULIAN) {
        days = r->day - 1 + (leap && r->day >= 60);
    } else if (r->kind == RULE_MONTH) {
        int64_t first = mp__days_of(year, r->month, 1);
        int64_t ahead = r->day - mp__civil_of(first * MP__DAY).week_day;

        days = ahead < 0 ? ahead + 7 : ahead;
        for (int week = 1; week < r->week && days + 7 < mp__month_days(year, r->month); week++)
            days += 7;
        days += first - mp__days_of(year, 1, 1);
    }
    return days * MP__DAY + r->time - offset;
}

static int64_t tail_offset(const tail *t, int64_t seconds)
{
    mp__civil c = mp__civil_of(seconds);
    int64_t within = seconds - mp__days_of(c.year, 1, 1) * MP__DAY, start, end;

    if (!t->has_dst)
        return t->std;
    start = rule_time(&t->start, c.year, t->std);
    end = rule_time(&t->end, c.year, t->dst);
    if (start <= end)
        return within >= start && within < end ? t->dst : t->std;
    return within >= end && within < start ? t->std : t->dst;
}

/* ---- lookup ---- */

/* What holds before the first change: the first type unless changes use it, else the last standard
 * one before the first change's, else the first standard one. */
static size_t first_type(const mp__zone *z)
{
    size_t type;
    bool used = false;

    for (size_t i = 0; i < z->count && !used; i++)
        used = z->indices[i] == 0;
    if (!used)
        return 0;
    if (z->count > 0 && is_dst(z, z->indices[0]))
        for (type = z->indices[0]; type-- > 0;)
            if (!is_dst(z, type))
                return type;
    for (type = 0; type < z->type_count; type++)
        if (!is_dst(z, type))
            return type;
    return 0;
}

int64_t mp__zone_offset(const mp__zone *z, int64_t seconds)
{
    size_t low = 0, high = z->count;

    if (z->type_count == 0)
        return 0; /* UTC */
    while (low < high) {
        size_t middle = low + (high - low) / 2;

        if (time_at(z, middle) <= seconds)
            low = middle + 1;
        else
            high = middle;
    }
    if (low == z->count && z->tail.there)
        return tail_offset(&z->tail, seconds);
    return offset_of_type(z, low == 0 ? first_type(z) : z->indices[low - 1]);
}

/* ---- files ---- */

/* Sizes of the parts of a file, as its header counts them. */
typedef struct header {
    size_t utc_local, standard, leaps, times, types, names;
} header;

#define HEADER_SIZE 44

static bool read_header(const unsigned char *at, size_t size, header *h)
{
    size_t *const fields[] = { &h->utc_local, &h->standard, &h->leaps,
                               &h->times,     &h->types,    &h->names };

    if (size < HEADER_SIZE || memcmp(at, "TZif", 4) != 0)
        return false;
    for (size_t i = 0; i < MP__COUNT(fields); i++) {
        *fields[i] = (size_t)read_be(at + 20 + 4 * i, 4);
        if (*fields[i] > FILE_MAX)
            return false;
    }
    return true;
}

static size_t body_size(const header *h, size_t time_size)
{
    return h->times * (time_size + 1) + h->types * 6 + h->names + h->leaps * (time_size + 4) +
           h->standard + h->utc_local;
}

static bool indices_fit(const mp__zone *z)
{
    for (size_t i = 0; i < z->count; i++)
        if (z->indices[i] >= z->type_count)
            return false;
    return true;
}

/* The second part of a file has 64-bit times, and the rule behind it.  All files since 2005 have
 * it. */
static bool read_zone(const unsigned char *data, size_t size, mp__zone *z)
{
    header h;
    size_t skip, body;
    mp__str text;

    if (!read_header(data, size, &h) || data[4] < '2')
        return false;
    skip = HEADER_SIZE + body_size(&h, 4);
    if (skip > size || !read_header(data + skip, size - skip, &h))
        return false;
    skip += HEADER_SIZE;
    body = body_size(&h, 8);
    if (body > size - skip || h.types == 0)
        return false;
    z->times = data + skip;
    z->indices = z->times + 8 * h.times;
    z->types = z->indices + h.times;
    z->count = h.times;
    z->type_count = h.types;
    text = (mp__str){ (const char *)data + skip + body, size - skip - body };
    if (take(&text, '\n') && text.size > 1 && text.data[text.size - 1] == '\n') {
        text.size--;
        z->tail.there = read_tail(text, &z->tail);
    }
    return indices_fit(z);
}

const mp__zone *mp__zone_read(mp__arena *arena, const unsigned char *data, size_t size)
{
    mp__zone *z = MP__NEW(arena, mp__zone);

    return z && read_zone(data, size, z) ? z : NULL;
}

static bool is_name(mp__str name)
{
    if (name.size == 0 || name.size > NAME_MAX_SIZE || name.data[0] == '/' || name.data[0] == '\\')
        return false;
    for (size_t i = 0; i < name.size; i++)
        if (name.data[i] == '\0' || (name.data[i] == '.' && i > 0 && name.data[i - 1] == '.'))
            return false;
    return true;
}

static FILE *open_zone(mp__str name)
{
    static const char *const folders[] = { "/usr/share/zoneinfo", "/usr/share/lib/zoneinfo",
                                           "/usr/lib/locale/TZ", "/etc/zoneinfo" };
    char path[NAME_MAX_SIZE + 64];
    FILE *file = NULL;

    for (size_t i = 0; i < MP__COUNT(folders) && !file; i++) {
        (void)snprintf(path, sizeof path, "%s/%.*s", folders[i], (int)name.size, name.data);
        file = fopen(path, "rb");
    }
    return file;
}

/* The whole file, into the arena; NULL where it cannot be read, or is too long for a zone. */
static unsigned char *read_file(mp__arena *arena, FILE *file, size_t *size)
{
    unsigned char *data;
    long end;

    if (fseek(file, 0, SEEK_END) != 0 || (end = ftell(file)) <= 0 || (size_t)end > FILE_MAX ||
        fseek(file, 0, SEEK_SET) != 0)
        return NULL;
    data = mp__arena_alloc(arena, (size_t)end);
    *size = data ? fread(data, 1, (size_t)end, file) : 0;
    return data;
}

static mp_status load_file(mp__arena *arena, mp__str name, mp__zone *z)
{
    FILE *file = open_zone(name);
    unsigned char *data;
    size_t size = 0;

    if (!file)
        return MP_ENOENT;
    data = read_file(arena, file, &size);
    (void)fclose(file);
    if (!data)
        return arena->failed ? MP_ENOMEM : MP_ENOENT;
    return read_zone(data, size, z) ? MP_OK : MP_ENOENT;
}

mp_status mp__zone_load(mp__arena *arena, mp__str name, const mp__zone **out)
{
    mp__zone *z = MP__NEW(arena, mp__zone);

    *out = z;
    if (!z)
        return MP_ENOMEM;
    if (name.size == 0 || mp__str_equal(name, MP__STR("UTC")) ||
        mp__str_equal(name, MP__STR("Local")))
        return MP_OK;
    return is_name(name) ? load_file(arena, name, z) : MP_ENOENT;
}
