/* Pipes are never waited for alone: one poll() serves what goes in, what comes out and stderr, so that neither side can block the other for good. */
#include "evalcore/base/child.h"

#include "evalcore/base/parse.h"
#include "evalcore/base/secret.h"
#include "evalcore/base/system.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#ifdef __linux__
#include <sys/prctl.h>
#endif

enum { CHUNK = 65536, WORDS_KEPT = 4096, WORDS_SHOWN = 1000, WAKE_MS = 100, CHILDREN_MOST = 32, LAST_READS = 32 };
static const double HURRIED = .2, AFTER_TERM = 1; /* seconds */

struct rq_child {
	pid_t pid;            /* of the group, too; 0: ended */
	int in, out, errors;  /* our ends; -1: closed */
	struct rq_buf unsent; /* bytes from `sent` on */
	size_t sent;
	char *received;       /* from `start` to `end` is not handed out yet; no end of line before `scanned` */
	size_t start, scanned, end, capacity;
	bool discards;        /* it is ending, and nobody wants what it says */
	bool forced;          /* it did not leave by itself */
	int status;           /* waitpid's */
	char words[2 * WORDS_KEPT + 1]; /* the end of stderr */
	size_t words_size;
	bool words_cut;       /* their beginning is gone */
};

/* Groups that run, for a signal handler. */
static volatile sig_atomic_t groups[CHILDREN_MOST];

static bool register_group(pid_t from, pid_t to)
{
	for (size_t i = 0; i < CHILDREN_MOST; i++)
		if (groups[i] == from) {
			groups[i] = to;
			return true;
		}
	return false;
}

void rq_child_kill_all(void)
{
	for (size_t i = 0; i < CHILDREN_MOST; i++)
		if (groups[i] > 0)
			kill(-(pid_t)groups[i], SIGKILL);
}

static void drop(int *fd)
{
	if (*fd >= 0)
		close(*fd);
	*fd = -1;
}

/* ---- starting ---- */

struct refusal {
	int reason; /* errno */
	bool folder;
};

/* Between fork and exec: nothing but what a signal handler may call. */
__attribute__((noreturn)) static void become(char *const *words, const char *folder, const int ends[3], int refused, pid_t parent)
{
	struct refusal refusal = {0};
	sigset_t none;

	setpgid(0, 0);
	signal(SIGPIPE, SIG_DFL);
	signal(SIGXFSZ, SIG_DFL);
	sigemptyset(&none);
	sigprocmask(SIG_SETMASK, &none, NULL);
#ifdef __linux__
	prctl(PR_SET_PDEATHSIG, SIGTERM);
#endif
	if (getppid() != parent)
		_exit(EXIT_FAILURE);
	for (int fd = STDIN_FILENO; fd <= STDERR_FILENO; fd++)
		dup2(ends[fd], fd);
	if (close_range(STDERR_FILENO + 1, ~0u, CLOSE_RANGE_CLOEXEC) != 0)
		for (int fd = STDERR_FILENO + 1; fd < 1024; fd++) /* a kernel that does not know it */
			fcntl(fd, F_SETFD, FD_CLOEXEC);
	refusal.folder = chdir(folder) != 0;
	if (!refusal.folder)
		execvp(words[0], words);
	refusal.reason = errno;
	(void)!write(refused, &refusal, sizeof refusal);
	_exit(EXIT_FAILURE);
}

static enum rq_status refuse(const struct refusal *refusal, const char *program, const char *folder, struct rq_error *err)
{
	int reason = refusal->reason;

	if (refusal->folder)
		return rq_fail(err, RQ_E_CONFIG, "command \"%s\": cannot be run in the folder \"%s\": %s; make it, or name another one", program, folder, strerror(reason));
	if (reason == ENOENT && strchr(program, '/') == NULL)
		return rq_fail(err, RQ_E_CONFIG, "command \"%s\": no such program on PATH; install it, or write its path", program);
	if (reason == ENOENT || reason == EACCES || reason == ENOEXEC || reason == ENOTDIR)
		return rq_fail(err, RQ_E_CONFIG, "command \"%s\": cannot be run in the folder \"%s\": %s; check its path, and that it is executable", program, folder,
		               strerror(reason));
	return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": cannot be started: %s; try again when the machine has room", program, strerror(reason));
}

