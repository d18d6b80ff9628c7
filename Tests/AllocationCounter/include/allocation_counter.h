// Counts heap allocations of one thread, Bullet's apart from all others.
#ifndef ALLOCATION_COUNTER_H
#define ALLOCATION_COUNTER_H

// Starts counting this thread's allocations from zero.
void allocation_counter_start(void);

// Stops and tells how many were made: `bullet` by functions of Bullet's libraries, `own` by
// everything else. Bullet's array and allocation helpers and the C and C++ libraries count as what
// called them. `bytes` is what they hold more than was freed meanwhile.
void allocation_counter_stop(long *own, long *bullet, long *bytes);

#endif
