/* SPDX-License-Identifier: Apache-2.0 */
#include "base/linked_list.h"
#include "test.h"

struct item {
    int number;
    struct linked_list link;
};

/* The numbers in order, as digits of one number. */
static int digits(const struct linked_list *list)
{
    int sum = 0;

    for (struct linked_list *link = linked_list_first(list); link; link = linked_list_next(list, link))
        sum = 10 * sum + CONTAINER_OF(struct item, link, link)->number;
    return sum;
}

static void fill(struct linked_list *list, struct item items[3])
{
    linked_list_init(list);
    for (int i = 0; i < 3; i++) {
        items[i] = (struct item){.number = i + 1};
        linked_list_add(list, &items[i].link);
    }
}

TEST(keeps_the_order_of_adding)
{
    struct linked_list list;
    struct item items[3];

    linked_list_init(&list);
    CHECK(linked_list_is_empty(&list) && !linked_list_first(&list) && !linked_list_take(&list));
    fill(&list, items);
    CHECK(!linked_list_is_empty(&list));
    CHECK(digits(&list) == 123);
}

TEST(removes_from_anywhere_and_more_than_once)
{
    struct linked_list list;
    struct item items[3];

    fill(&list, items);
    linked_list_remove(&items[1].link);
    linked_list_remove(&items[1].link);
    CHECK(!linked_list_is_linked(&items[1].link) && linked_list_is_linked(&items[0].link));
    CHECK(digits(&list) == 13);
    linked_list_add(&list, &items[1].link);
    CHECK(digits(&list) == 132);
}

TEST(takes_the_first)
{
    struct linked_list list;
    struct item items[3];

    fill(&list, items);
    CHECK(linked_list_take(&list) == &items[0].link);
    CHECK(!linked_list_is_linked(&items[0].link));
    CHECK(digits(&list) == 23);
}

TEST(moves_all_to_another_list)
{
    struct linked_list from, to;
    struct item items[3];

    fill(&from, items);
    linked_list_init(&to);
    linked_list_move(&to, &from);
    CHECK(linked_list_is_empty(&from) && digits(&to) == 123);
    linked_list_remove(&items[2].link);
    linked_list_add(&from, &items[2].link);
    CHECK(digits(&to) == 12 && digits(&from) == 3);
    linked_list_init(&to);
    linked_list_init(&from);
    linked_list_move(&to, &from);
    CHECK(linked_list_is_empty(&to) && linked_list_is_empty(&from));
}

TEST_MAIN()
