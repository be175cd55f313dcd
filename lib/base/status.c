/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Status names and texts, from the one list in status.h; text views.
 */
#include "base_internal.h"

const char *mp_status_name(mp_status status)
{
    switch (status) {
#define STATUS_NAME(code, text)                                                                    \
    case code:                                                                                     \
        return #code;
        MP_STATUS_LIST(STATUS_NAME)
#undef STATUS_NAME
    }
    return "MP_?";
}

const char *mp_status_text(mp_status status)
{
    switch (status) {
#define STATUS_TEXT(code, text)                                                                    \
    case code:                                                                                     \
        return text;
        MP_STATUS_LIST(STATUS_TEXT)
#undef STATUS_TEXT
    }
    return "unknown status";
}

mp__str mp__str_make(const char *data, size_t size)
{
    if (data == NULL)
        return (mp__str){ "", 0 };
    return (mp__str){ data, size == MP_NTS ? strlen(data) : size };
}

bool mp__str_equal(mp__str a, mp__str b)
{
    return a.size == b.size && (a.size == 0 || memcmp(a.data, b.data, a.size) == 0);
}

int mp__str_compare(mp__str a, mp__str b)
{
    size_t common = a.size < b.size ? a.size : b.size;
    int order = common == 0 ? 0 : memcmp(a.data, b.data, common);

    if (order != 0)
        return order;
    return (a.size > b.size) - (a.size < b.size);
}
