# What Viva changes in whisper.cpp while it is built (docs/adr/0044). Cargo names this file to its build in
# .cargo/config.toml; the sources it touches are the build's own copy in target/.
#
# Every change names the text it replaces and stops the build where that is not found, so that a new whisper.cpp
# is looked at and not silently left as it is.

function(viva_replace file old new)
  set(path "${CMAKE_SOURCE_DIR}/ggml/${file}")
  file(READ "${path}" text)
  string(FIND "${text}" "${new}" done)
  if(NOT done EQUAL -1)
    return()
  endif()
  string(FIND "${text}" "${old}" found)
  if(found EQUAL -1)
    message(FATAL_ERROR "engine/speech/whisper.cmake: ${path} has changed; see whether this is still needed:\n${old}")
  endif()
  string(REPLACE "${old}" "${new}" text "${text}")
  file(WRITE "${path}" "${text}")
endfunction()

# The matrix unit of newer Xeons takes weights whose rows are multiples of 2048, though its kernels for 8 and 16 bits work in
# steps of 32. Whisper's rows are 384, 512 and more.
viva_replace(src/ggml-cpu/amx/amx.cpp
  [[op->src[0]->ne[0] % (TILE_K * 2 * 32) == 0 &&]]
  [[(op->src[0]->ne[0] % (TILE_K * 2 * 32) == 0 || (op->src[0]->ne[0] % TILE_K == 0 &&
                (op->src[0]->type == GGML_TYPE_Q8_0 || op->src[0]->type == GGML_TYPE_F16))) &&]])

# Threads that wait for each other spin for ever, also while another program has their core. Linux is asked to wake them.
viva_replace(src/ggml-cpu/ggml-cpu.c
  [[// Helpers for polling loops
]]
  [[#if defined(__linux__)
#include <limits.h>
#include <linux/futex.h>
#include <sys/syscall.h>
#include <unistd.h>
#define VIVA_WAKE(word) syscall(SYS_futex, word, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0)
#define VIVA_WAIT(word, value) syscall(SYS_futex, word, FUTEX_WAIT_PRIVATE, value, NULL, NULL, 0)
#else
#define VIVA_WAKE(word)
#define VIVA_WAIT(word, value) ggml_thread_cpu_relax()
#endif
// Helpers for polling loops
]])
viva_replace(src/ggml-cpu/ggml-cpu.c
  [[        atomic_fetch_add_explicit(&tp->n_barrier_passed, 1, memory_order_seq_cst);
        return;]]
  [[        atomic_fetch_add_explicit(&tp->n_barrier_passed, 1, memory_order_seq_cst);
        VIVA_WAKE(&tp->n_barrier_passed);
        return;]])
viva_replace(src/ggml-cpu/ggml-cpu.c
  [[    while (atomic_load_explicit(&tp->n_barrier_passed, memory_order_relaxed) == n_passed) {
        ggml_thread_cpu_relax();
    }]]
  [[    for (int round = 0; atomic_load_explicit(&tp->n_barrier_passed, memory_order_relaxed) == n_passed; round++) {
        if (round < 1000) {
            ggml_thread_cpu_relax();
        } else {
            VIVA_WAIT(&tp->n_barrier_passed, n_passed);
        }
    }]])

# The alignment that gives word times computes on this many threads, whatever it is told; most of it is done by one.
viva_replace(include/ggml.h
  [[#define GGML_DEFAULT_N_THREADS  4]]
  [[#define GGML_DEFAULT_N_THREADS  1]])
