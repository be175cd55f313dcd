/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Calendar, and time zones of the system.
 */
#ifndef MP_TIME_INTERNAL_H
#define MP_TIME_INTERNAL_H

#include "cel_internal.h"

#define MP__TIME_MIN INT64_C(-62135596800) /* 0001-01-01T00:00:00Z */
#define MP__TIME_MAX INT64_C(253402300799) /* 9999-12-31T23:59:59Z */
#define MP__DAY 86400

/* A moment on the clock of some zone. */
typedef struct mp__civil {
    int64_t year;
    int month, day; /* from 1 */
    int hour, minute, second;
    int week_day; /* Sunday 0 */
    int year_day; /* from 0 */
} mp__civil;

/* Days from 1970-01-01 in the proleptic Gregorian calendar. */
int64_t mp__days_of(int64_t year, int month, int day);
int mp__month_days(int64_t year, int month);
/* `seconds` since 1970, the zone's offset added already. */
mp__civil mp__civil_of(int64_t seconds);

/* RFC 3339 as Go's time package reads it: hours of one digit, a comma before the fraction, and any
 * number of its digits are fine. */
bool mp__time_parse(mp__str text, mp__time *out);
/* Go's durations: [sign] (decimal unit)+, or 0. */
bool mp__duration_parse(mp__str text, int64_t *nanos);

/* A zone's offset in seconds at an instant.  MP_ENOENT: no such zone, or none that can be read. */
typedef struct mp__zone mp__zone;
mp_status mp__zone_load(mp__arena *arena, mp__str name, const mp__zone **out);
/* The same of a file that was read; NULL if it is none, or out of memory.  Borrows the data. */
const mp__zone *mp__zone_read(mp__arena *arena, const unsigned char *data, size_t size);
int64_t mp__zone_offset(const mp__zone *zone, int64_t seconds);

#endif
