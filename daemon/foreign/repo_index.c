#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <openssl/sha.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/lang.h"
#include "foreign/repo_impl.h"

#define INDEX_HEAD (8 + 256 * 4)          /* magic, version, fan-out */
#define INDEX_ENTRY (OID_LEN + 4 + 4)     /* name, CRC, offset */
#define INDEX_TAIL (2 * OID_LEN)          /* checksum of the pack, checksum of the index */
#define PACK_TAIL OID_LEN
#define BIG_OFFSET 0x80000000u            /* then the offset stands in the table of 8-byte ones */

static uint32_t get_u32(const uint8_t *p)
{
	uint32_t v;
	memcpy(&v, p, sizeof v);
	return be32toh(v);
}

static uint64_t get_u64(const uint8_t *p)
{
	uint64_t v;
	memcpy(&v, p, sizeof v);
	return be64toh(v);
}

static const char *find_fault_in_tables(const uint8_t *index, uint32_t n, uint64_t big, uint64_t pack_size)
{
	const uint8_t *names = index + INDEX_HEAD;
	const uint8_t *offsets = names + (uint64_t)n * (OID_LEN + 4);
	const uint8_t *bigs = offsets + (uint64_t)n * 4;
	uint32_t before = 0;
	for (unsigned i = 0; i < 256; i++) {
		uint32_t here = get_u32(index + 8 + i * 4);
		if (here < before || here > n)
			return N_("its fan-out table is not ascending");
		for (; before < here; before++)
			if (names[(uint64_t)before * OID_LEN] != i)
				return N_("its fan-out table does not fit its names");
	}
	for (uint32_t i = 0; i < n; i++) {
		if (i && memcmp(names + (uint64_t)(i - 1) * OID_LEN, names + (uint64_t)i * OID_LEN, OID_LEN) >= 0)
			return N_("its names are not ascending");
		uint64_t at = get_u32(offsets + (uint64_t)i * 4);
		if (at & BIG_OFFSET) {
			if ((at & ~(uint64_t)BIG_OFFSET) >= big)
				return N_("an offset points outside of its table");
			at = get_u64(bigs + (at & ~(uint64_t)BIG_OFFSET) * 8);
		}
		if (at < 12 || at >= pack_size - PACK_TAIL)
			return N_("an offset points outside of the pack");
	}
	return NULL;
}

/* libgit2 trusts an index: a flipped bit in one makes it read outside of its memory. NULL if all is right. */
static const char *find_fault(const uint8_t *index, uint64_t size, uint64_t pack_size)
{
	uint8_t sum[OID_LEN];
	if (size < INDEX_HEAD + INDEX_TAIL || pack_size < 12 + PACK_TAIL)
		return N_("too short");
	if (get_u32(index) != 0xff744f63 || get_u32(index + 4) != 2)
		return N_("not an index of version 2");
	uint32_t n = get_u32(index + 8 + 255 * 4);
	uint64_t small = INDEX_HEAD + INDEX_TAIL + (uint64_t)n * INDEX_ENTRY;
	if (size < small || (size - small) % 8 != 0 || (size - small) / 8 > n)
		return N_("its length does not fit its count of objects");
	SHA1(index, size - OID_LEN, sum);
	if (memcmp(sum, index + size - OID_LEN, OID_LEN) != 0)
		return N_("its checksum is wrong");
	return find_fault_in_tables(index, n, (size - small) / 8, pack_size);
}

static int check_mapped(const struct repo_index *index, const char *path, uint64_t pack_size, struct err *e)
{
	const char *fault = find_fault(index->map, index->size, pack_size);
	if (!fault)
		return ERR_OK;
	err_set(e, ERR_LEDGER, "%s: %s", path, lang_text(fault));
	return err_next(e, "an index is derived: remove it, and make it again with `git index-pack` of its pack");
}

static int map_file(int fd, const char *path, struct repo_index *out, struct err *e)
{
	struct stat st;
	if (fstat(fd, &st) < 0)
		return err_errno(e, errno, "%s", path);
	if (!S_ISREG(st.st_mode))
		return err_set(e, ERR_LEDGER, "%s: is not a regular file", path);
	if (st.st_size < INDEX_HEAD + INDEX_TAIL)
		return err_set(e, ERR_LEDGER, "%s: too short", path);
	void *map = mmap(NULL, (size_t)st.st_size, PROT_READ, MAP_SHARED, fd, 0);
	if (map == MAP_FAILED)
		return err_errno(e, errno, "%s", path);
	*out = (struct repo_index){ .map = map, .size = (size_t)st.st_size, .dev = st.st_dev, .ino = st.st_ino,
		                    .count = get_u32((const uint8_t *)map + 8 + 255 * 4) };
	return ERR_OK;
}

int repo_index_open(const char *path, uint64_t pack_size, struct repo_index *out, struct err *e)
{
	int fd = open(path, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC);
	if (fd < 0)
		return errno == ELOOP ? err_set(e, ERR_LEDGER, "%s: is a symbolic link: not followed", path)
		                      : err_errno(e, errno, "%s", path);
	int rc = map_file(fd, path, out, e);
	close(fd);
	if (rc)
		return rc;
	rc = check_mapped(out, path, pack_size, e);
	if (rc)
		repo_index_close(out);
	else /* the check has touched every page; what is never looked up need not stay in memory */
		madvise((void *)out->map, out->size, MADV_DONTNEED);
	return rc;
}

void repo_index_close(struct repo_index *index)
{
	munmap((void *)index->map, index->size);
}

struct oid repo_index_at(const struct repo_index *index, uint32_t i)
{
	struct oid id;
	memcpy(id.b, index->map + INDEX_HEAD + (size_t)i * OID_LEN, OID_LEN);
	return id;
}

bool repo_index_has(const struct repo_index *index, const struct oid *id)
{
	const uint8_t *names = index->map + INDEX_HEAD, *fan = index->map + 8;
	uint32_t low = id->b[0] ? get_u32(fan + (id->b[0] - 1) * 4) : 0, high = get_u32(fan + id->b[0] * 4);
	while (low < high) {
		uint32_t mid = low + (high - low) / 2;
		int order = memcmp(id->b, names + (size_t)mid * OID_LEN, OID_LEN);
		if (order == 0)
			return true;
		if (order < 0)
			high = mid;
		else
			low = mid + 1;
	}
	return false;
}
