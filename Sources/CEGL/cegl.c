#include "cegl.h"
