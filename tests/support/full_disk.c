/* A disk that is full as long as a flag file exists, preloaded into a process under test.
 *
 * FULL_DISK_FLAG names the file. While it is there, writing to any file of the database (its name contains
 * ".sqlite") fails with ENOSPC, as it does when nothing is left on the medium. Overwriting fails too: a
 * copy-on-write file system is full in that way, and for SQLite's log there is little difference.
 */

#define _GNU_SOURCE
#define _LARGEFILE64_SOURCE
#include <dlfcn.h>
#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static bool is_full(int fd)
{
    const char *flag = getenv("FULL_DISK_FLAG");
    char link[64], name[PATH_MAX];
    ssize_t length;

    if (flag == NULL || access(flag, F_OK) != 0)
        return false;
    snprintf(link, sizeof link, "/proc/self/fd/%d", fd);
    length = readlink(link, name, sizeof name - 1);
    if (length < 0)
        return false;
    name[length] = '\0';
    return strstr(name, ".sqlite") != NULL;
}

#define WHEN_FULL(fd)       \
    if (is_full(fd)) {      \
        errno = ENOSPC;     \
        return -1;          \
    }

ssize_t write(int fd, const void *from, size_t count)
{
    static ssize_t (*real)(int, const void *, size_t);
    WHEN_FULL(fd)
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "write");
    return real(fd, from, count);
}

ssize_t pwrite(int fd, const void *from, size_t count, off_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off_t);
    WHEN_FULL(fd)
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite");
    return real(fd, from, count, at);
}

ssize_t pwrite64(int fd, const void *from, size_t count, off64_t at)
{
    static ssize_t (*real)(int, const void *, size_t, off64_t);
    WHEN_FULL(fd)
    if (real == NULL)
        *(void **)&real = dlsym(RTLD_NEXT, "pwrite64");
    return real(fd, from, count, at);
}
