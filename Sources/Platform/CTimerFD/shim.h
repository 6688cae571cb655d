#pragma once
// Swift's Glibc module leaves this header out. Delete the target when it no longer does.
#include <sys/timerfd.h>
