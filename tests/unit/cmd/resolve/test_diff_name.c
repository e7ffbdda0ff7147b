/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/diff_name.h"

#include "test.h"

TEST(names_are_relative_and_plain)
{
    static const struct {
        const char *path, *want;
    } rows[] = {
        {"pod.yaml", "pod.yaml"},
        {"k8s/pod.yaml", "k8s/pod.yaml"},
        {"./k8s/pod.yaml", "k8s/pod.yaml"},
        {"././/k8s///pod.yaml", "k8s/pod.yaml"},
        {"w/../pod.yaml", "pod.yaml"},
        {"a/b/../../c/./pod.yaml", "c/pod.yaml"},
        {"../pod.yaml", "pod.yaml"},
        {"../../base/pod.yaml", "base/pod.yaml"},
        {"/home/u/k8s/pod.yaml", "k8s/pod.yaml"},
        {"/home/u/./k8s/../pod.yaml", "pod.yaml"},
        {"/home/user/pod.yaml", "home/user/pod.yaml"},
        {"//etc/pod.yaml", "etc/pod.yaml"},
        {"..a/.b/...", "..a/.b/..."},
        {"a b/\xC3\xA9.yaml", "a b/\xC3\xA9.yaml"},
    };
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        CHECK_STR(diff_name_of(&arena, str_from_c(rows[i].path), STR("/home/u")), str_from_c(rows[i].want));
    CHECK_STR(diff_name_of(&arena, STR("/etc/pod.yaml"), STR("/")), STR("etc/pod.yaml"));
    CHECK_STR(diff_name_of(&arena, STR("/etc/pod.yaml"), STR("")), STR("etc/pod.yaml"));
    arena_release(&arena);
}

TEST_MAIN()
