/* Content-defined chunks: a file is cut where its own bytes say so, so that what was inserted, removed or changed moves no cut but those nearby, and
 * everything else is the chunk that it was.
 *
 * FastCDC with normalised chunking: Xia, Zhou, Jiang, Feng, Hua, Hu, Liu, Zhang (2016): FastCDC: a fast and efficient content-defined chunking approach
 * for data deduplication. USENIX ATC. A gear hash of the last 64 bytes at most; a cut where its upper bits are 0, of which there are log2(average) + 2
 * before the average length and log2(average) - 2 behind it. */
#ifndef RQ_SNAPSHOT_CUT_H
#define RQ_SNAPSHOT_CUT_H

#include <stddef.h>
#include <stdint.h>

enum { RQ_CUT_LEAST = 1 << 12, RQ_CUT_MOST = 1 << 20 }; /* of an average */

struct rq_cutter {
	size_t least, average, most; /* of a chunk, in bytes: half the average, and four times it; the last one of a file may be shorter */
	uint64_t strict, loose;      /* a hash below it is a cut */
	uint64_t gear[256];
};

/* `average` is a power of two from RQ_CUT_LEAST to RQ_CUT_MOST. The same average cuts the same everywhere and for good. */
void rq_cutter_init(struct rq_cutter *cutter, size_t average);
/* For a file of so many bytes: 7,000 to 14,000 chunks, so that 100 changed places are a small part of them. `before` is that of the same file in the
 * snapshot before, 0 if there is none: kept while it gives a quarter to four times as many, for another average shares no chunk. */
size_t rq_cut_average(uint64_t bytes, size_t before);
/* Bytes of the first chunk of `data`, which must hold cutter->most of them, or the rest of the file. */
size_t rq_cut(const struct rq_cutter *cutter, const unsigned char *data, size_t size);

#endif
