/* A recorder of what a disk is owed, preloaded into a process under test.
 *
 * SIGKILL ends a process but keeps the page cache, so it cannot show a missing
 * fsync. This library notes, for every file below POWER_CUT_WATCHED, which byte
 * ranges were written, and at each fsync or fdatasync appends those ranges and
 * the file's length to one log in POWER_CUT_SHADOW. Replaying the log
 * (power_cut.restore) gives the files as a power cut would leave them.
 *
 * What survives, in this model:
 *   - The content and length of a file as they were when a sync of it began.
 *     Whatever was only written is lost, all of it: a real disk may keep some.
 *   - The name of a file that was synced. POSIX asks for a sync of the directory
 *     too, but ext4, xfs and btrfs commit a new name with the file, and SQLite
 *     syncs the directory anyway.
 *   - An unlink only after a sync of the directory, a rename after a sync of the
 *     directory or of the renamed file. Until then the old name comes back.
 *   - Nothing of a file that was never synced (SQLite's -shm is one).
 * Pages are never torn and syncs are never reordered; SQLite's checksums are not
 * what is on trial here.
 *
 * Not seen: bytes written through stdio or io_uring, and syncs by O_SYNC, msync,
 * sync(2) or syncfs. Python and SQLite use none of them; a program that did would
 * be blamed for a loss that did not happen, never cleared of one that did.
 *
 * Files are known by device and inode, looked up on every write, so descriptors
 * that were duplicated, inherited or reused behind our back cannot mislead us.
 */

#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <limits.h>
#include <pthread.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/sendfile.h>
#include <sys/stat.h>
#include <sys/uio.h>
#include <unistd.h>

enum kind { LOADED = 1, WROTE = 2, SYNCED = 3, UNLINKED = 4, RENAMED = 5 };

/* The log: this header, then records. `committed` is moved last, in one small
 * write, so a process killed while appending leaves no half record behind. */
struct log_header {
    char magic[8];
    uint64_t committed;
};

/* Followed by name, other name, then per range {offset, size} and its bytes. */
struct record {
    uint32_t kind;
    uint32_t replaces; /* the file's former content does not show through */
    uint32_t name_size;
    uint32_t other_size;
    uint64_t length;
    uint64_t ranges;
};

static const char MAGIC[8] = "PWRCUT1\n";

struct range {
    uint64_t from, to;
};

struct file {
    dev_t device;
    ino_t inode;
    bool whole;  /* the next sync records every byte */
    bool mapped; /* written through memory: every sync records every byte */
    bool announced;
    int reader; /* ours, for programs that sync through a write-only descriptor */
    struct range *dirty;
    size_t count, room;
    struct file *next;
};

struct pending {
    char *name;
    char *to; /* NULL for an unlink */
    struct pending *next;
};

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static struct file *files;
static struct pending *pending;
static char watched[PATH_MAX];
static size_t watched_size;
static char log_path[PATH_MAX];

static void give_up(const char *what) {
    /* A recorder that missed something would blame the program under test. */
    fprintf(stderr, "power_cut: %s: %s\n", what, strerror(errno));
    abort();
}

static void *real(const char *name) {
    void *found = dlsym(RTLD_NEXT, name);
    if (!found) {
        errno = ENOSYS;
        give_up(name);
    }
    return found;
}

