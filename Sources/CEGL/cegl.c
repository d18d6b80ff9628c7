#include "cegl.h"

#include <dlfcn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

// The part of the EGL binary interface used here, with the values of the Khronos registry.
typedef void *EGLDisplay;
typedef void *EGLConfig;
typedef void *EGLContext;
typedef void *EGLSurface;
typedef void *EGLDevice;
typedef unsigned EGLBoolean;
typedef void (*EGLProc)(void);

enum {
  EGL_EXTENSIONS = 0x3055,
  EGL_NONE = 0x3038,
  EGL_SURFACE_TYPE = 0x3033,
  EGL_RENDERABLE_TYPE = 0x3040,
  EGL_OPENGL_BIT = 0x0008,
  EGL_OPENGL_API = 0x30A2,
  EGL_CONTEXT_MAJOR_VERSION = 0x3098,
  EGL_CONTEXT_MINOR_VERSION = 0x30FB,
  EGL_CONTEXT_OPENGL_PROFILE_MASK = 0x30FD,
  EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT = 0x00000001,
  EGL_PLATFORM_DEVICE = 0x313F,
  EGL_DRM_DEVICE_FILE = 0x3233,
  EGL_CUDA_DEVICE = 0x323A,
  MAXIMUM_DEVICES = 64,
};

struct cegl_library {
  void *handle;
  EGLProc (*GetProcAddress)(const char *);
  EGLDisplay (*GetDisplay)(void *);
  EGLBoolean (*Initialize)(EGLDisplay, int32_t *, int32_t *);
  const char *(*QueryString)(EGLDisplay, int32_t);
  EGLBoolean (*BindAPI)(unsigned);
  EGLBoolean (*ChooseConfig)(EGLDisplay, const int32_t *, EGLConfig *, int32_t, int32_t *);
  EGLContext (*CreateContext)(EGLDisplay, EGLConfig, EGLContext, const int32_t *);
  EGLBoolean (*DestroyContext)(EGLDisplay, EGLContext);
  EGLBoolean (*MakeCurrent)(EGLDisplay, EGLSurface, EGLSurface, EGLContext);
  int32_t (*GetError)(void);
  // Null when the library cannot enumerate devices.
  EGLBoolean (*QueryDevices)(int32_t, EGLDevice *, int32_t *);
  const char *(*QueryDeviceString)(EGLDevice, int32_t);
  EGLBoolean (*QueryDeviceAttrib)(EGLDevice, int32_t, intptr_t *);
  EGLDisplay (*GetPlatformDisplay)(unsigned, void *, const int32_t *);
};

struct cegl_context {
  const cegl_library *library;
  EGLDisplay display;
  EGLContext context;
  cegl_functions functions;
};

__attribute__((format(printf, 4, 5))) static cegl_status fail(
    cegl_failure *failure, cegl_status status, int32_t egl_error, const char *format, ...) {
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(failure->detail, sizeof failure->detail, format, arguments);
  va_end(arguments);
  failure->egl_error = egl_error;
  return status;
}

static int has_extension(const char *extensions, const char *name) {
  if (!extensions) return 0;
  size_t length = strlen(name);
  for (const char *at = extensions; (at = strstr(at, name)); at += length) {
    int starts = at == extensions || at[-1] == ' ';
    if (starts && (at[length] == ' ' || at[length] == 0)) return 1;
  }
  return 0;
}

