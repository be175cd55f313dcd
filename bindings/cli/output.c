/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Trees to streams.  Nothing that was lost on the way out goes unsaid: a full disk and a closed
 * pipe are errors like any other.
 */
#include "cli.h"
#include <errno.h>
#include <stdio.h>
#include <string.h>

static mp_status write_stream(const char *data, size_t size, void *user)
{
    return fwrite(data, 1, size, user) == size ? MP_OK : MP_EIO;
}

bool cli_write(const mp_object *node, cli_format format, void *stream)
{
    mp_error err;
    mp_status st;

    if (format != CLI_YAML)
        st = mp_json_write(node, format == CLI_JSON ? MP_JSON_PRETTY : 0, write_stream, stream,
                           &err);
    else
        st = mp_yaml_write(node, MP_YAML_DOCUMENT, write_stream, stream, &err);
    if (st == MP_OK && format == CLI_LINE)
        st = write_stream("\n", 1, stream);
    if (st != MP_OK && st != MP_EIO) /* a failing stream is said where it is closed */
        cli_fail("%s", mp_status_text(st));
    return st == MP_OK;
}

cli_exit cli_finish(cli_exit result)
{
    int failed = ferror(stdout);

    if (fflush(stdout) != 0 || failed) {
        cli_fail("cannot write to standard output: %s", errno ? strerror(errno) : "write error");
        return CLI_INPUT;
    }
    return result;
}
