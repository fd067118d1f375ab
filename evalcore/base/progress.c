#include "evalcore/base/progress.h"

#include "evalcore/base/system.h"

#include <stdio.h>
#include <string.h>

enum { BAR = 24 };
static const uint64_t REDRAW_NS = 100000000, QUIET_NS = 300000000; /* a stage that ends within .3 s draws nothing */

void rq_progress_begin(struct rq_progress *progress, const char *label, const char *unit, size_t total)
{
	if (progress == NULL)
		return;
	progress->label = label;
	progress->unit = unit;
	progress->total = total;
	progress->started_ns = rq_clock_ns();
	atomic_store(&progress->done, 0);
	atomic_store(&progress->drawn_ns, progress->started_ns + QUIET_NS - REDRAW_NS);
}

static void draw(const struct rq_progress *progress, size_t done, uint64_t now)
{
	double seconds = (double)(now - progress->started_ns) * 1e-9, rate = seconds > 0 ? (double)done / seconds : 0;
	char bar[BAR + 1], left[48] = "";

	if (progress->total == 0) {
		fprintf(stderr, "\r\033[K%-12s %zu %s  %.0f/s", progress->label, done, progress->unit, rate);
		return;
	}
	size_t filled = done >= progress->total ? BAR : done * BAR / progress->total;
	memset(bar, '#', filled);
	memset(bar + filled, '.', BAR - filled);
	bar[BAR] = '\0';
	if (rate > 0 && done < progress->total)
		snprintf(left, sizeof left, ", %.0f s left", (double)(progress->total - done) / rate + .5);
	fprintf(stderr, "\r\033[K%-12s [%s] %3zu%%  %zu of %zu %s  %.0f/s%s", progress->label, bar, done >= progress->total ? 100 : done * 100 / progress->total, done,
	        progress->total, progress->unit, rate, left);
}

void rq_progress_add(struct rq_progress *progress, size_t steps)
{
	if (progress == NULL)
		return;
	size_t done = atomic_fetch_add(&progress->done, steps) + steps;
	if (!progress->enabled)
		return;
	uint64_t now = rq_clock_ns(), drawn = atomic_load(&progress->drawn_ns);
	/* Whoever wins the exchange draws; the others go on working. */
	if (now >= drawn + REDRAW_NS && atomic_compare_exchange_strong(&progress->drawn_ns, &drawn, now))
		draw(progress, done, now);
}

void rq_progress_end(struct rq_progress *progress)
{
	if (progress == NULL || !progress->enabled)
		return;
	if (atomic_load(&progress->drawn_ns) >= progress->started_ns + QUIET_NS) {
		fputs("\r\033[K", stderr);
		fflush(stderr);
	}
}
