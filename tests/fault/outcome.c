#include "outcome.h"

#include <dirent.h>

/* What was judged already: to judge the same bytes again would cost most of the time. */
#define JUDGED_MAX 4096
static struct judged {
	size_t count;
	struct { struct hash of; enum outcome_what is; } at[JUDGED_MAX];
} *judged;

void outcome_init(void)
{
	judged = room_share(sizeof *judged);
}

/* A failing disk is told as such, never as a ledger, a key or a program that is broken. */
void outcome_expect_disk_told(void)
{
	static const enum err_code codes[] = { ERR_OK, ERR_IO, ERR_FULL, ERR_READONLY, ERR_UNAVAILABLE, ERR_BUSY };
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++)
		if (told->code == (int)codes[i])
			return;
	fail_msg("the failing disk was told as %s: %s", err_word((enum err_code)told->code), told->why);
}

void outcome_open(int (*how)(struct err *e))
{
	struct err e = ERR_INIT;
	int rc = how(&e);
	if (rc)
		fail_msg("does not start again: %s: %s", err_word((enum err_code)rc), e.text);
}

bool outcome_has_note(uint64_t seq)
{
	struct index_entry entry;
	struct err e = ERR_INIT;
	struct note note;
	BUF_CLEANUP struct buf text = BUF_INIT;
	office_must(index_entry(office->ledger->index, seq, &entry, &e), &e);
	int rc = ledger_read_note(office->ledger, &entry, &text, &note, &e);
	if (!rc)
		note_release(&note);
	if (rc && rc != ERR_GONE)
		office_must(rc, &e);
	return !rc;
}

static int add_file(void *ctx, const char *rel, const char *full, bool is_dir, struct err *e)
{
	BUF_CLEANUP struct buf bytes = BUF_INIT;
	if (is_dir)
		return ERR_OK;
	office_must(file_read(full, FILE_MOST, &bytes, e), e);
	hash_add(ctx, rel, strlen(rel) + 1);
	hash_add(ctx, buf_str(&bytes), bytes.len);
	return ERR_OK;
}

struct hash outcome_state_of(const char *folder)
{
	MEM_CLEANUP char *ledger = file_path(folder, "ledger.git"), *volumes = file_path(folder, "volumes");
	struct err e = ERR_INIT;
	struct hash_ctx *sum = hash_new();
	office_must(file_walk(ledger, add_file, sum, &e), &e);
	office_must(file_walk(volumes, add_file, sum, &e), &e);
	return hash_finish(sum);
}

struct hash outcome_state(void)
{
	return outcome_state_of(office->dir);
}

bool outcome_is_known(const struct hash *state, enum outcome_what what)
{
	for (size_t i = 0; i < judged->count; i++)
		if (hash_is_equal(&judged->at[i].of, state) && judged->at[i].is == what)
			return true;
	return false;
}

void outcome_learn(const struct hash *state, enum outcome_what what)
{
	if (judged->count == JUDGED_MAX)
		return;
	judged->at[judged->count].of = *state;
	judged->at[judged->count++].is = what;
}

void outcome_expect_verdict(const struct hash *state, bool may_be_incomplete)
{
	outcome_expect_verdict_of(office->dir, state, may_be_incomplete);
}

void outcome_expect_verdict_of(const char *folder, const struct hash *state, bool may_be_incomplete)
{
	if (outcome_is_known(state, OUTCOME_VALID) || (may_be_incomplete && outcome_is_known(state, OUTCOME_INCOMPLETE)))
		return;
	struct jdoc *d = office_verify(office, folder, false);
	BUF_CLEANUP struct buf text = BUF_INIT;
	bool is_valid = strcmp(jdoc_get_text(d, "verdict"), "VALID") == 0;
	bool is_incomplete = strcmp(jdoc_get_text(d, "verdict"), "INCOMPLETE") == 0;
	jdoc_print(d, &text);
	jdoc_free(d);
	if (!is_valid && !(may_be_incomplete && is_incomplete))
		fail_msg("verify: %s", buf_str(&text));
	outcome_learn(state, is_valid ? OUTCOME_VALID : OUTCOME_INCOMPLETE);
}

void outcome_expect_same(const char *what, const char *is, const char *was)
{
	if (strcmp(is, was) != 0)
		fail_msg("%s: %s, undisturbed: %s", what, is, was);
}

char *outcome_names(const char *folder)
{
	struct dirent **names = NULL;
	struct buf text = BUF_INIT;
	int n = scandir(folder, &names, NULL, alphasort);
	if (n < 0)
		fail_msg("%s: can't be read", folder);
	for (int i = 0; i < n; i++) {
		if (strcmp(names[i]->d_name, ".") != 0 && strcmp(names[i]->d_name, "..") != 0)
			buf_printf(&text, "%s\n", names[i]->d_name);
		free(names[i]);
	}
	free(names);
	return buf_steal(&text, NULL);
}
