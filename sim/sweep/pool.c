#include "sim/sweep/pool.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "sim/sweep/point.h"

enum { READ_BYTES = 65536 };

typedef struct worker {
    pid_t process;
    int input, output; /* of the worker, as seen from here: written and read */
    bool busy;
    uint64_t point;
    fl_text line; /* what it has sent and nobody has handled */
    size_t taken; /* bytes at its start that were reported and are to be dropped */
} worker;

struct fl_pool {
    const fl_sweep *sweep;
    worker *workers;
    size_t count,
        next; /* next: where the search for something to report goes on, so that all get their turn */
    struct pollfd *polls;
    char death[96];
};

/* --- inside a worker
 * ------------------------------------------------------------------------------------------ */

static volatile int worker_interrupted;

static bool send_all(int file, const char *bytes, size_t size)
{
    while (size > 0) {
        ssize_t written = write(file, bytes, size);
        if (written < 0 && errno == EINTR) continue;
        if (written <= 0) return false;
        bytes += written;
        size -= (size_t)written;
    }
    return true;
}

static bool receive(int file, void *bytes, size_t size)
{
    ssize_t got;
    do got = read(file, bytes, size);
    while (got < 0 && errno == EINTR);
    return got == (ssize_t)size;
}

/* Pipes carry messages below PIPE_BUF whole: a point's number, an answer byte, "?" and a hash. */
static bool serve_point(const fl_sweep *sweep, uint64_t index, fl_point_cache *cache, int input, int output)
{
    fl_point point;
    char question[FL_HASH_TEXT + 2], answer;
    fl_point_open(&point, sweep, index, cache);
    snprintf(question, sizeof question, "?%s\n", point.hash);
    bool ok = send_all(output, question, strlen(question)) && receive(input, &answer, 1);
    point.known = ok && answer == 'k';
    if (ok && !point.known) ok = fl_point_simulate(&point, &worker_interrupted);
    fl_text line = {0};
    if (ok) fl_point_record(&point, &line);
    ok = ok && !line.failed && send_all(output, line.bytes, line.size);
    fl_text_free(&line);
    fl_point_close(&point);
    return ok;
}

static void serve(const fl_sweep *sweep, int input, int output)
{
    uint64_t index;
    fl_point_cache cache = {0};
    while (receive(input, &index, sizeof index))
        if (!serve_point(sweep, index, &cache, input, output)) break;
    fl_point_cache_free(&cache);
}

/* --- starting and ending
 * ---------------------------------------------------------------------------------------- */

static void close_ends(worker *w)
{
    if (w->input >= 0) close(w->input);
    if (w->output >= 0) close(w->output);
    w->input = w->output = -1;
}

/* In the child: nothing of the other workers stays open, or they would not notice the parent's end. */
static _Noreturn void become_worker(const fl_pool *pool, int input, int output, pid_t parent)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    if (getppid() != parent) _exit(0);
    signal(SIGINT, SIG_IGN); /* the parent decides what an interrupt ends */
    signal(SIGTERM, SIG_DFL);
    signal(SIGPIPE, SIG_IGN);
    for (size_t i = 0; i < pool->count; i++) close_ends(&pool->workers[i]);
    serve(pool->sweep, input, output);
    _exit(0);
}

static fl_status start(fl_pool *pool, worker *w, fl_error *error)
{
    int to[2], from[2];
    if (pipe2(to, O_CLOEXEC) != 0) return fl_fail(error, FL_BAD_INPUT, NULL, "pipe: %s", strerror(errno));
    if (pipe2(from, O_CLOEXEC) != 0) {
        close(to[0]);
        close(to[1]);
        return fl_fail(error, FL_BAD_INPUT, NULL, "pipe: %s", strerror(errno));
    }
    pid_t parent = getpid(), process = fork();
    if (process == 0) {
        close(to[1]);
        close(from[0]);
        become_worker(pool, to[0], from[1], parent);
    }
    int code = errno;
    close(to[0]);
    close(from[1]);
    *w = (worker){.process = process, .input = to[1], .output = from[0], .line = w->line};
    w->line.size = 0;
    if (process < 0) {
        close_ends(w);
        return fl_fail(error, FL_BAD_INPUT, NULL, "fork: %s", strerror(code));
    }
    fcntl(w->output, F_SETFL, O_NONBLOCK);
    return FL_OK;
}

static int end(worker *w, int signal_number)
{
    int status = 0;
    close_ends(w);
    if (w->process <= 0) return 0;
    if (signal_number != 0) kill(w->process, signal_number);
    while (waitpid(w->process, &status, 0) < 0 && errno == EINTR) continue;
    w->process = 0;
    return status;
}

fl_status fl_pool_new(const fl_sweep *sweep, size_t workers, fl_pool **made, fl_error *error)
{
    fl_pool *pool = calloc(1, sizeof *pool);
    *made = pool;
    if (pool == NULL) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    signal(SIGPIPE, SIG_IGN);
    pool->sweep = sweep;
    pool->workers = calloc(workers, sizeof *pool->workers);
    pool->polls = calloc(workers, sizeof *pool->polls);
    fl_status status = pool->workers == NULL || pool->polls == NULL
                           ? fl_fail(error, FL_BAD_INPUT, NULL, "out of memory")
                           : FL_OK;
    for (size_t i = 0; i < workers && status == FL_OK; i++) {
        status = start(pool, &pool->workers[i], error);
        pool->count = i + 1;
    }
    if (status == FL_OK) return FL_OK;
    fl_pool_free(pool);
    *made = NULL;
    return status;
}

