/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The library's own version, to be compared with the headers' MP_VERSION.
 */
#include <modelplane/version.h>

const char *mp_version(void)
{
    return MP_VERSION;
}
