/* SPDX-License-Identifier: Apache-2.0 */
#ifndef WEIR_CMD_REVIEW_H
#define WEIR_CMD_REVIEW_H

#include "cmd/line/options.h"

/* `weir review`: answers one AdmissionReview from files, as the webhook would. */
extern const struct command review_command;

#endif
