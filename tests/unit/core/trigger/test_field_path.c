/* SPDX-License-Identifier: Apache-2.0 */
#include "core/trigger/field_path.h"

#include "test.h"

#define POD_SPEC "spec.template.spec"

TEST(finds_the_container_by_every_spelling)
{
    static const struct {
        const char *text;
        bool init;
        const char *name;
        size_t index;
    } rows[] = {
        {POD_SPEC ".containers[?(@.name==\"web\")].image", false, "web", 0},
        {POD_SPEC ".containers[?(@.name=='web')].image", false, "web", 0},
        {POD_SPEC ".initContainers[?(@.name==\"web\")].image", true, "web", 0},
        {POD_SPEC ".containers[ ?( @.name == \"web\" ) ].image", false, "web", 0},
        {POD_SPEC ".containers[? (@.name == 'web')]image", false, "web", 0},
        {" " POD_SPEC ".containers[0].image\n", false, "", 0},
        {POD_SPEC ".containers[ 12 ].image", false, "", 12},
        {POD_SPEC ".initContainers[1].image", true, "", 1},
        {POD_SPEC "containers[1].image", false, "", 1},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct image_field field;
        struct error err;

        CHECK_ROW(field_path_parse(str_from_c(rows[i].text), STR(POD_SPEC), &field, &err) == 0, "%s: %s",
                  rows[i].text, err.text);
        CHECK_ROW(field.init == rows[i].init, "%s", rows[i].text);
        CHECK_STR(field.name, str_from_c(rows[i].name));
        CHECK_ROW(field.index == rows[i].index, "%s", rows[i].text);
    }
}

TEST(says_what_is_wrong_with_a_path)
{
    static const struct {
        const char *text;
        const char *problem; /* a part of it */
    } rows[] = {
        {"", "does not begin with \"spec.template.spec\""},
        {"spec.containers[0].image", "does not begin with"},
        {POD_SPEC, "leads to no container"},
        {POD_SPEC ".volumes[0].image", "leads to no container"},
        {POD_SPEC ".containers", "leads to no container"},
        {POD_SPEC ".containers[?(@.name==\"web\").image", "has no \"]\""},
        {POD_SPEC ".containers[?(@.name==\"web\")]", "does not end with \".image\""},
        {POD_SPEC ".containers[?(@.name==\"web\")].env", "does not end with \".image\""},
        {POD_SPEC ".containers[?(@.name==\"web\")].image.tag", "does not end with \".image\""},
        {POD_SPEC ".containers[@.name=test].image", "chooses no container"},
        {POD_SPEC ".containers[?(@.name==web)].image", "chooses no container"},
        {POD_SPEC ".containers[?(@.name==\"web')].image", "chooses no container"},
        {POD_SPEC ".containers[?(@.name==\"\")].image", "chooses no container"},
        {POD_SPEC ".containers[?(@.image==\"web\")].image", "chooses no container"},
        {POD_SPEC ".containers[*].image", "chooses no container"},
        {POD_SPEC ".containers[-1].image", "chooses no container"},
        {POD_SPEC ".containers[+1].image", "chooses no container"},
        {POD_SPEC ".containers[4096].image", "chooses no container"},
        {POD_SPEC ".containers[].image", "chooses no container"},
    };

    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct image_field field;
        struct error err;

        CHECK_ROW(field_path_parse(str_from_c(rows[i].text), STR(POD_SPEC), &field, &err) < 0, "%s",
                  rows[i].text);
        CHECK_ROW(str_contains(error_text(&err), str_from_c(rows[i].problem)), "%s: %s", rows[i].text,
                  err.text);
    }
}

TEST_MAIN()
