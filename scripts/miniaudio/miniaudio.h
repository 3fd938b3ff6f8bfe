/* A stand-in for miniaudio, on the include path when Ollama is built for the tests.
 *
 * `go install` gets Ollama's Go module, which leaves this header out. llama.cpp's multimodal part wants it to decode
 * audio files; we send none, so every call answers that it failed. Only the names that it uses are here.
 */
#pragma once

#include <stddef.h>
#include <stdint.h>

typedef uint64_t ma_uint64;
typedef int ma_result;
#define MA_SUCCESS 0
#define MA_NOT_IMPLEMENTED (-29)

typedef enum { ma_format_f32 = 5 } ma_format;
typedef struct { int unused; } ma_decoder_config;
typedef struct { int unused; } ma_decoder;

static inline ma_decoder_config ma_decoder_config_init(ma_format format, uint32_t channels, uint32_t rate) {
    ma_decoder_config config = {0};
    (void)format, (void)channels, (void)rate;
    return config;
}

static inline ma_result ma_decoder_init_memory(const void *data, size_t size, const ma_decoder_config *config,
                                               ma_decoder *decoder) {
    (void)data, (void)size, (void)config, (void)decoder;
    return MA_NOT_IMPLEMENTED;
}

static inline ma_result ma_decoder_get_length_in_pcm_frames(ma_decoder *decoder, ma_uint64 *length) {
    (void)decoder, (void)length;
    return MA_NOT_IMPLEMENTED;
}

static inline ma_result ma_decoder_read_pcm_frames(ma_decoder *decoder, void *out, ma_uint64 count,
                                                   ma_uint64 *read) {
    (void)decoder, (void)out, (void)count, (void)read;
    return MA_NOT_IMPLEMENTED;
}

static inline ma_result ma_decoder_uninit(ma_decoder *decoder) {
    (void)decoder;
    return MA_NOT_IMPLEMENTED;
}
