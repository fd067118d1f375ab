/* Standard base64 with its padding (RFC 4648, section 4), without line ends. */
#ifndef RQ_BASE_BASE64_H
#define RQ_BASE_BASE64_H

#include <stddef.h>

/* Bytes that the text stands for, or SIZE_MAX where it is none. */
size_t rq_base64_size(const char *text, size_t length);
/* Those bytes: `size` is what rq_base64_size returned. */
void rq_base64_read(unsigned char *out, const char *text, size_t size);

#endif
