/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_IMPORT_IMPORTER_OPTIONS_H
#define WEIR_ENGINE_IMPORT_IMPORTER_OPTIONS_H

#include "core/import/image_outline.h"
#include "edge/registry/client.h"
#include "engine/cluster/snapshot.h"
#include "engine/import/stream_table.h"

/* What an importer is made with. */

/* All is borrowed for the importer's life. */
struct importer_options {
    struct import_settings settings;
    struct image_platform platform;
    size_t host_running_max;      /* checks under way at one registry */
    struct stream_table *streams; /* not followed yet; freed before the importer is */
    struct kube_client *client;
    struct registry_client *registry; /* of the same thread */
    struct snapshot_slot
        *policies;       /* policies and namespaces; nothing in it yet: who may follow whom is not known */
    struct str identity; /* of this process, in Events */
    struct log *log;
};

#endif
