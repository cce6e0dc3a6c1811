#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/lang.h"
#include "base/mem.h"
#include "ledger/verify_impl.h"

#define SAID_MAX 200        /* bytes of a remark's list */

void verify_loss_add(struct verify *v, const struct leaf *leaf)
{
	if (leaf->kind != LEAF_CORRECT_LOSS)
		return;
	v->losses = mem_grow(v->losses, v->losses_count + 1, sizeof *v->losses);
	struct verify_loss *x = &v->losses[v->losses_count++];
	*x = (struct verify_loss){ .seq = leaf->seq, .on_count = leaf->on_count,
		                   .on = mem_array(leaf->on_count + 1, sizeof *x->on) };
	memcpy(x->on, leaf->on, leaf->on_count * sizeof *x->on);
}

static bool names(const struct verify_loss *x, uint64_t seq, const struct leaf_volume *volume)
{
	for (size_t i = 0; i < x->on_count; i++) {
		const struct leaf_target *t = &x->on[i];
		if (t->type == LEAF_ON_VOLUME ? leaf_volume_compare(&t->volume, volume) == 0
		                              : t->type != LEAF_ON_MATTER && t->first <= seq && seq <= t->last)
			return true;
	}
	return false;
}

static bool is_reported(struct verify *v, uint64_t seq)
{
	struct leaf leaf;
	bool found = false;
	if (!v->losses_count || verify_note_leaf(v, seq, &leaf, NULL))
		return false;
	for (size_t i = 0; !found && i < v->losses_count; i++)
		found = names(&v->losses[i], seq, &leaf.volume);
	leaf_release(&leaf);
	return found;
}

static void say_report(struct verify *v, const struct verify_loss *x)
{
	BUF_CLEANUP struct buf on = BUF_INIT;
	for (size_t i = 0; i < x->on_count && on.len < SAID_MAX; i++) {
		buf_puts(&on, i ? ", " : "");
		leaf_target_print(&x->on[i], &on);
	}
	verify_remark(v, "entry %" PRIu64 " reports a loss: %s%s", x->seq, buf_str(&on), on.len < SAID_MAX ? "" : ", ...");
}

void verify_loss_remark(struct verify *v)
{
	uint64_t unreported = 0;
	for (uint64_t seq = 0; seq < v->judged; seq++)
		unreported += v->entries[seq].state == VERDICT_MISSING && !is_reported(v, seq);
	for (size_t i = 0; i < v->losses_count; i++)
		say_report(v, &v->losses[i]);
	if (unreported)
		verify_remark(v, unreported == 1 ? N_("%" PRIu64 " record is MISSING and no report of a loss names it")
		                                 : N_("%" PRIu64 " records are MISSING and no report of a loss names them"),
		              unreported);
}

void verify_loss_release(struct verify *v)
{
	for (size_t i = 0; i < v->losses_count; i++)
		free(v->losses[i].on);
	free(v->losses);
}
