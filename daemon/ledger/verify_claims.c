/* What certificates say, and what of it is their word alone: no repository shows an archive, blocks or a key. */
#include <inttypes.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

static void begin(struct verify *v, uint64_t seq, const struct leaf *leaf)
{
	struct verify_disposal d = { .dispose = seq, .base_year = leaf->due_count ? leaf->due[0].group.year : 0,
		.time = leaf->time, .has_archive = leaf->has_archive, .archive = leaf->archive.hash,
		.has_witness = leaf->has_witness, .witness = leaf->witness };
	for (size_t i = 0; i < leaf->due_count; i++)
		d.count += leaf->due[i].count;
	v->disposals = mem_grow(v->disposals, v->disposals_count + 1, sizeof *v->disposals);
	v->disposals[v->disposals_count++] = d;
}

void verify_claims_add(struct verify *v, uint64_t seq, const struct leaf *leaf)
{
	if (leaf->kind == LEAF_DISPOSE)
		begin(v, seq, leaf);
	if ((leaf->kind != LEAF_DISPOSED && leaf->kind != LEAF_DESTROYED) || !leaf->on_count)
		return;
	for (size_t i = 0; i < v->disposals_count; i++) {
		struct verify_disposal *d = &v->disposals[i];
		if (d->dispose != leaf->on[0].first)
			continue;
		if (leaf->kind == LEAF_DESTROYED) {
			d->has_archive = false;
		} else if (!d->disposed) {
			d->disposed = seq;
			d->disposed_time = leaf->time;
		}
		if (leaf->level == LEAF_LEVEL_BLOCKS_TRIMMED || leaf->level == LEAF_LEVEL_KEY_DESTROYED)
			d->beyond = seq;
	}
}

void verify_claims_remark(struct verify *v)
{
	uint64_t archives = 0, beyond = 0, first = 0;
	for (size_t i = 0; i < v->disposals_count; i++) {
		archives += v->disposals[i].has_archive;
		beyond += v->disposals[i].beyond != 0;
		if (!first)
			first = v->disposals[i].beyond;
	}
	if (archives)
		verify_remark(v, archives == 1
		              ? N_("the archive that %" PRIu64 " certificate names was not looked at: daicho-verify NAME.tar "
		                   "judges it, and its digest has to be that of the certificate")
		              : N_("the archives that %" PRIu64 " certificates name were not looked at: daicho-verify NAME.tar "
		                   "judges one, and its digest has to be that of its certificate"), archives);
	if (beyond)
		verify_remark(v, beyond == 1
		              ? N_("that blocks were given back or a key was destroyed (Level) is the word of %" PRIu64
		                   " entry alone, entry %" PRIu64)
		              : N_("that blocks were given back or a key was destroyed (Level) is the word of %" PRIu64
		                   " entries alone, the first of them entry %" PRIu64), beyond, first);
}