static cegl_status load_core(cegl_library *library, cegl_failure *failure) {
#define CORE(name)                                                                        \
  do {                                                                                    \
    void *address = dlsym(library->handle, "egl" #name);                                  \
    if (!address)                                                                         \
      return fail(failure, CEGL_NO_FUNCTION, 0, "libEGL.so.1 has no function egl%s", #name); \
    memcpy(&library->name, &address, sizeof address);                                     \
  } while (0)
  CORE(GetProcAddress);
  CORE(GetDisplay);
  CORE(Initialize);
  CORE(QueryString);
  CORE(BindAPI);
  CORE(ChooseConfig);
  CORE(CreateContext);
  CORE(DestroyContext);
  CORE(MakeCurrent);
  CORE(GetError);
#undef CORE
  return CEGL_OK;
}

static void load_device_functions(cegl_library *library) {
  const char *extensions = library->QueryString(NULL, EGL_EXTENSIONS);
  int enumerates = has_extension(extensions, "EGL_EXT_device_base") ||
                   has_extension(extensions, "EGL_EXT_device_enumeration");
  if (!enumerates || !has_extension(extensions, "EGL_EXT_platform_device")) return;
#define EXTENSION(name)                                             \
  do {                                                              \
    EGLProc address = library->GetProcAddress("egl" #name "EXT");   \
    memcpy(&library->name, &address, sizeof address);               \
  } while (0)
  EXTENSION(QueryDevices);
  EXTENSION(QueryDeviceString);
  EXTENSION(QueryDeviceAttrib);
  EXTENSION(GetPlatformDisplay);
#undef EXTENSION
}

cegl_status cegl_library_open(cegl_library **out, cegl_failure *failure) {
  *out = NULL;
  memset(failure, 0, sizeof *failure);
  cegl_library *library = calloc(1, sizeof *library);
  if (!library) return fail(failure, CEGL_NO_MEMORY, 0, "out of memory");
  // Drivers leave destructors with every thread that called them, so their code must stay mapped.
  library->handle = dlopen("libEGL.so.1", RTLD_NOW | RTLD_LOCAL | RTLD_NODELETE);
  if (!library->handle) {
    const char *message = dlerror();
    free(library);
    return fail(failure, CEGL_NO_LIBRARY, 0, "%s", message ? message : "libEGL.so.1 not found");
  }
  cegl_status status = load_core(library, failure);
  if (status != CEGL_OK) {
    cegl_library_close(library);
    return status;
  }
  load_device_functions(library);
  *out = library;
  return CEGL_OK;
}

void cegl_library_close(cegl_library *library) {
  if (!library) return;
  dlclose(library->handle);
  free(library);
}

static int can_enumerate(const cegl_library *library) {
  return library->QueryDevices && library->QueryDeviceString && library->GetPlatformDisplay;
}

static cegl_status find_device(
    const cegl_library *library, int32_t index, EGLDevice *device, cegl_failure *failure) {
  EGLDevice devices[MAXIMUM_DEVICES];
  int32_t count = 0;
  if (!library->QueryDevices(MAXIMUM_DEVICES, devices, &count))
    return fail(failure, CEGL_NO_DEVICE, library->GetError(), "eglQueryDevicesEXT failed");
  if (index < 0 || index >= count)
    return fail(failure, CEGL_NO_DEVICE, 0, "no EGL device %d, there are %d (from 0)", index, count);
  *device = devices[index];
  return CEGL_OK;
}

cegl_status cegl_device_count(
    const cegl_library *library, int32_t *count, cegl_failure *failure) {
  memset(failure, 0, sizeof *failure);
  *count = 1;
  if (!can_enumerate(library)) return CEGL_OK;
  *count = 0;
  if (library->QueryDevices(0, NULL, count)) return CEGL_OK;
  return fail(failure, CEGL_NO_DEVICE, library->GetError(), "eglQueryDevicesEXT failed");
}

cegl_status cegl_device_describe(
    const cegl_library *library, int32_t index, cegl_device *device, cegl_failure *failure) {
  memset(failure, 0, sizeof *failure);
  memset(device, 0, sizeof *device);
  device->cuda_index = -1;
  if (!can_enumerate(library)) {
    if (index == 0) return CEGL_OK;
    return fail(
        failure, CEGL_NO_DEVICE, 0, "no EGL device %d, this libEGL only has a default (0)", index);
  }
  EGLDevice egl_device;
  cegl_status status = find_device(library, index, &egl_device, failure);
  if (status != CEGL_OK) return status;
  const char *extensions = library->QueryDeviceString(egl_device, EGL_EXTENSIONS);
  device->is_software = has_extension(extensions, "EGL_MESA_device_software");
  if (has_extension(extensions, "EGL_EXT_device_drm")) {
    const char *file = library->QueryDeviceString(egl_device, EGL_DRM_DEVICE_FILE);
    if (file) snprintf(device->drm_file, sizeof device->drm_file, "%s", file);
  }
  intptr_t cuda = -1;
  if (library->QueryDeviceAttrib && has_extension(extensions, "EGL_NV_device_cuda") &&
      library->QueryDeviceAttrib(egl_device, EGL_CUDA_DEVICE, &cuda))
    device->cuda_index = (int32_t)cuda;
  return CEGL_OK;
}

static cegl_status open_display(
    const cegl_library *library, int32_t index, EGLDisplay *display, cegl_failure *failure) {
  if (can_enumerate(library)) {
    EGLDevice device;
    cegl_status status = find_device(library, index, &device, failure);
    if (status != CEGL_OK) return status;
    *display = library->GetPlatformDisplay(EGL_PLATFORM_DEVICE, device, NULL);
  } else {
    if (index != 0)
      return fail(
          failure, CEGL_NO_DEVICE, 0, "no EGL device %d, this libEGL only has a default (0)",
          index);
    *display = library->GetDisplay(NULL);
  }
  if (!*display)
    return fail(
        failure, CEGL_NO_DISPLAY, library->GetError(), "EGL device %d has no display", index);
  int32_t major = 0, minor = 0;
  if (!library->Initialize(*display, &major, &minor))
    return fail(
        failure, CEGL_NO_DISPLAY, library->GetError(), "eglInitialize failed on EGL device %d",
        index);
  const char *extensions = library->QueryString(*display, EGL_EXTENSIONS);
  if (!has_extension(extensions, "EGL_KHR_surfaceless_context"))
    return fail(
        failure, CEGL_NO_EXTENSION, 0, "EGL device %d lacks EGL_KHR_surfaceless_context", index);
  return CEGL_OK;
}

static cegl_status load_gl(cegl_context *context, cegl_failure *failure) {
#define LOAD(result, name, arguments)                                                  \
  do {                                                                                 \
    EGLProc address = context->library->GetProcAddress("gl" #name);                    \
    if (!address)                                                                      \
      return fail(failure, CEGL_NO_FUNCTION, 0, "the driver has no function gl%s", #name); \
    memcpy(&context->functions.name, &address, sizeof address);                        \
  } while (0);
  CEGL_FUNCTIONS(LOAD)
#undef LOAD
  return CEGL_OK;
}

cegl_status cegl_context_create(
    const cegl_library *library, int32_t index, const cegl_context *share, cegl_context **out,
    cegl_failure *failure) {
  static const int32_t config_attributes[] = {
      // The default asks for windows, which a headless device does not have.
      EGL_SURFACE_TYPE, 0, EGL_RENDERABLE_TYPE, EGL_OPENGL_BIT, EGL_NONE};
  static const int32_t context_attributes[] = {
      EGL_CONTEXT_MAJOR_VERSION, 3,
      EGL_CONTEXT_MINOR_VERSION, 3,
      EGL_CONTEXT_OPENGL_PROFILE_MASK, EGL_CONTEXT_OPENGL_CORE_PROFILE_BIT,
      EGL_NONE};
  *out = NULL;
  memset(failure, 0, sizeof *failure);
  cegl_context *context = calloc(1, sizeof *context);
  if (!context) return fail(failure, CEGL_NO_MEMORY, 0, "out of memory");
  context->library = library;
  cegl_status status = open_display(library, index, &context->display, failure);
  if (status != CEGL_OK) goto broken;
  // The API is a property of the thread, not of the display.
  if (!library->BindAPI(EGL_OPENGL_API)) {
    status = fail(
        failure, CEGL_NO_CONFIG, library->GetError(), "EGL device %d has no desktop OpenGL", index);
    goto broken;
  }
  EGLConfig config = NULL;
  int32_t count = 0;
  if (!library->ChooseConfig(context->display, config_attributes, &config, 1, &count) ||
      count < 1) {
    status = fail(
        failure, CEGL_NO_CONFIG, library->GetError(),
        "EGL device %d has no configuration for desktop OpenGL", index);
    goto broken;
  }
  context->context = library->CreateContext(
      context->display, config, share ? share->context : NULL, context_attributes);
  if (!context->context) {
    status = fail(
        failure, CEGL_NO_CONTEXT, library->GetError(),
        "EGL device %d gives no OpenGL 3.3 core context", index);
    goto broken;
  }
  status = cegl_context_make_current(context, failure);
  if (status == CEGL_OK) status = load_gl(context, failure);
  if (status != CEGL_OK) goto broken;
  *out = context;
  return CEGL_OK;

broken:
  cegl_context_destroy(context);
  return status;
}

cegl_status cegl_context_make_current(const cegl_context *context, cegl_failure *failure) {
  memset(failure, 0, sizeof *failure);
  const cegl_library *library = context->library;
  library->BindAPI(EGL_OPENGL_API);
  if (library->MakeCurrent(context->display, NULL, NULL, context->context)) return CEGL_OK;
  return fail(
      failure, CEGL_NOT_CURRENT, library->GetError(),
      "eglMakeCurrent without a surface failed");
}

void cegl_context_release(const cegl_context *context) {
  context->library->MakeCurrent(context->display, NULL, NULL, NULL);
}

const cegl_functions *cegl_context_functions(const cegl_context *context) {
  return &context->functions;
}

void cegl_context_destroy(cegl_context *context) {
  if (!context) return;
  if (context->context) {
    cegl_context_release(context);
    context->library->DestroyContext(context->display, context->context);
  }
  free(context);
}
