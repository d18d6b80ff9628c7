#include "cbullet.h"
