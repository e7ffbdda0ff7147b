/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_ENGINE_ADMISSION_LOG_H
#define WEIR_ENGINE_ADMISSION_LOG_H

#include "core/admission/evaluate.h"
#include "edge/log/log.h"

/* --log-admissions */
enum admission_log_mode {
    ADMISSION_LOG_NONE,
    ADMISSION_LOG_CHANGED, /* those that were changed, warned about, refused, or not decided */
    ADMISSION_LOG_ALL,
};

/* One line for one decided admission: names and numbers, never a body or a secret. */
void admission_log_decided(struct log *log, enum admission_log_mode mode,
                           const struct admission_request *request, const struct admission_decision *decision,
                           int64_t took_us);

/* An admission that could not be decided or read. All of it is borrowed. */
struct admission_undecided {
    const struct admission_request *request; /* NULL: it was not decoded */
    int status;                              /* of the HTTP answer */
    struct str reason;
    int64_t took_us;
};

void admission_log_undecided(struct log *log, enum admission_log_mode mode,
                             const struct admission_undecided *undecided);

#endif
