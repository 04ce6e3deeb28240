/* Makes every fsync and fdatasync of a process take BENCH_FSYNC_US longer, as on a disk that is no memory,
 * and counts them in the first eight bytes of the file BENCH_FSYNC_COUNT. Loaded with LD_PRELOAD. */

#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

static unsigned long *count;
static useconds_t pause_us;
static int (*real_fsync)(int);
static int (*real_fdatasync)(int);

__attribute__((constructor)) static void prepare(void)
{
    const char *path = getenv("BENCH_FSYNC_COUNT");
    const char *us = getenv("BENCH_FSYNC_US");
    int file = path ? open(path, O_RDWR) : -1;

    real_fsync = (int (*)(int))dlsym(RTLD_NEXT, "fsync");
    real_fdatasync = (int (*)(int))dlsym(RTLD_NEXT, "fdatasync");
    pause_us = us ? (useconds_t)atoi(us) : 0;
    if (file >= 0) {
        void *shared = mmap(NULL, sizeof *count, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
        count = shared == MAP_FAILED ? NULL : shared;
        close(file);
    }
}

static void be_slow(void)
{
    if (count)
        __atomic_add_fetch(count, 1, __ATOMIC_RELAXED);
    if (pause_us)
        usleep(pause_us);
}

int fsync(int file)
{
    be_slow();
    return real_fsync(file);
}

int fdatasync(int file)
{
    be_slow();
    return real_fdatasync(file);
}
