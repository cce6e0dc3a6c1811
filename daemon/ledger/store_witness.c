/* [witness NAME] of daicho.ini. */
#include <string.h>

#include "base/mem.h"
#include "base/text.h"
#include "ledger/store.h"
#include "ledger/store_ini.h"

static int set_vkey(struct store_witness *w, const char *value, struct err *e)
{
	struct tlog_note_key key;
	if (tlog_note_key_parse(value, strlen(value), &key, NULL) || key.type != TLOG_NOTE_COSIGNATURE) {
		err_set(e, ERR_CONFIG, "[witness %s] vkey: not the verifier key of a witness", w->name);
		return err_next(e, "write the whole line that its keeper has of `daicho-witness init`, or take the section "
		                   "out");
	}
	w->key = key;
	return ERR_OK;
}

static int set_socket(struct store_witness *w, const char *value, struct err *e)
{
	if (*value != '/')
		return err_set(e, ERR_CONFIG, "socket: an absolute path is wanted");
	mem_free_ptr(&w->socket);
	w->socket = mem_strdup(value);
	return ERR_OK;
}

static int set_command(struct store_witness *w, const char *value, struct err *e)
{
	if (!*value)
		return err_set(e, ERR_CONFIG, "command: a program and its words are wanted");
	mem_free_ptr(&w->command);
	w->command = mem_strdup(value);
	return ERR_OK;
}

static const struct {
	const char *key;
	int (*set)(struct store_witness *w, const char *value, struct err *e);
} settings[] = { { "vkey", set_vkey }, { "socket", set_socket }, { "command", set_command } };

int store_witness_take(struct store *s, const char *name, const char *key, const char *value, struct err *e)
{
	struct store_witness *last = s->witnesses_count ? &s->witnesses[s->witnesses_count - 1] : NULL;
	if (!text_is_name(name, strlen(name)))
		return err_set(e, ERR_CONFIG, "[witness]: a name of a-z, 0-9 and hyphens is wanted");
	if (!last || strcmp(last->name, name) != 0) {
		if (store_witness(s, name))
			return err_set(e, ERR_CONFIG, "[witness %s]: stands there twice", name);
		s->witnesses = mem_grow(s->witnesses, s->witnesses_count + 1, sizeof *s->witnesses);
		last = &s->witnesses[s->witnesses_count++];
		*last = (struct store_witness){ .socket = NULL };
		strcpy(last->name, name);
	}
	for (size_t i = 0; i < sizeof settings / sizeof *settings; i++)
		if (strcmp(settings[i].key, key) == 0)
			return settings[i].set(last, value, e);
	return err_set(e, ERR_CONFIG, "[witness %s] %s: unknown", name, key);
}

int store_witness_check(const struct store *s, struct err *e)
{
	for (size_t i = 0; i < s->witnesses_count; i++) {
		const struct store_witness *w = &s->witnesses[i];
		if (!*w->key.name || !w->socket == !w->command)
			return err_set(e, ERR_CONFIG, "[witness %s]: vkey, and either socket or command, are wanted", w->name);
		for (size_t n = 0; n < i; n++)
			if (memcmp(s->witnesses[n].key.public_key, w->key.public_key, sizeof w->key.public_key) == 0)
				return err_set(e, ERR_CONFIG, "[witness %s]: has the key of %s", w->name, s->witnesses[n].name);
	}
	return ERR_OK;
}

void store_witness_release(struct store *s)
{
	for (size_t i = 0; i < s->witnesses_count; i++) {
		mem_free_ptr(&s->witnesses[i].socket);
		mem_free_ptr(&s->witnesses[i].command);
	}
	mem_free_ptr(&s->witnesses);
	s->witnesses_count = 0;
}

const struct store_witness *store_witness(const struct store *s, const char *name)
{
	for (size_t i = 0; i < s->witnesses_count; i++)
		if (strcmp(s->witnesses[i].name, name) == 0)
			return &s->witnesses[i];
	return NULL;
}
