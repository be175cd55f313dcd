/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An expression over variables of one's own: declare, compile, set, evaluate, read.
 */
#include <modelplane/cel.h>
#include <stdio.h>
#include <stdlib.h>

static int fail(const mp_error *err)
{
    fprintf(stderr, "line %u, column %u: %s\n", (unsigned)err->line, (unsigned)err->column,
            err->text);
    return EXIT_FAILURE;
}

/* Prints how many replicas a limit of memory leaves room for. */
static int evaluate(const mp_cel *cel, mp_cel_vars *vars)
{
    mp_cel_input input = MP_CEL_INPUT_INIT;
    mp_cel_result *result;
    mp_error err;
    uint64_t cost;
    int64_t replicas;

    input.vars = vars;
    if (mp_cel_eval(cel, &input, &result, &cost, &err) != MP_OK)
        return fail(&err);
    if (mp_cel_result_int(result, &replicas))
        printf("%lld replicas, for %llu units\n", (long long)replicas, (unsigned long long)cost);
    mp_cel_result_free(result);
    return EXIT_SUCCESS;
}

int main(void)
{
    static const char source[] = "names.filter(n, n.startsWith('gpu-')).size() * perNode";
    static const char nodes[] = "[\"gpu-0\", \"gpu-1\", \"cpu-0\"]";
    mp_cel_env *env = NULL;
    mp_cel *cel = NULL;
    mp_cel_vars *vars = NULL;
    mp_doc *doc = NULL;
    mp_error err;
    mp_status st = mp_cel_env_new(NULL, &env, &err);
    int code;

    if (st == MP_OK)
        st = mp_cel_env_declare(env, "names", MP_NTS, "list(string)", &err);
    if (st == MP_OK)
        st = mp_cel_env_declare(env, "perNode", MP_NTS, "int", &err);
    if (st == MP_OK)
        st = mp_cel_compile(env, source, MP_NTS, &cel, &err);
    if (st == MP_OK)
        st = mp_cel_vars_new(env, &vars, &err);
    if (st == MP_OK)
        st = mp_json_read(NULL, nodes, MP_NTS, NULL, &doc, &err);
    if (st == MP_OK)
        st = mp_cel_vars_set(vars, "names", MP_NTS, mp_doc_root(doc), &err);
    if (st == MP_OK)
        st = mp_cel_vars_set_int(vars, "perNode", MP_NTS, 8);
    code = st == MP_OK ? evaluate(cel, vars) : fail(&err);
    mp_doc_free(doc);
    mp_cel_vars_free(vars);
    mp_cel_free(cel);
    mp_cel_env_free(env);
    return code;
}
