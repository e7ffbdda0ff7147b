/* SPDX-License-Identifier: Apache-2.0 */
#include "base/yaml/parts.h"

#include "base/text.h"
#include "test.h"

#define MARK "\xEF\xBB\xBF"

/* Each part with the number of its first line in front, "o" where it is of objects, as [0 text][o4 text]. */
static const struct {
    struct str text;
    struct str want;
} rows[] = {
    {STR_INIT(""), STR_INIT("")},
    {STR_INIT("a: 1\n---\nb: 2\n...\nc: 3\n"), STR_INIT("[0 a: 1\n---\nb: 2\n...\nc: 3\n]")},
    {STR_INIT(" {\n---\nb\n"), STR_INIT("[o0  {\n][1 ---\nb\n]")},
    {STR_INIT("a\n---\n\n{}{}\n---x\n---\tb\n--- c"),
     STR_INIT("[0 a\n][o1 ---\n\n{}{}\n---x\n][5 ---\tb\n--- c]")},
    {STR_INIT("a\n---\n\n" MARK "b\n"), STR_INIT("[0 a\n][3 b\n]")},
    {STR_INIT("a\n" MARK "b\n" MARK MARK "---\nc"), STR_INIT("[0 a\n" MARK "b\n][2 ---\nc]")},
    {STR_INIT("--- |\n" MARK "a\n---\n# c\n" MARK "b\n"),
     STR_INIT("[0 --- |\n" MARK "a\n---\n# c\n][4 b\n]")},
    {STR_INIT("%YAML 1.1\n# c\n---\n{}\n---\n{}"), STR_INIT("[0 %YAML 1.1\n# c\n---\n{}\n][o4 ---\n{}]")},
    {STR_INIT("{}\n...\n%YAML 1.1\n---\na"), STR_INIT("[o0 {}\n][1 \n%YAML 1.1\n---\na]")},
    {STR_INIT(MARK "---\r\n" MARK "---\r\n{}"), STR_INIT("[o1 ---\r\n{}]")},
    {STR_INIT("a\n---\n" MARK), STR_INIT("[0 a\n][2 ]")},
};

TEST(cuts_where_documents_of_another_kind_begin)
{
    struct arena arena;

    arena_init(&arena);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct yaml_parts parts = {.text = rows[i].text};
        struct yaml_part part;
        struct text got;

        text_init(&got, &arena, 1 << 20);
        while (yaml_parts_next(&parts, &part)) {
            struct str bytes = str_slice(rows[i].text, part.start, part.end);

            text_addf(&got, "[%s%zu " STR_FMT "]", part.is_objects ? "o" : "", part.line, STR_ARG(bytes));
        }
        CHECK_ROW(str_equal(text_str(&got), rows[i].want), "row %zu: " STR_FMT, i, STR_ARG(text_str(&got)));
    }
    arena_release(&arena);
}

TEST_MAIN()
