/* What was received is the archive that the run wrote, and no other, and who received it signed for it. */
#include <inttypes.h>

#include "ledger/acts_impl.h"
#include "ledger/archive.h"

int acts_transfer(const struct acts_subject *s, struct err *e)
{
	const struct history_proposal *p = &s->view->stands;
	BUF_CLEANUP struct buf path = BUF_INIT;
	struct leaf propose;
	struct hash hash;
	uint64_t bytes;
	if (!s->note->signature) {
		err_set(e, ERR_PERM, "signature: who received what is transferred signs for it with their own key");
		return err_next(e, "daicho disposal receipt --plan DIGEST --receipt NUMBER --sign FPR");
	}
	int rc = dispose_read_leaf(s->ledger, p->propose, &propose, e);
	if (rc)
		return rc;
	struct hash plan = dispose_leaf_digest(&propose, p->measure);
	leaf_release(&propose);
	archive_path(s->ledger->store, p->base_year, &plan, &path);
	rc = archive_hash(buf_str(&path), &hash, &bytes, e);
	if (rc)
		return err_next(e, "write it first: daicho disposal run --plan DIGEST");
	if (bytes == s->leaf->archive.bytes && hash_is_equal(&hash, &s->leaf->archive.hash))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "transfer: %s is another archive than the one received", buf_str(&path));
}
