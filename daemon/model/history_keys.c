/* Which keys count at which position: the keyring of the entries fed so far. */
#include "model/history_data.h"

int history_keys_judge(const struct history *h, const struct leaf *leaf, struct err *e)
{
	return keyring_judge(&h->keys, leaf, h->size, e);
}

void history_keys_take(struct history *h, const struct leaf *leaf)
{
	keyring_take(&h->keys, leaf, h->size);
}

const struct keyring *history_keys(const struct history *h)
{
	return &h->keys;
}

bool history_key_counts(const struct history *h, const char *fpr, enum leaf_key_use use, uint64_t seq)
{
	return keyring_counts(&h->keys, fpr, use, seq);
}
