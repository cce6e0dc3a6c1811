/* Vectors of the model: files below tests/data/model. */
#ifndef TESTS_MODEL_VECTORS_H
#define TESTS_MODEL_VECTORS_H

#include <glob.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/buf.h"
#include "base/file.h"
#include "base/mem.h"

#define VECTORS TESTS_DATA "/model/"

static inline struct buf read_vector(const char *name)
{
	MEM_CLEANUP char *path = file_path(TESTS_DATA "/model", name);
	struct buf text = BUF_INIT;
	struct err e = ERR_INIT;
	if (file_read(path, (size_t)1 << 20, &text, &e))
		fail_msg("%s", e.text);
	return text;
}

/* Calls fn for every vector whose name fits the pattern, with the name. Returns how many there were. */
static inline size_t each_vector(const char *pattern, void (*fn)(const char *name))
{
	glob_t found;
	MEM_CLEANUP char *full = file_path(TESTS_DATA "/model", pattern);
	assert_int_equal(glob(full, 0, NULL, &found), 0);
	size_t count = found.gl_pathc;
	for (size_t i = 0; i < count; i++)
		fn(strrchr(found.gl_pathv[i], '/') + 1);
	globfree(&found);
	return count;
}

#endif
