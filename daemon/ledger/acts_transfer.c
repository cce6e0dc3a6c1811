/* What was received is the archive that the run wrote and signed, and no other, and who received it signed for it. */
#include <inttypes.h>

#include "ledger/acts_impl.h"
#include "ledger/dispose_step.h"

static int judge(const struct dispose_package *p, const struct leaf_digest *received, struct err *e)
{
	int rc = dispose_step_package_check(p, e);
	if (rc)
		return rc;
	if (!dispose_step_package_stands(p)) {
		err_set(e, ERR_RULE, "transfer: no archive that was signed here was handed over yet");
		return err_next(e, "write it first: daicho disposal run --plan DIGEST");
	}
	if (p->bytes == received->bytes && hash_is_equal(&p->hash, &received->hash))
		return ERR_OK;
	return err_set(e, ERR_CONFLICT, "transfer: %s is another archive than the one received", p->path);
}

int acts_transfer(const struct acts_subject *s, struct err *e)
{
	const struct history_proposal *p = &s->view->stands;
	struct dispose_package package;
	struct leaf propose;
	if (!s->note->signature) {
		err_set(e, ERR_PERM, "signature: who received what is transferred signs for it with their own key");
		return err_next(e, "daicho disposal receipt --plan DIGEST --receipt NUMBER --sign FPR");
	}
	int rc = dispose_read_leaf(s->ledger, p->propose, &propose, e);
	if (rc)
		return rc;
	struct hash plan = dispose_leaf_digest(&propose, p->measure);
	leaf_release(&propose);
	rc = dispose_step_package(s->ledger, s->view, &plan, &package, e);
	if (!rc)
		rc = judge(&package, &s->leaf->archive, e);
	dispose_step_package_release(&package);
	return rc;
}