/* The pipe closes when the program runs. */
static enum rq_status check_started(struct rq_child *child, int refused, const char *program, const char *folder, struct rq_error *err)
{
	struct refusal refusal = {0};
	ssize_t got;

	do
		got = read(refused, &refusal, sizeof refusal);
	while (got < 0 && errno == EINTR);
	if (got == 0)
		return RQ_OK;
	while (waitpid(child->pid, NULL, 0) < 0 && errno == EINTR)
		;
	register_group(child->pid, 0);
	child->pid = 0;
	return refuse(&refusal, program, folder, err);
}

static enum rq_status launch(struct rq_child *child, char *const *words, const char *folder, int pipes[4][2], struct rq_error *err)
{
	const int ends[] = {pipes[0][0], pipes[1][1], pipes[2][1]};
	pid_t parent = getpid();

	if (!register_group(0, -1))
		return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": %d others run already; use fewer at a time", words[0], CHILDREN_MOST);
	child->pid = fork();
	if (child->pid == 0)
		become(words, folder, ends, pipes[3][1], parent);
	register_group(-1, child->pid > 0 ? child->pid : 0);
	if (child->pid < 0) {
		child->pid = 0;
		return rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": cannot be started: %s; try again when the machine has room", words[0],
		               strerror(errno));
	}
	setpgid(child->pid, child->pid);
	drop(&pipes[3][1]);
	RQ_TRY(check_started(child, pipes[3][0], words[0], folder, err));
	child->in = pipes[0][1];
	child->out = pipes[1][0];
	child->errors = pipes[2][0];
	pipes[0][1] = pipes[1][0] = pipes[2][0] = -1;
	return RQ_OK;
}

