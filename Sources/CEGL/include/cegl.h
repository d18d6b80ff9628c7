#pragma once

// EGL and OpenGL without headers or link-time libraries: libEGL is opened at run time, so a machine
// without it gets a status to explain instead of a loader error. Every GL function comes from
// eglGetProcAddress. Nothing here prints, aborts, reads the environment or keeps global state.

#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#pragma clang assume_nonnull begin

/// What went wrong, or CEGL_OK.
typedef enum {
  CEGL_OK = 0,
  /// libEGL.so.1 cannot be opened; `detail` is the loader's message.
  CEGL_NO_LIBRARY = 1,
  /// A function is missing; `detail` names it.
  CEGL_NO_FUNCTION = 2,
  /// There is no device with this index; `detail` says how many there are.
  CEGL_NO_DEVICE = 3,
  /// The device's display cannot be opened or initialised.
  CEGL_NO_DISPLAY = 4,
  /// An EGL extension is missing; `detail` names it.
  CEGL_NO_EXTENSION = 5,
  /// No configuration draws desktop OpenGL.
  CEGL_NO_CONFIG = 6,
  /// No OpenGL 3.3 core context can be created.
  CEGL_NO_CONTEXT = 7,
  /// The context cannot be made current on this thread.
  CEGL_NOT_CURRENT = 8,
  /// Memory is exhausted.
  CEGL_NO_MEMORY = 9,
} cegl_status;

/// A failure in words a person can act on.
typedef struct {
  /// `eglGetError()` after the failing call, 0 when EGL was not asked.
  int32_t egl_error;
  /// What was tried and what was found, NUL-terminated.
  char detail[256];
} cegl_failure;

/// One EGL device, as far as it can be described without a context.
typedef struct {
  /// CUDA's index of the same GPU, -1 when it has none.
  int32_t cuda_index;
  /// 1 for Mesa's software device.
  int32_t is_software;
  /// `/dev/dri/...`, empty when there is none.
  char drm_file[64];
} cegl_device;

typedef struct cegl_library cegl_library;
typedef struct cegl_context cegl_context;

