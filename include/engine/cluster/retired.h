/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_CLUSTER_RETIRED_H
#define WEIR_ENGINE_CLUSTER_RETIRED_H

#include <stddef.h>

/* Memory that nothing new leads to, but that readers may still look at: freed later, all at once. */
struct retired_item {
    void *memory;
    void (*dispose)(void *memory);
};

struct retired {
    struct retired_item *items;
    size_t count;
    size_t size;
};

/* NULL `memory` is allowed. */
void retired_add(struct retired *retired, const void *memory, void (*dispose)(void *memory));
/* No reader may be left. The list is empty afterwards. */
void retired_dispose(struct retired *retired);

#endif