void fl_pool_free(fl_pool *pool)
{
    if (pool == NULL) return;
    for (size_t i = 0; i < pool->count; i++) {
        end(&pool->workers[i], SIGKILL);
        fl_text_free(&pool->workers[i].line);
    }
    free(pool->workers);
    free(pool->polls);
    free(pool);
}

/* --- talking to workers
 * ------------------------------------------------------------------------------------------- */

bool fl_pool_start(fl_pool *pool, uint64_t point)
{
    for (size_t i = 0; i < pool->count; i++) {
        worker *w = &pool->workers[i];
        if (w->busy) continue;
        w->busy = true;
        w->point = point;
        send_all(w->input, (const char *)&point, sizeof point); /* a dead worker is noticed when it is read */
        return true;
    }
    return false;
}

void fl_pool_answer(fl_pool *pool, size_t index, bool known)
{
    send_all(pool->workers[index].input, known ? "k" : "r", 1);
}

size_t fl_pool_busy(const fl_pool *pool)
{
    size_t busy = 0;
    for (size_t i = 0; i < pool->count; i++) busy += pool->workers[i].busy;
    return busy;
}

static void drop_taken(worker *w)
{
    if (w->taken == 0) return;
    w->line.size -= w->taken;
    memmove(w->line.bytes, w->line.bytes + w->taken, w->line.size);
    w->taken = 0;
}

/* A whole line that came from a worker, if there is one. */
static bool take_line(fl_pool *pool, size_t index, fl_pool_report *report)
{
    worker *w = &pool->workers[index];
    drop_taken(w);
    char *stop = w->line.size == 0 ? NULL : memchr(w->line.bytes, '\n', w->line.size);
    if (stop == NULL) return false;
    w->taken = (size_t)(stop - w->line.bytes) + 1;
    *report = (fl_pool_report){.worker = index, .point = w->point, .text = w->line.bytes, .size = w->taken};
    if (w->line.bytes[0] == '?') {
        *stop = '\0';
        report->event = FL_POOL_ASKS;
        report->text++;
        report->size -= 2;
    } else {
        report->event = FL_POOL_RECORD;
        w->busy = false;
    }
    return true;
}

static void describe_death(int status, char *text, size_t size)
{
    if (WIFSIGNALED(status))
        snprintf(text, size, "the worker was ended by signal %d (%s)", WTERMSIG(status),
                 strsignal(WTERMSIG(status)));
    else
        snprintf(text, size, "the worker ended with exit status %d", WEXITSTATUS(status));
}

/* Reads what has come; a worker at its end is replaced, and reported when it had a point. */
static fl_status read_worker(fl_pool *pool, size_t index, fl_pool_report *report, bool *reported,
                             fl_error *error)
{
    worker *w = &pool->workers[index];
    char bytes[READ_BYTES];
    ssize_t got = read(w->output, bytes, sizeof bytes);
    if (got > 0) fl_text_append(&w->line, bytes, (size_t)got);
    if (w->line.failed) return fl_fail(error, FL_BAD_INPUT, NULL, "out of memory");
    if (got > 0 || (got < 0 && (errno == EAGAIN || errno == EINTR))) return FL_OK;
    bool busy = w->busy;
    uint64_t point = w->point;
    describe_death(end(w, 0), pool->death, sizeof pool->death);
    fl_status status = start(pool, w, error);
    *reported = status == FL_OK && busy;
    if (*reported)
        *report = (fl_pool_report){.event = FL_POOL_DIED,
                                   .worker = index,
                                   .point = point,
                                   .text = pool->death,
                                   .size = strlen(pool->death)};
    return status;
}

fl_status fl_pool_wait(fl_pool *pool, int milliseconds, fl_pool_report *report, fl_error *error)
{
    *report = (fl_pool_report){.event = FL_POOL_IDLE};
    for (size_t turn = 0; turn < pool->count; turn++) {
        pool->next = (pool->next + 1) % pool->count;
        if (take_line(pool, pool->next, report)) return FL_OK;
    }
    for (size_t i = 0; i < pool->count; i++)
        pool->polls[i] = (struct pollfd){.fd = pool->workers[i].output, .events = POLLIN};
    if (poll(pool->polls, pool->count, milliseconds) <= 0)
        return FL_OK; /* a signal is as good as a timeout */
    bool reported = false;
    fl_status status = FL_OK;
    for (size_t i = 0; i < pool->count && !reported && status == FL_OK; i++)
        if (pool->polls[i].revents != 0) status = read_worker(pool, i, report, &reported, error);
    for (size_t i = 0; i < pool->count && !reported && status == FL_OK; i++)
        reported = take_line(pool, i, report);
    return status;
}