// Every OpenGL function the renderer calls: F(result, name, arguments).
#define CEGL_FUNCTIONS(F)                                                                         \
  F(uint32_t, GetError, (void))                                                                   \
  F(const uint8_t *_Nullable, GetString, (uint32_t name))                                         \
  F(const uint8_t *_Nullable, GetStringi, (uint32_t name, uint32_t index))                        \
  F(void, GetIntegerv, (uint32_t name, int32_t * values))                                         \
  F(void, Enable, (uint32_t capability))                                                          \
  F(void, Disable, (uint32_t capability))                                                         \
  F(void, DepthFunc, (uint32_t function))                                                         \
  F(void, CullFace, (uint32_t face))                                                              \
  F(void, ClipControl, (uint32_t origin, uint32_t depth))                                         \
  F(void, Viewport, (int32_t x, int32_t y, int32_t width, int32_t height))                        \
  F(void, ClearColor, (float red, float green, float blue, float alpha))                          \
  F(void, Clear, (uint32_t mask))                                                                 \
  F(void, DepthMask, (uint8_t enabled))                                                           \
  F(void, BlendFunc, (uint32_t source, uint32_t destination))                                     \
  F(void, GenBuffers, (int32_t count, uint32_t * names))                                          \
  F(void, BindBuffer, (uint32_t target, uint32_t name))                                           \
  F(void, BufferData,                                                                             \
    (uint32_t target, intptr_t size, const void *_Nullable data, uint32_t usage))                 \
  F(void, GenVertexArrays, (int32_t count, uint32_t * names))                                     \
  F(void, DeleteVertexArrays, (int32_t count, const uint32_t *names))                             \
  F(void, BindVertexArray, (uint32_t name))                                                       \
  F(void, EnableVertexAttribArray, (uint32_t index))                                              \
  F(void, VertexAttribPointer,                                                                    \
    (uint32_t index, int32_t size, uint32_t type, uint8_t normalized, int32_t stride,             \
     const void *_Nullable offset))                                                               \
  F(void, GenTextures, (int32_t count, uint32_t * names))                                         \
  F(void, DeleteTextures, (int32_t count, const uint32_t *names))                                 \
  F(void, ActiveTexture, (uint32_t unit))                                                         \
  F(void, BindTexture, (uint32_t target, uint32_t name))                                          \
  F(void, PixelStorei, (uint32_t name, int32_t value))                                            \
  F(void, TexImage2D,                                                                             \
    (uint32_t target, int32_t level, int32_t internal_format, int32_t width, int32_t height,      \
     int32_t border, uint32_t format, uint32_t type, const void *_Nullable pixels))               \
  F(void, TexParameteri, (uint32_t target, uint32_t name, int32_t value))                         \
  F(void, TexParameterfv, (uint32_t target, uint32_t name, const float *values))                  \
  F(void, GenerateMipmap, (uint32_t target))                                                      \
  F(void, GenFramebuffers, (int32_t count, uint32_t * names))                                     \
  F(void, DeleteFramebuffers, (int32_t count, const uint32_t *names))                             \
  F(void, BindFramebuffer, (uint32_t target, uint32_t name))                                      \
  F(void, FramebufferTexture2D,                                                                   \
    (uint32_t target, uint32_t attachment, uint32_t texture_target, uint32_t texture,             \
     int32_t level))                                                                              \
  F(void, FramebufferRenderbuffer,                                                                \
    (uint32_t target, uint32_t attachment, uint32_t renderbuffer_target, uint32_t renderbuffer))  \
  F(uint32_t, CheckFramebufferStatus, (uint32_t target))                                          \
  F(void, DrawBuffer, (uint32_t buffer))                                                          \
  F(void, ReadBuffer, (uint32_t buffer))                                                          \
  F(void, GenRenderbuffers, (int32_t count, uint32_t * names))                                    \
  F(void, DeleteRenderbuffers, (int32_t count, const uint32_t *names))                            \
  F(void, BindRenderbuffer, (uint32_t target, uint32_t name))                                     \
  F(void, RenderbufferStorage, (uint32_t target, uint32_t format, int32_t width, int32_t height)) \
  F(uint32_t, CreateShader, (uint32_t kind))                                                      \
  F(void, DeleteShader, (uint32_t name))                                                          \
  F(void, ShaderSource,                                                                           \
    (uint32_t name, int32_t count, const char *_Nonnull const *_Nonnull strings,                  \
     const int32_t *_Nullable lengths))                                                           \
  F(void, CompileShader, (uint32_t name))                                                         \
  F(void, GetShaderiv, (uint32_t name, uint32_t parameter, int32_t * value))                      \
  F(void, GetShaderInfoLog,                                                                       \
    (uint32_t name, int32_t capacity, int32_t *_Nullable length, char *log))                      \
  F(uint32_t, CreateProgram, (void))                                                              \
  F(void, DeleteProgram, (uint32_t name))                                                         \
  F(void, AttachShader, (uint32_t program, uint32_t shader))                                      \
  F(void, LinkProgram, (uint32_t name))                                                           \
  F(void, GetProgramiv, (uint32_t name, uint32_t parameter, int32_t * value))                     \
  F(void, GetProgramInfoLog,                                                                      \
    (uint32_t name, int32_t capacity, int32_t *_Nullable length, char *log))                      \
  F(void, UseProgram, (uint32_t name))                                                            \
  F(int32_t, GetUniformLocation, (uint32_t program, const char *name))                            \
  F(void, Uniform1i, (int32_t location, int32_t x))                                               \
  F(void, Uniform2f, (int32_t location, float x, float y))                                        \
  F(void, Uniform3f, (int32_t location, float x, float y, float z))                               \
  F(void, Uniform4f, (int32_t location, float x, float y, float z, float w))                      \
  F(void, UniformMatrix4fv,                                                                       \
    (int32_t location, int32_t count, uint8_t transpose, const float *values))                    \
  F(void, DrawElements,                                                                           \
    (uint32_t mode, int32_t count, uint32_t type, const void *_Nullable offset))                  \
  F(void, ReadPixels,                                                                             \
    (int32_t x, int32_t y, int32_t width, int32_t height, uint32_t format, uint32_t type,         \
     void *_Nullable pixels))                                                                     \
  F(void, Finish, (void))

/// The OpenGL functions under their own names without the `gl` prefix.
typedef struct {
#define CEGL_FIELD(result, name, arguments) result(*_Nonnull name) arguments;
  CEGL_FUNCTIONS(CEGL_FIELD)
#undef CEGL_FIELD
} cegl_functions;

/// Opens libEGL. The caller owns `*library` and closes it after the last context is destroyed.
cegl_status cegl_library_open(
    cegl_library *_Nullable *_Nonnull library, cegl_failure *failure);

/// Closes the library; null is ignored. Displays stay initialised: other users may share them.
void cegl_library_close(cegl_library *_Nullable library);

/// Counts the devices; a libEGL without device enumeration has one, its default display.
cegl_status cegl_device_count(
    const cegl_library *library, int32_t *count, cegl_failure *failure);

/// Describes device `index` without opening it.
cegl_status cegl_device_describe(
    const cegl_library *library, int32_t index, cegl_device *device, cegl_failure *failure);

/// Creates an OpenGL 3.3 (or later) core context without a surface on device `index`, sharing
/// objects with `share` when given, and makes it current on the calling thread. The caller owns
/// `*context`; it keeps `library` in use but does not own it.
cegl_status cegl_context_create(
    const cegl_library *library, int32_t index, const cegl_context *_Nullable share,
    cegl_context *_Nullable *_Nonnull context, cegl_failure *failure);

/// Makes the context current on the calling thread; it must not be current on another.
cegl_status cegl_context_make_current(const cegl_context *context, cegl_failure *failure);

/// Leaves the calling thread without a context.
void cegl_context_release(const cegl_context *context);

/// The context's OpenGL functions, valid while the context lives.
const cegl_functions *cegl_context_functions(const cegl_context *context);

/// Releases and destroys the context; null is ignored. Call on the thread it is current on.
void cegl_context_destroy(cegl_context *_Nullable context);

#pragma clang assume_nonnull end

#ifdef __cplusplus
}
#endif
