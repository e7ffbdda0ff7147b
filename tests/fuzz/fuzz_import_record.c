/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever happens to a stream in whatever order: nothing recorded is lost, nothing comes unasked, all comes
 * to rest. */
#include "stream_sequence.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    stream_sequence_run(data, size);
    return 0;
}