/* Looked up at the first call, which may come before our constructor runs. */
#define REAL(name)                                                             \
    static __typeof__(&name) real_##name;                                      \
    if (!real_##name)                                                          \
    real_##name = (__typeof__(&name))real(#name)

static void *obtained(void *memory) {
    if (!memory)
        give_up("memory");
    return memory;
}

/* ---- the log ---- */

static void put(int fd, const void *bytes, size_t size, uint64_t at) {
    static ssize_t (*write_at)(int, const void *, size_t, off64_t);
    if (!write_at)
        write_at = (__typeof__(write_at))real("pwrite64");
    for (size_t done = 0; done < size;) {
        ssize_t n = write_at(fd, (const char *)bytes + done, size - done,
                             (off64_t)(at + done));
        if (n < 0 && errno != EINTR)
            give_up("writing the log");
        if (n > 0)
            done += (size_t)n;
    }
}

/* Opened anew each time: a kept descriptor could be closed by the program. The
 * lock is the process's own, so death releases it even if a child lives on. */
static void append(const void *bytes, size_t size) {
    static int (*open_real)(const char *, int, ...);
    if (!open_real)
        open_real = (__typeof__(open_real))real("open64");
    int fd = open_real(log_path, O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    if (fd < 0)
        give_up(log_path);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    while (fcntl(fd, F_SETLKW, &whole) < 0)
        if (errno != EINTR)
            give_up("locking the log");
    struct log_header header;
    if (pread64(fd, &header, sizeof header, 0) != sizeof header) {
        memcpy(header.magic, MAGIC, sizeof MAGIC);
        header.committed = sizeof header;
    }
    put(fd, bytes, size, header.committed);
    header.committed += size;
    put(fd, &header, sizeof header, 0);
    close(fd);
}

static void note(enum kind kind, const char *name, const char *other) {
    size_t name_size = strlen(name), other_size = other ? strlen(other) : 0;
    char *bytes = obtained(malloc(sizeof(struct record) + name_size + other_size));
    struct record head = {.kind = kind,
                          .name_size = (uint32_t)name_size,
                          .other_size = (uint32_t)other_size};
    memcpy(bytes, &head, sizeof head);
    memcpy(bytes + sizeof head, name, name_size);
    if (other)
        memcpy(bytes + sizeof head + name_size, other, other_size);
    append(bytes, sizeof head + name_size + other_size);
    free(bytes);
}

static void before_fork(void) { pthread_mutex_lock(&lock); }
static void after_fork(void) { pthread_mutex_unlock(&lock); }

/* Names the parent changed are the parent's to settle, once. */
static void after_fork_in_child(void) {
    pending = NULL;
    pthread_mutex_unlock(&lock);
}

__attribute__((constructor)) static void start(void) {
    const char *where = getenv("POWER_CUT_WATCHED");
    const char *shadow = getenv("POWER_CUT_SHADOW");
    if (!where || !shadow)
        return;
    errno = ENAMETOOLONG;
    if (snprintf(log_path, sizeof log_path, "%s/log", shadow) >= PATH_MAX)
        give_up("POWER_CUT_SHADOW");
    if (!realpath(where, watched))
        give_up(where);
    watched_size = strlen(watched);
    pthread_atfork(before_fork, after_fork, after_fork_in_child);
    note(LOADED, program_invocation_short_name, NULL);
}

/* ---- names ---- */

/* The part of an absolute path below the watched directory ("" for itself). */
static const char *below(const char *path) {
    if (!watched_size || strncmp(path, watched, watched_size) != 0)
        return NULL;
    if (path[watched_size] == '/')
        return path + watched_size + 1;
    return path[watched_size] == '\0' ? path + watched_size : NULL;
}

static bool path_of(int fd, char path[PATH_MAX]) {
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    ssize_t n = readlink(link, path, PATH_MAX - 1);
    path[n < 0 ? 0 : n] = '\0';
    return n > 0;
}

/* Watched name of a path whose last part may not exist and is not followed. */
static const char *name_at(int dir, const char *path, char out[PATH_MAX]) {
    char full[2 * PATH_MAX], copy[2 * PATH_MAX], parent[PATH_MAX];
    if (path[0] == '/' || dir == AT_FDCWD) {
        snprintf(full, sizeof full, "%s", path);
    } else {
        if (!path_of(dir, parent))
            return NULL;
        snprintf(full, sizeof full, "%s/%s", parent, path);
    }
    strcpy(copy, full);
    if (!realpath(dirname(copy), parent))
        return NULL;
    strcpy(copy, full);
    if (snprintf(out, PATH_MAX, "%s/%s", parent, basename(copy)) >= PATH_MAX)
        return NULL;
    return below(out);
}

/* ---- what was written (all under the lock) ---- */

static struct file *known(const struct stat64 *st) {
    for (struct file *f = files; f; f = f->next)
        if (f->inode == st->st_ino && f->device == st->st_dev)
            return f;
    return NULL;
}

static void forget(const struct stat64 *st) {
    for (struct file **at = &files; *at; at = &(*at)->next) {
        struct file *f = *at;
        if (f->inode == st->st_ino && f->device == st->st_dev) {
            *at = f->next;
            free(f->dirty);
            free(f);
            return;
        }
    }
}

/* A file met for the first time may hold bytes an earlier process never synced;
 * its first sync owes the disk all of them. */
static struct file *meet(int fd, const struct stat64 *st) {
    struct file *f = known(st);
    char path[PATH_MAX];
    if (f || !path_of(fd, path) || !below(path))
        return f;
    f = obtained(calloc(1, sizeof *f));
    f->device = st->st_dev;
    f->inode = st->st_ino;
    f->whole = true;
    f->reader = -1;
    f->next = files;
    files = f;
    return f;
}

static bool regular(int fd, struct stat64 *st) {
    return watched_size && fstat64(fd, st) == 0 && S_ISREG(st->st_mode);
}

static void mark(struct file *f, uint64_t from, uint64_t to) {
    if (f->whole || from >= to)
        return;
    /* Absorb every range that touches the new one; order does not matter. */
    for (size_t i = 0; i < f->count;) {
        struct range *r = &f->dirty[i];
        if (r->from <= to && from <= r->to) {
            from = r->from < from ? r->from : from;
            to = r->to > to ? r->to : to;
            *r = f->dirty[--f->count];
            i = 0;
        } else {
            i++;
        }
    }
    if (f->count == f->room) {
        f->room = f->room ? 2 * f->room : 64;
        f->dirty = obtained(realloc(f->dirty, f->room * sizeof *f->dirty));
    }
    f->dirty[f->count++] = (struct range){from, to};
}

/* Serialises writes with syncs, so that a sync records one moment. Anything that
 * is not a watched regular file passes without the lock: a signal handler may be
 * writing to its wake-up pipe while this thread holds it. */
static struct file *begin_change(int fd, struct stat64 *before) {
    if (!regular(fd, before))
        return NULL;
    pthread_mutex_lock(&lock);
    struct file *f = meet(fd, before);
    if (!f)
        pthread_mutex_unlock(&lock);
    return f;
}

static void end_change(struct file *f, int fd, const struct stat64 *before,
                       uint64_t from, uint64_t to) {
    int kept = errno;
    struct stat64 after;
    if (fstat64(fd, &after) != 0)
        give_up("fstat");
    uint64_t was = (uint64_t)before->st_size, is = (uint64_t)after.st_size;
    mark(f, from, to);
    mark(f, was < is ? was : is, was < is ? is : was); /* grown, or cut */
    char path[PATH_MAX];
    if (!f->announced && path_of(fd, path) && below(path)) {
        note(WROTE, below(path), NULL);
        f->announced = true;
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
}

static uint64_t position(int fd, ssize_t moved) {
    off64_t now = lseek64(fd, 0, SEEK_CUR);
    return now < (off64_t)moved ? 0 : (uint64_t)(now - moved);
}

/* ---- names that changed, until a sync makes the change last ---- */

static void postpone(const char *name, const char *to) {
    struct pending *p = obtained(calloc(1, sizeof *p));
    p->name = obtained(strdup(name));
    p->to = to ? obtained(strdup(to)) : NULL;
    struct pending **end = &pending;
    while (*end)
        end = &(*end)->next;
    *end = p;
}

static bool directly_in(const char *directory, const char *name) {
    size_t size = strlen(directory);
    if (size == 0)
        return !strchr(name, '/');
    return strncmp(name, directory, size) == 0 && name[size] == '/' &&
           !strchr(name + size + 1, '/');
}

/* Names reach the disk in the order they changed, as in a journalled file
 * system: up to the last change that concerns the directory or the file. */
static void settle(const char *directory, const char *file) {
    struct pending *last = NULL;
    for (struct pending *p = pending; p; p = p->next)
        if (directory ? directly_in(directory, p->name) ||
                            (p->to && directly_in(directory, p->to))
                      : strcmp(p->to ? p->to : p->name, file) == 0)
            last = p;
    while (last) {
        struct pending *p = pending;
        note(p->to ? RENAMED : UNLINKED, p->name, p->to);
        pending = p->next;
        if (p == last)
            last = NULL;
        free(p->name);
        free(p->to);
        free(p);
    }
}

/* ---- sync ---- */

/* One record of what this sync promises, taken before the sync starts. */
static char *capture(struct file *f, int fd, const char *name, uint64_t length,
                     size_t *size) {
    struct range everything = {0, length};
    bool whole = f->whole || f->mapped;
    const struct range *ranges = whole ? &everything : f->dirty;
    size_t count = whole ? 1 : f->count, name_size = strlen(name);
    size_t room = sizeof(struct record) + name_size;
    for (size_t i = 0; i < count; i++)
        room += 2 * sizeof(uint64_t) + (size_t)(ranges[i].to - ranges[i].from);
    char *bytes = obtained(malloc(room)), *at = bytes + sizeof(struct record);
    struct record head = {.kind = SYNCED,
                          .replaces = whole,
                          .name_size = (uint32_t)name_size,
                          .length = length};
    memcpy(at, name, name_size);
    at += name_size;
    for (size_t i = 0; i < count; i++) {
        uint64_t from = ranges[i].from;
        uint64_t to = ranges[i].to < length ? ranges[i].to : length;
        if (from >= to)
            continue;
        uint64_t got = 0;
        char *body = at + 2 * sizeof(uint64_t);
        while (from + got < to) {
            ssize_t n = pread64(fd, body + got, to - from - got, (off64_t)(from + got));
            if (n < 0 && errno == EINTR)
                continue;
            if (n < 0)
                give_up("reading what was synced");
            if (n == 0)
                break; /* cut by another process meanwhile */
            got += (uint64_t)n;
        }
        memcpy(at, &from, sizeof from);
        memcpy(at + sizeof from, &got, sizeof got);
        at = body + got;
        head.ranges++;
    }
    memcpy(bytes, &head, sizeof head);
    *size = (size_t)(at - bytes);
    return bytes;
}

static int sync_directory(int fd, int (*sync_real)(int)) {
    char path[PATH_MAX];
    pthread_mutex_lock(&lock);
    int result = sync_real(fd), kept = errno;
    if (result == 0 && path_of(fd, path) && below(path))
        settle(below(path), NULL);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

/* A descriptor to read the file with. One of our own is never closed: closing any
 * descriptor of a file drops the process's POSIX locks on it, SQLite's included. */
static int readable(struct file *f, int fd) {
    static int (*open_real)(const char *, int, ...);
    if (!open_real)
        open_real = (__typeof__(open_real))real("open64");
    if ((fcntl(fd, F_GETFL) & O_ACCMODE) != O_WRONLY)
        return fd;
    struct stat64 st;
    if (f->reader >= 0 && fstat64(f->reader, &st) == 0 &&
        st.st_ino == f->inode && st.st_dev == f->device)
        return f->reader;
    char link[32];
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    f->reader = open_real(link, O_RDONLY | O_CLOEXEC);
    if (f->reader < 0)
        give_up("opening what was synced");
    return f->reader;
}

static int sync_file(int fd, int (*sync_real)(int)) {
    struct stat64 st;
    if (!watched_size || fstat64(fd, &st) != 0)
        return sync_real(fd);
    if (S_ISDIR(st.st_mode))
        return sync_directory(fd, sync_real);
    struct file *f = begin_change(fd, &st);
    if (!f)
        return sync_real(fd);
    char path[PATH_MAX];
    const char *name = path_of(fd, path) ? below(path) : NULL;
    /* Again, now that no write can come between. */
    if (!name || fstat64(fd, &st) != 0 || st.st_nlink == 0) {
        pthread_mutex_unlock(&lock);
        return sync_real(fd); /* unlinked: nothing of it will be found */
    }
    size_t size;
    char *bytes = capture(f, readable(f, fd), name, (uint64_t)st.st_size, &size);
    int result = sync_real(fd), kept = errno;
    if (result == 0) {
        settle(NULL, name);
        append(bytes, size);
        f->whole = false;
        f->count = 0;
    }
    free(bytes);
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int fsync(int fd) {
    REAL(fsync);
    return sync_file(fd, real_fsync);
}

int fdatasync(int fd) {
    REAL(fdatasync);
    return sync_file(fd, real_fdatasync);
}

/* ---- calls that change content ---- */

/* `from` is evaluated after the call, when the file's position has moved. */
#define CHANGING(fd, result_type, call, from)                                  \
    struct stat64 before;                                                      \
    struct file *f = begin_change(fd, &before);                                \
    result_type done = (call);                                                 \
    if (f) {                                                                   \
        uint64_t start_ = done > 0 ? (uint64_t)(from) : 0;                     \
        end_change(f, fd, &before, start_,                                     \
                   start_ + (done > 0 ? (uint64_t)done : 0));                  \
    }                                                                          \
    return done

ssize_t write(int fd, const void *bytes, size_t size) {
    REAL(write);
    CHANGING(fd, ssize_t, real_write(fd, bytes, size), position(fd, done));
}

ssize_t writev(int fd, const struct iovec *parts, int count) {
    REAL(writev);
    CHANGING(fd, ssize_t, real_writev(fd, parts, count), position(fd, done));
}

ssize_t pwrite(int fd, const void *bytes, size_t size, off_t at) {
    REAL(pwrite);
    CHANGING(fd, ssize_t, real_pwrite(fd, bytes, size, at), at);
}

ssize_t pwrite64(int fd, const void *bytes, size_t size, off64_t at) {
    REAL(pwrite64);
    CHANGING(fd, ssize_t, real_pwrite64(fd, bytes, size, at), at);
}

ssize_t pwritev(int fd, const struct iovec *parts, int count, off_t at) {
    REAL(pwritev);
    CHANGING(fd, ssize_t, real_pwritev(fd, parts, count, at), at);
}

ssize_t pwritev64(int fd, const struct iovec *parts, int count, off64_t at) {
    REAL(pwritev64);
    CHANGING(fd, ssize_t, real_pwritev64(fd, parts, count, at), at);
}

/* Python's os.pwritev comes this way; an offset of -1 is the position. */
ssize_t pwritev64v2(int fd, const struct iovec *parts, int count, off64_t at,
                    int flags) {
    REAL(pwritev64v2);
    CHANGING(fd, ssize_t, real_pwritev64v2(fd, parts, count, at, flags),
             at < 0 ? position(fd, done) : (uint64_t)at);
}

ssize_t pwritev2(int fd, const struct iovec *parts, int count, off_t at, int flags) {
    REAL(pwritev2);
    CHANGING(fd, ssize_t, real_pwritev2(fd, parts, count, at, flags),
             at < 0 ? position(fd, done) : (uint64_t)at);
}

ssize_t sendfile(int out, int in, off_t *at, size_t size) {
    REAL(sendfile);
    CHANGING(out, ssize_t, real_sendfile(out, in, at, size), position(out, done));
}

ssize_t sendfile64(int out, int in, off64_t *at, size_t size) {
    REAL(sendfile64);
    CHANGING(out, ssize_t, real_sendfile64(out, in, at, size), position(out, done));
}

ssize_t copy_file_range(int in, off64_t *from, int out, off64_t *to, size_t size,
                        unsigned flags) {
    REAL(copy_file_range);
    CHANGING(out, ssize_t, real_copy_file_range(in, from, out, to, size, flags),
             to ? (uint64_t)(*to - done) : position(out, done));
}

int ftruncate(int fd, off_t length) {
    REAL(ftruncate);
    CHANGING(fd, int, real_ftruncate(fd, length), 0);
}

int ftruncate64(int fd, off64_t length) {
    REAL(ftruncate64);
    CHANGING(fd, int, real_ftruncate64(fd, length), 0);
}

/* Allocation and punched holes may change any part: record the whole file. */
#define CHANGING_ANYWHERE(fd, call)                                            \
    struct stat64 before;                                                      \
    struct file *f = begin_change(fd, &before);                                \
    int done = (call);                                                         \
    if (f) {                                                                   \
        f->whole = true;                                                       \
        end_change(f, fd, &before, 0, 0);                                      \
    }                                                                          \
    return done

int fallocate(int fd, int mode, off_t at, off_t size) {
    REAL(fallocate);
    CHANGING_ANYWHERE(fd, real_fallocate(fd, mode, at, size));
}

int fallocate64(int fd, int mode, off64_t at, off64_t size) {
    REAL(fallocate64);
    CHANGING_ANYWHERE(fd, real_fallocate64(fd, mode, at, size));
}

int posix_fallocate(int fd, off_t at, off_t size) {
    REAL(posix_fallocate);
    CHANGING_ANYWHERE(fd, real_posix_fallocate(fd, at, size));
}

int posix_fallocate64(int fd, off64_t at, off64_t size) {
    REAL(posix_fallocate64);
    CHANGING_ANYWHERE(fd, real_posix_fallocate64(fd, at, size));
}

/* What is written through a mapping is never announced by a call. */
static void mapped(int fd, int protection, int flags) {
    struct stat64 st;
    if (fd < 0 || !(protection & PROT_WRITE) || (flags & MAP_TYPE) == MAP_PRIVATE)
        return;
    int kept = errno;
    struct file *f = begin_change(fd, &st);
    if (f) {
        f->mapped = true;
        pthread_mutex_unlock(&lock);
    }
    errno = kept;
}

void *mmap(void *at, size_t size, int protection, int flags, int fd, off_t from) {
    REAL(mmap);
    mapped(fd, protection, flags);
    return real_mmap(at, size, protection, flags, fd, from);
}

void *mmap64(void *at, size_t size, int protection, int flags, int fd, off64_t from) {
    REAL(mmap64);
    mapped(fd, protection, flags);
    return real_mmap64(at, size, protection, flags, fd, from);
}

/* ---- calls that change names, or cut by name ---- */

/* O_TRUNC empties a known file without a word to its descriptors. */
static int opened(int fd, int flags) {
    struct stat64 st;
    if (fd < 0 || !(flags & O_TRUNC))
        return fd;
    int kept = errno;
    struct file *f = begin_change(fd, &st);
    if (f) {
        f->whole = true;
        end_change(f, fd, &st, 0, 0);
    }
    errno = kept;
    return fd;
}

#define OPENING(name, parameters, ...)                                         \
    int name parameters {                                                      \
        REAL(name);                                                            \
        mode_t mode = 0;                                                       \
        if (flags & O_CREAT || (flags & O_TMPFILE) == O_TMPFILE) {             \
            va_list rest;                                                      \
            va_start(rest, flags);                                             \
            mode = (mode_t)va_arg(rest, int);                                  \
            va_end(rest);                                                      \
        }                                                                      \
        return opened(real_##name(__VA_ARGS__, flags, mode), flags);           \
    }

OPENING(open, (const char *path, int flags, ...), path)
OPENING(open64, (const char *path, int flags, ...), path)
OPENING(openat, (int dir, const char *path, int flags, ...), dir, path)
OPENING(openat64, (int dir, const char *path, int flags, ...), dir, path)

/* What open becomes in programs compiled with _FORTIFY_SOURCE. */
int __open_2(const char *path, int flags);
int __open64_2(const char *path, int flags);
int __openat_2(int dir, const char *path, int flags);
int __openat64_2(int dir, const char *path, int flags);

int __open_2(const char *path, int flags) { return open(path, flags); }
int __open64_2(const char *path, int flags) { return open64(path, flags); }
int __openat_2(int dir, const char *path, int flags) {
    return openat(dir, path, flags);
}
int __openat64_2(int dir, const char *path, int flags) {
    return openat64(dir, path, flags);
}

int creat(const char *path, mode_t mode) {
    return open(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

int creat64(const char *path, mode_t mode) {
    return open64(path, O_CREAT | O_WRONLY | O_TRUNC, mode);
}

static int cut_by_name(const char *path, int (*cut)(const char *, off64_t),
                       off64_t length) {
    struct stat64 st;
    pthread_mutex_lock(&lock);
    int result = cut(path, length), kept = errno;
    struct file *f = result == 0 && stat64(path, &st) == 0 ? known(&st) : NULL;
    if (f)
        f->whole = true;
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int truncate64(const char *path, off64_t length) {
    REAL(truncate64);
    return cut_by_name(path, real_truncate64, length);
}

int truncate(const char *path, off_t length) { return truncate64(path, length); }

static int unlinked(int dir, const char *path, int flags,
                    int (*unlink_real)(int, const char *, int)) {
    char full[PATH_MAX];
    struct stat64 st;
    const char *name = watched_size ? name_at(dir, path, full) : NULL;
    if (!name || (flags & AT_REMOVEDIR))
        return unlink_real(dir, path, flags);
    pthread_mutex_lock(&lock);
    bool there = lstat64(full, &st) == 0;
    int result = unlink_real(dir, path, flags), kept = errno;
    if (result == 0 && there) {
        forget(&st);
        postpone(name, NULL);
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int unlinkat(int dir, const char *path, int flags) {
    REAL(unlinkat);
    return unlinked(dir, path, flags, real_unlinkat);
}

int unlink(const char *path) { return unlinkat(AT_FDCWD, path, 0); }

int renameat2(int from_dir, const char *from, int to_dir, const char *to,
              unsigned flags) {
    REAL(renameat2);
    char from_full[PATH_MAX], to_full[PATH_MAX];
    struct stat64 replaced;
    const char *old = watched_size ? name_at(from_dir, from, from_full) : NULL;
    const char *new = watched_size ? name_at(to_dir, to, to_full) : NULL;
    if (!old && !new)
        return real_renameat2(from_dir, from, to_dir, to, flags);
    pthread_mutex_lock(&lock);
    bool over = new && lstat64(to_full, &replaced) == 0;
    int result = real_renameat2(from_dir, from, to_dir, to, flags), kept = errno;
    if (result == 0) {
        if (over)
            forget(&replaced);
        if (old && new)
            postpone(old, new);
        else
            postpone(old ? old : new, NULL); /* left, or came over a file of ours */
    }
    pthread_mutex_unlock(&lock);
    errno = kept;
    return result;
}

int renameat(int from_dir, const char *from, int to_dir, const char *to) {
    return renameat2(from_dir, from, to_dir, to, 0);
}

int rename(const char *from, const char *to) {
    return renameat2(AT_FDCWD, from, AT_FDCWD, to, 0);
}
