/* SPDX-License-Identifier: Apache-2.0 */
#include "core/admission/state.h"

#include "core/cluster/pull_secrets.h"
#include "test.h"

#include <string.h>

enum { LINE_MAX = 120 };

#define COMMAND(namespace)                                                                                   \
    "kubectl create rolebinding weir-pull-secrets -n " namespace " --clusterrole=weir-pull-secrets "         \
                                                                 "--serviceaccount=weir-system:weir-"        \
                                                                 "webhook "                                  \
                                                                 "--serviceaccount=weir-system:weir-"        \
                                                                 "controller"
#define LONG_NAMESPACE "a-namespace-with-as-many-characters-as-kubernetes-will-let-it-x"

static const struct str problem = STR_INIT("pull secret \"shop/regcred\" is not for weir to read");

struct noted {
    struct arena arena;
    struct effective_policy policy;
    struct pull_configs pulls;
    struct tag_answers answers;
    struct evaluation e;
};

static void note(struct noted *n, enum enforcement enforcement, struct str command)
{
    memset(n, 0, sizeof(*n));
    arena_init(&n->arena);
    n->policy.fields.enforcement = enforcement;
    n->pulls = (struct pull_configs){.problems = &problem, .problem_count = 1, .remedy = command};
    n->answers.pulls = &n->pulls;
    n->e.arena = &n->arena;
    n->e.policy = &n->policy;
    n->e.scope.answers = &n->answers;
    note_pull_secrets(&n->e);
}

/* What a shell makes of the lines: a backslash at the end joins them. */
static struct str as_a_shell_reads(struct arena *arena, const struct str *lines, size_t count)
{
    struct str ret = {"", 0};

    for (size_t i = 0; i < count; i++) {
        struct str line = lines[i];

        CHECK_ROW(line.len <= LINE_MAX, "line %zu has %zu characters", i, line.len);
        if (i + 1 < count) {
            CHECK_ROW(str_ends(line, STR(" \\")), "line %zu", i);
            line.len -= 2;
        }
        ret = arena_join(arena, ret, line);
    }
    return ret;
}

TEST(a_command_is_whole_however_long_the_namespace)
{
    static const struct {
        struct str command;
        struct str want;
    } rows[] = {
        {STR_INIT(COMMAND("shop")), STR_INIT("allow it with: " COMMAND("shop"))},
        {STR_INIT(COMMAND(LONG_NAMESPACE)), STR_INIT("allow it with: " COMMAND(LONG_NAMESPACE))},
        {STR_INIT("short"), STR_INIT("allow it with: short")},
    };
    struct noted n;

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct str got;

        note(&n, ENFORCEMENT_ENFORCE, rows[i].command);
        CHECK_ROW(n.e.warnings.count >= 2, "%zu lines", n.e.warnings.count);
        CHECK_STR(n.e.warnings.items[0], problem);
        got = as_a_shell_reads(&n.arena, n.e.warnings.items + 1, n.e.warnings.count - 1);
        CHECK_STR(got, rows[i].want);
        arena_release(&n.arena);
    }
}

TEST(an_audit_tells_no_user)
{
    struct noted n;

    note(&n, ENFORCEMENT_AUDIT, STR("command"));
    CHECK(n.e.warnings.count == 0);
    CHECK(n.e.violations.count == 1);
    arena_release(&n.arena);
}

TEST_MAIN()
