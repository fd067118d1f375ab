#include "evalcore/pipeline/cache_turn.h"

#include "evalcore/base/system.h"
#include "evalcore/pipeline/cache_folder.h"

#include <errno.h>
#include <fcntl.h>
#include <time.h>
#include <unistd.h>

static const struct timespec LOOK_AGAIN = {.tv_nsec = 50000000};

/* Locks of open file descriptions: those of processes would end with the first descriptor that closes. */
static bool lock_byte(int fd, const struct rq_key *thing)
{
	struct flock lock = {.l_type = F_WRLCK, .l_whence = SEEK_SET, .l_start = (off_t)(thing->low >> 2), .l_len = 1};

	return fcntl(fd, F_OFD_SETLK, &lock) == 0;
}

enum rq_status rq_cache_turn_take(struct rq_cache_turn *turn, const struct rq_cache *cache, const struct rq_key *thing,
                                  void (*tell)(const char *text), const char *text, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	bool told = tell == NULL;

	turn->fd = -1;
	if (cache->folder == NULL || cache->read_only)
		return RQ_OK;
	const char *marker = rq_cache_marker(&arena, cache->folder);
	if (marker == NULL)
		return rq_fail_memory(err);
	turn->fd = open(marker, O_RDWR | O_CLOEXEC);
	while (turn->fd >= 0 && !lock_byte(turn->fd, thing)) {
		if (errno != EAGAIN && errno != EACCES && errno != EINTR) { /* no locks here: at worst both pay */
			rq_cache_turn_end(turn);
			return RQ_OK;
		}
		if (!told)
			tell(text);
		told = true;
		RQ_TRY(rq_cancel_check(err));
		nanosleep(&LOOK_AGAIN, NULL);
	}
	return RQ_OK;
}

void rq_cache_turn_end(struct rq_cache_turn *turn)
{
	if (turn->fd >= 0)
		close(turn->fd);
	turn->fd = -1;
}
