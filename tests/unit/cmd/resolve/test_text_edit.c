/* SPDX-License-Identifier: Apache-2.0 */
#include "cmd/resolve/text_edit.h"
#include "test.h"

#include <string.h>

enum { EDITS_MAX = 4, DIFF_MAX = 1 << 16 };

/* Each capital letter of `text` becomes `replacement`. */
struct trial {
    const char *name;
    const char *text;
    const char *replacement;
    const char *after;
    const char *diff; /* without its two first lines */
};

static const struct trial trials[] = {
    {"no edit", "a\nb\n", "x", "a\nb\n", ""},
    {"one line alone", "A\n", "x", "x\n", "@@ -1 +1 @@\n-A\n+x\n"},
    {"no newline at the end", "a\nB", "x", "a\nx",
     "@@ -1,2 +1,2 @@\n a\n-B\n\\ No newline at end of file\n+x\n\\ No newline at end of file\n"},
    {"three lines of context", "1\n2\n3\n4\n5A\n6\n7\n8\n9\n", "x", "1\n2\n3\n4\n5x\n6\n7\n8\n9\n",
     "@@ -2,7 +2,7 @@\n 2\n 3\n 4\n-5A\n+5x\n 6\n 7\n 8\n"},
    {"two edits in a line", "aAbB\n", "x", "axbx\n", "@@ -1 +1 @@\n-aAbB\n+axbx\n"},
    {"contexts that meet", "A\n1\n2\n3\n4\n5\n6\nB\n", "x", "x\n1\n2\n3\n4\n5\n6\nx\n",
     "@@ -1,8 +1,8 @@\n-A\n+x\n 1\n 2\n 3\n 4\n 5\n 6\n-B\n+x\n"},
    {"contexts that do not meet", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "x", "x\n1\n2\n3\n4\n5\n6\n7\nx\n",
     "@@ -1,4 +1,4 @@\n-A\n+x\n 1\n 2\n 3\n@@ -6,4 +6,4 @@\n 5\n 6\n 7\n-B\n+x\n"},
    {"line ends of Windows", "a\r\nB\r\n", "x", "a\r\nx\r\n", "@@ -1,2 +1,2 @@\n a\r\n-B\r\n+x\r\n"},
    {"a line more, and the numbers after it", "A\n1\n2\n3\n4\n5\n6\n7\nB\n", "x\ny",
     "x\ny\n1\n2\n3\n4\n5\n6\n7\nx\ny\n",
     "@@ -1,4 +1,5 @@\n-A\n+x\n+y\n 1\n 2\n 3\n@@ -6,4 +7,5 @@\n 5\n 6\n 7\n-B\n+x\n+y\n"},
};

static size_t find_edits(const struct trial *row, struct text_edit *edits)
{
    size_t count = 0;

    for (size_t i = 0; row->text[i]; i++) {
        if (row->text[i] >= 'A' && row->text[i] <= 'Z')
            edits[count++] = (struct text_edit){i, i + 1, str_from_c(row->replacement)};
    }
    return count;
}

TEST(applies_edits)
{
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        struct text_edit edits[EDITS_MAX];
        size_t count = find_edits(&trials[i], edits);
        struct arena arena;

        arena_init(&arena);
        CHECK_STR(text_edits_apply(&arena, str_from_c(trials[i].text), edits, count),
                  str_from_c(trials[i].after));
        arena_release(&arena);
    }
}

TEST(prints_them_as_patch_reads_them)
{
    for (size_t i = 0; i < ARRAY_LEN(trials); i++) {
        struct text_edit edits[EDITS_MAX];
        size_t count = find_edits(&trials[i], edits);
        struct arena arena;
        struct text diff;
        struct str got;

        arena_init(&arena);
        text_init(&diff, &arena, DIFF_MAX);
        text_edit_diff(&diff, STR("f"), str_from_c(trials[i].text), edits, count);
        got = text_str(&diff);
        CHECK_ROW(count == 0 || str_starts(got, STR("--- a/f\n+++ b/f\n")), "%s", trials[i].name);
        CHECK_STR(str_from(got, STR("--- a/f\n+++ b/f\n").len), str_from_c(trials[i].diff));
        arena_release(&arena);
    }
}

TEST_MAIN()