/* The fourth pipe tells that the program could not be run. */
static enum rq_status start_with_pipes(struct rq_child *child, char *const *words, const char *folder, struct rq_error *err)
{
	int pipes[4][2] = {{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
	enum rq_status status = RQ_OK;

	for (size_t i = 0; i < 4 && status == RQ_OK; i++)
		if (pipe2(pipes[i], O_CLOEXEC) != 0)
			status = rq_fail(err, RQ_E_UNAVAILABLE, "command \"%s\": no pipe to speak to it: %s; raise the limit of open files", words[0],
			                 strerror(errno));
	for (size_t i = 0; i < 3 && status == RQ_OK; i++) /* of our ends alone: O_NONBLOCK would surprise the child */
		if (fcntl(pipes[i][i == 0], F_SETFL, O_NONBLOCK) != 0)
			status = rq_fail(err, RQ_E_INTERNAL, "command \"%s\": a pipe that cannot be asked not to block: %s", words[0], strerror(errno));
	if (status == RQ_OK)
		status = launch(child, words, folder, pipes, err);
	for (size_t i = 0; i < 4; i++) {
		drop(&pipes[i][0]);
		drop(&pipes[i][1]);
	}
	return status;
}

enum rq_status rq_child_start(struct rq_child **out, const struct rq_strings *command, const char *folder, struct rq_error *err)
{
	RQ_CLEANUP(rq_arena_release) struct rq_arena arena = {0};
	struct rq_child *child = calloc(1, sizeof *child);
	char **words = rq_arena_alloc(&arena, command->count + 1, sizeof *words);

	*out = NULL;
	if (child == NULL || words == NULL) {
		free(child);
		return rq_fail_memory(err);
	}
	child->in = child->out = child->errors = -1;
	for (size_t i = 0; i < command->count; i++) {
		words[i] = rq_arena_strdup(&arena, command->items[i]);
		if (words[i] == NULL) {
			free(child);
			return rq_fail_memory(err);
		}
	}
	enum rq_status status = start_with_pipes(child, words, folder, err);
	if (status == RQ_OK)
		*out = child;
	else
		free(child);
	return status;
}

/* What execve would say of it, as far as that can be known. */
static int reason_against(int folder, const char *path)
{
	struct stat info;

	if (faccessat(folder, path, X_OK, AT_EACCESS) != 0)
		return errno;
	return fstatat(folder, path, &info, 0) != 0 ? errno : S_ISREG(info.st_mode) ? 0 : EACCES;
}

/* As execvp looks for it, from within the folder. */
static enum rq_status look_for(struct refusal *refusal, int folder, const char *program, struct rq_error *err)
{
	RQ_CLEANUP(rq_buf_release) struct rq_buf path = {0};
	const char *at = getenv("PATH");

	refusal->reason = strchr(program, '/') != NULL ? reason_against(folder, program) : ENOENT;
	if (strchr(program, '/') != NULL)
		return RQ_OK;
	for (at = at == NULL ? "/bin:/usr/bin" : at; at != NULL; at = strchr(at, ':') == NULL ? NULL : strchr(at, ':') + 1) {
		size_t length = strcspn(at, ":");
		rq_buf_clear(&path);
		rq_buf_add(&path, length == 0 ? "." : at, length == 0 ? 1 : length);
		rq_buf_printf(&path, "/%s", program);
		RQ_TRY(rq_buf_check(&path, err));
		int reason = reason_against(folder, path.data);
		refusal->reason = reason == 0 || reason == EACCES ? reason : refusal->reason;
		if (reason == 0)
			return RQ_OK;
	}
	return RQ_OK;
}

enum rq_status rq_child_find(const struct rq_strings *command, const char *folder, struct rq_error *err)
{
	int within = open(folder, O_PATH | O_DIRECTORY | O_CLOEXEC);
	struct refusal refusal = {.reason = errno, .folder = within < 0};
	enum rq_status status = RQ_OK;

	if (within >= 0) {
		status = look_for(&refusal, within, command->items[0], err);
		close(within);
	}
	if (status != RQ_OK || (within >= 0 && refusal.reason == 0))
		return status;
	return refuse(&refusal, command->items[0], folder, err);
}

/* ---- speaking and hearing ---- */

/* A pipe that nobody reads is an error of write(), not a signal; the process's other pipes, its stdout above all, keep theirs. */
static ssize_t write_unsignalled(int fd, const void *bytes, size_t size)
{
	sigset_t broken, before, pending;

	sigemptyset(&broken);
	sigaddset(&broken, SIGPIPE);
	sigpending(&pending);
	pthread_sigmask(SIG_BLOCK, &broken, &before);
	ssize_t wrote = write(fd, bytes, size);
	int reason = errno;
	if (wrote < 0 && reason == EPIPE && !sigismember(&pending, SIGPIPE))
		while (sigtimedwait(&broken, NULL, &(struct timespec){0}) < 0 && errno == EINTR)
			;
	pthread_sigmask(SIG_SETMASK, &before, NULL);
	errno = reason;
	return wrote;
}

static void send_some(struct rq_child *child)
{
	while (child->in >= 0 && child->sent < child->unsent.size) {
		ssize_t wrote = write_unsignalled(child->in, child->unsent.data + child->sent, child->unsent.size - child->sent);
		if (wrote < 0 && errno == EINTR)
			continue;
		if (wrote < 0 && errno == EAGAIN)
			return;
		if (wrote < 0) /* it has closed its stdin, and most likely ended: its stdout tells */
			drop(&child->in);
		else
			child->sent += (size_t)wrote;
	}
	rq_buf_clear(&child->unsent);
	child->sent = 0;
}

static enum rq_status make_room(struct rq_child *child, struct rq_error *err)
{
	if (child->start > 0) {
		memmove(child->received, child->received + child->start, child->end - child->start);
		child->end -= child->start;
		child->scanned -= child->start;
		child->start = 0;
	}
	return RQ_RESERVE(child->received, child->capacity, child->end + CHUNK) ? RQ_OK : rq_fail_memory(err);
}

static enum rq_status receive(struct rq_child *child, struct rq_error *err)
{
	if (child->discards)
		child->start = child->scanned = child->end = 0;
	RQ_TRY(make_room(child, err));
	ssize_t got = read(child->out, child->received + child->end, CHUNK);
	if (got > 0)
		child->end += (size_t)got;
	else if (got == 0 || (errno != EINTR && errno != EAGAIN))
		drop(&child->out);
	return RQ_OK;
}

static void keep_words(struct rq_child *child)
{
	ssize_t got = read(child->errors, child->words + child->words_size, WORDS_KEPT);

	if (got == 0 || (got < 0 && errno != EINTR && errno != EAGAIN))
		drop(&child->errors);
	if (got <= 0)
		return;
	child->words_size += (size_t)got;
	if (child->words_size > WORDS_KEPT) {
		memmove(child->words, child->words + child->words_size - WORDS_KEPT, WORDS_KEPT);
		child->words_size = WORDS_KEPT;
		child->words_cut = true;
	}
}

/* Whatever can be done now, or within so many milliseconds. */
static enum rq_status serve(struct rq_child *child, int milliseconds, struct rq_error *err)
{
	struct pollfd pipes[] = {
		{.fd = child->sent < child->unsent.size ? child->in : -1, .events = POLLOUT},
		{.fd = child->out, .events = POLLIN},
		{.fd = child->errors, .events = POLLIN},
	};

	if (poll(pipes, sizeof pipes / sizeof *pipes, milliseconds) <= 0)
		return RQ_OK; /* nothing yet, or a signal */
	if (pipes[0].revents != 0)
		send_some(child);
	if (pipes[2].revents != 0)
		keep_words(child);
	return pipes[1].revents != 0 ? receive(child, err) : RQ_OK;
}

enum rq_status rq_child_say(struct rq_child *child, const char *bytes, size_t size, struct rq_error *err)
{
	if (child->sent > child->unsent.size / 2) { /* whoever reads slowly never takes it all */
		child->unsent.size -= child->sent;
		memmove(child->unsent.data, child->unsent.data + child->sent, child->unsent.size);
		child->sent = 0;
	}
	rq_buf_add(&child->unsent, bytes, size);
	RQ_TRY(rq_buf_check(&child->unsent, err));
	send_some(child);
	return RQ_OK;
}

/* Takes the first whole line of what was received. */
static bool take_line(struct rq_line *line, struct rq_child *child)
{
	const char *end = child->end == child->scanned ? NULL : memchr(child->received + child->scanned, '\n', child->end - child->scanned);

	if (end == NULL) {
		child->scanned = child->end;
		return false;
	}
	*line = (struct rq_line){child->received + child->start, (size_t)(end - (child->received + child->start))};
	child->start = child->scanned = (size_t)(end + 1 - child->received);
	if (line->length > 0 && line->text[line->length - 1] == '\r')
		line->length--;
	return true;
}

enum rq_status rq_child_hear(enum rq_heard *heard, struct rq_line *line, struct rq_child *child, size_t most, uint64_t until_ns, struct rq_error *err)
{
	for (bool served = false;; served = true) {
		*heard = RQ_HEARD_LINE;
		bool whole = take_line(line, child);
		if ((whole ? line->length : child->end - child->start) > most)
			return rq_fail(err, RQ_E_DATA, "a line of more than %zu bytes", most);
		if (whole)
			return RQ_OK;
		*heard = RQ_HEARD_END;
		if (child->out < 0)
			return RQ_OK;
		*heard = RQ_HEARD_NOTHING;
		RQ_TRY(rq_cancel_check(err));
		uint64_t now = rq_clock_ns();
		if (served && now >= until_ns)
			return RQ_OK;
		uint64_t left = now >= until_ns ? 0 : (until_ns - now) / 1000000 + 1;
		RQ_TRY(serve(child, left < WAKE_MS ? (int)left : WAKE_MS, err));
	}
}

/* ---- ending ---- */

/* Is there only its exit status left? It keeps the group's number from being another's until that is read. */
static bool has_exited(const struct rq_child *child)
{
	siginfo_t info = {0};

	return waitid(P_PID, (id_t)child->pid, &info, WEXITED | WNOHANG | WNOWAIT) != 0 || info.si_pid != 0;
}

/* Waits until it has exited, and where `all`, until nobody holds its outputs either. They are read, or it might wait for that. */
static bool leaves(struct rq_child *child, double seconds, bool all)
{
	uint64_t until = rq_clock_ns() + (uint64_t)(seconds * 1e9);

	for (;;) {
		bool left = has_exited(child) && (!all || (child->out < 0 && child->errors < 0));
		if (left || rq_clock_ns() >= until)
			return left;
		(void)!serve(child, 5, NULL); /* without memory its output stays where it is, and SIGKILL follows */
	}
}

void rq_child_end(struct rq_child *child, double seconds)
{
	if (child->pid == 0)
		return;
	drop(&child->in);
	rq_buf_clear(&child->unsent);
	child->sent = 0;
	child->discards = true;
	child->forced = !leaves(child, rq_cancel_requested() && seconds > HURRIED ? HURRIED : seconds, false);
	kill(-child->pid, SIGTERM);
	leaves(child, AFTER_TERM, true);
	kill(-child->pid, SIGKILL);
	while (waitpid(child->pid, &child->status, 0) < 0 && errno == EINTR)
		;
	for (int i = 0; i < LAST_READS && child->errors >= 0 && poll(&(struct pollfd){.fd = child->errors, .events = POLLIN}, 1, 0) > 0; i++)
		keep_words(child); /* what the pipe still holds; who has left the group may go on for ever */
	register_group(child->pid, 0);
	child->pid = 0;
	drop(&child->out);
	drop(&child->errors);
}

/* Lines become " | ". */
void rq_child_words(struct rq_buf *out, const struct rq_child *child)
{
	char words[WORDS_KEPT + 1], shown[4 * WORDS_SHOWN + 1];
	RQ_CLEANUP(rq_buf_release) struct rq_buf joined = {0};
	size_t size = 0;

	for (size_t i = 0; i < child->words_size; i++) /* a NUL would end it */
		words[size++] = child->words[i] == '\0' ? ' ' : child->words[i];
	words[size] = '\0';
	rq_secret_hide(words); /* before it is cut: half a secret is none that could be recognised */
	size = strlen(words);
	size_t half = !child->words_cut ? 0 : rq_secret_longest() < size ? rq_secret_longest() : size;
	memmove(words, words + half, size - half + 1); /* such as the kept part may begin with */
	size -= half;
	while (size > 0 && strchr(" \t\r\n", words[size - 1]) != NULL)
		words[--size] = '\0';
	const char *at = size > WORDS_SHOWN ? words + size - WORDS_SHOWN : words;
	while (at > words && ((unsigned char)*at & 0xC0) == 0x80)
		at++;
	if (at > words)
		rq_buf_puts(&joined, "... ");
	for (at += strspn(at, " \t\r\n"); *at != '\0'; at += strspn(at, "\r\n")) {
		size_t length = strcspn(at, "\r\n");
		rq_buf_add(&joined, at, length);
		at += length;
		if (*at != '\0')
			rq_buf_puts(&joined, " | ");
	}
	if (joined.data == NULL || joined.failed) {
		rq_buf_puts(out, ", without a word on stderr");
		return;
	}
	rq_show_text(shown, sizeof shown, joined.data);
	rq_buf_printf(out, "; on stderr it said last: %s", shown);
}

bool rq_child_left_in_peace(const struct rq_child *child)
{
	return !child->forced && WIFEXITED(child->status) && WEXITSTATUS(child->status) == 0;
}

void rq_child_fate(struct rq_buf *out, const struct rq_child *child)
{
	if (child->forced)
		rq_buf_puts(out, "had to be ended");
	else if (WIFSIGNALED(child->status))
		rq_buf_printf(out, "was ended by signal %d (%s)", WTERMSIG(child->status), strsignal(WTERMSIG(child->status)));
	else
		rq_buf_printf(out, "ended with exit status %d", WEXITSTATUS(child->status));
	rq_child_words(out, child);
}

void rq_child_free(struct rq_child *child)
{
	if (child == NULL)
		return;
	rq_child_end(child, RQ_CHILD_PATIENCE);
	rq_buf_release(&child->unsent);
	free(child->received);
	free(child);
}
