/* Standard base64 with its padding (RFC 4648, section 4), without line ends. */
#ifndef RQ_BASE_BASE64_H
#define RQ_BASE_BASE64_H

#include "evalcore/base/memory.h"

/* Bytes that the text stands for, or SIZE_MAX where it is none. */
size_t rq_base64_size(const char *text, size_t length);
/* Those bytes: `size` is what rq_base64_size returned. */
void rq_base64_read(unsigned char *out, const char *text, size_t size);
void rq_base64_write(struct rq_buf *out, const void *data, size_t size);

#endif
