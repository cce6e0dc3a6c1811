#include <dirent.h>
#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "ledger/verify_impl.h"
#include "ledger/volume.h"

struct found_note {
	struct oid commit, blob;
};

struct contents {
	struct found_note *notes;         size_t notes_count, notes_cap;
	struct verify_attachment *attachments; size_t count, cap;
};

static void *grow(void *items, size_t count, size_t *cap, size_t size)
{
	if (count < *cap)
		return items;
	*cap = *cap ? *cap * 2 : 64;
	return mem_grow(items, *cap, size);
}

static int collect_blob(void *ctx, const struct volume_blob *b, struct err *e)
{
	struct contents *c = ctx;
	(void)e;
	if (!oid_is_zero(&b->commit)) {
		c->notes = grow(c->notes, c->notes_count, &c->notes_cap, sizeof *c->notes);
		c->notes[c->notes_count++] = (struct found_note){ b->commit, b->blob };
	} else {
		c->attachments = grow(c->attachments, c->count, &c->cap, sizeof *c->attachments);
		c->attachments[c->count++] = (struct verify_attachment){ .seq = b->seq, .n = b->n, .blob = b->blob };
	}
	return ERR_OK;
}

static int compare_attachments(const void *a, const void *b)
{
	const struct verify_attachment *x = a, *y = b;
	if (x->seq != y->seq)
		return x->seq < y->seq ? -1 : 1;
	return x->n < y->n ? -1 : x->n > y->n;
}

/* Of a record that a disposal takes away just now: what is left of it stands in its own volume. */
static bool is_going(struct verify *v, const struct leaf_volume *volume, uint64_t seq)
{
	struct history_entry entry;
	history_entry(v->history, seq, &entry);
	return !v->entries[seq].has_note && entry.disposed_by && !verify_chain_completion(v, entry.disposed_by) &&
	       leaf_volume_compare(&entry.volume, volume) == 0;
}

static void report_unnamed(struct verify *v, const struct leaf_volume *volume, const struct verify_attachment *a)
{
	BUF_CLEANUP struct buf ref = BUF_INIT;
	if (a->seq >= v->judged && a->seq < v->count)
		return;
	if (a->seq < v->judged && is_going(v, volume, a->seq))
		return;
	if (a->seq >= v->count) {
		const struct verify_late late = { .volume = *volume, .seq = a->seq, .n = a->n };
		verify_late_add(v, &late);
		return;
	}
	volume_ref_name(volume, &ref);
	verify_fault(v, a->seq, VERDICT_BROKEN, "%s: attachments/%" PRIu64 "/%u: no record names it", buf_str(&ref), a->seq,
	             a->n);
}

static int judge_notes(struct verify *v, struct repo *repo, const struct leaf_volume *volume, struct contents *c,
                       struct err *e)
{
	struct verify_volume vol = { repo, volume, c->attachments, c->count };
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < c->notes_count; i++) {
		const struct verify_late late = { .volume = *volume, .commit = c->notes[i].commit };
		uint64_t seq;
		if (!verify_chain_find(v, &c->notes[i].commit, &seq))
			verify_late_add(v, &late);
		else if (seq < v->judged)
			rc = verify_note_judge(v, &vol, seq, &c->notes[i].blob, e);
	}
	for (size_t i = 0; !rc && i < c->count; i++)
		if (!c->attachments[i].is_named)
			report_unnamed(v, volume, &c->attachments[i]);
	return rc;
}

/* What was compared with no entry is looked at once more, by its bytes. */
static void note_seen(struct verify *v, const struct contents *c)
{
	uint64_t seq;
	v->seen = mem_grow(v->seen, v->seen_count + c->notes_count + c->count + 1, sizeof *v->seen);
	for (size_t i = 0; i < c->notes_count; i++)
		if (verify_chain_find(v, &c->notes[i].commit, &seq) && seq < v->judged)
			v->seen[v->seen_count++] = c->notes[i].blob;
	for (size_t i = 0; i < c->count; i++)
		if (c->attachments[i].is_named)
			v->seen[v->seen_count++] = c->attachments[i].blob;
}

/* Its message could carry anything else. What the volume holds is judged all the same. */
static int judge_form(struct verify *v, struct repo *repo, const struct verify_ref *ref, struct err *e)
{
	struct err why = ERR_INIT;
	BUF_CLEANUP struct buf name = BUF_INIT;
	int rc = volume_check(repo, &ref->volume, &ref->commit, v->origin, &why);
	if (rc && !verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	volume_ref_name(&ref->volume, &name);
	if (rc)
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: %s", buf_str(&name), why.text);
	return ERR_OK;
}

static int judge_volume(struct verify *v, struct repo *repo, const struct verify_ref *ref, struct err *e)
{
	struct contents c = { .notes = NULL };
	struct err why = ERR_INIT;
	BUF_CLEANUP struct buf name = BUF_INIT;
	int rc = volume_walk(repo, &ref->volume, &ref->commit, collect_blob, &c, &why);
	if (rc && verify_is_finding(rc)) {
		volume_ref_name(&ref->volume, &name);
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: %s", buf_str(&name), why.text);
		v->unread = mem_grow(v->unread, v->unread_count + 1, sizeof *v->unread);
		v->unread[v->unread_count++] = *ref;
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	if (c.count)
		qsort(c.attachments, c.count, sizeof *c.attachments, compare_attachments);
	if (!rc)
		rc = judge_notes(v, repo, &ref->volume, &c, e);
	note_seen(v, &c);
	free(c.notes);
	free(c.attachments);
	return rc;
}

static int judge_volumes(struct verify *v, struct repo *repo, const struct verify_ref *refs, size_t count,
                         struct err *e)
{
	int rc = ERR_OK;
	for (size_t i = 0; !rc && i < count; i++) {
		rc = judge_form(v, repo, &refs[i], e);
		if (!rc)
			rc = judge_volume(v, repo, &refs[i], e);
	}
	return rc;
}

static int judge_year(struct verify *v, const char *path, int year, struct err *e)
{
	MEM_CLEANUP char *name = mem_printf("volumes/%d.git", year);
	struct err why = ERR_INIT;
	struct verify_ref *refs = NULL;
	size_t count = 0;
	struct repo *repo = repo_open(path, true, &why);
	int rc = repo ? verify_refs_volumes(v, repo, year, &refs, &count, &why) : (int)why.code;
	if (rc && verify_is_finding(rc)) {
		verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: %s", name, why.text);
		v->closed[year] = true;
		rc = ERR_OK;
	} else if (rc) {
		*e = why;
	}
	v->seen_count = 0;
	if (!rc)
		rc = judge_volumes(v, repo, refs, count, e);
	if (!rc && repo)
		rc = verify_leftover_search(v, repo, name, e);
	if (!rc && repo)
		rc = verify_refs_head(v, name, repo, e);
	if (!rc && repo)
		rc = verify_refs_copies(v, name, repo, e);
	free(refs);
	repo_close(repo);
	return rc;
}

static bool read_year(const char *name, int *out)
{
	uint64_t year;
	if (strlen(name) != 8 || strcmp(name + 4, ".git") != 0)
		return false;
	if (!text_parse_u64(name, 4, DATE_YEAR_MAX, &year) || year < DATE_YEAR_MIN)
		return false;
	*out = (int)year;
	return true;
}

/* The repository of a new year is made under this name too, in no time. */
static bool stays(const char *dir, const char *name)
{
	const struct timespec pause = { .tv_sec = 1 };
	MEM_CLEANUP char *path = file_path(dir, name);
	nanosleep(&pause, NULL);
	return file_exists(path);
}

/* Of a year of which a disposal that is not completed names a record. */
static bool is_disposing(struct verify *v, int year)
{
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry h;
		if (!v->entries[seq].has_record || v->entries[seq].year != year)
			continue;
		history_entry(v->history, seq, &h);
		if (h.disposed_by && !verify_chain_completion(v, h.disposed_by))
			return true;
	}
	return false;
}

/* What a disposal builds of one of its years, or took out of its place, may be there while it runs, and nothing else
 * ever. It may be half made, or about to go: what can't be read of it is said. */
static int judge_next(struct verify *v, const char *dir, const char *name, int year, struct err *e)
{
	MEM_CLEANUP char *path = file_path(dir, name), *shown = mem_printf("volumes/%s", name);
	struct err why = ERR_INIT;
	if (!is_disposing(v, year)) {
		if (stays(dir, name))
			verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "%s: of no disposal that is under way", shown);
		return ERR_OK;
	}
	struct repo *repo = repo_open(path, true, &why);
	v->seen_count = 0;
	int rc = repo ? verify_leftover_search_next(v, repo, shown, &why) : (int)why.code;
	repo_close(repo);
	if (!rc || !stays(dir, name))
		return ERR_OK;
	if (!verify_is_finding(rc)) {
		*e = why;
		return rc;
	}
	verify_lower(v, VERDICT_INCOMPLETE);
	verify_remark(v, "%s: %s: what lies there is not known", shown, why.text);
	return ERR_OK;
}

static int judge_stray(struct verify *v, const char *dir, const char *name, struct err *e)
{
	int year;
	if (strncmp(name, ".next-", 6) == 0 && read_year(name + 6, &year))
		return judge_next(v, dir, name, year, e);
	verify_fault(v, VERIFY_NO_SEQ, VERDICT_BROKEN, "volumes: holds something else than repositories of calendar years");
	return ERR_OK;
}

static int judge_name(struct verify *v, const char *dir, const char *name, struct err *e)
{
	int year;
	if (strcmp(name, ".") == 0 || strcmp(name, "..") == 0)
		return ERR_OK;
	if (!read_year(name, &year))
		return judge_stray(v, dir, name, e);
	MEM_CLEANUP char *path = file_path(dir, name);
	return judge_year(v, path, year, e);
}

static int judge_years(struct verify *v, struct err *e)
{
	MEM_CLEANUP char *dir = file_path(v->path, "volumes");
	DIR *d = opendir(dir);
	const struct dirent *entry;
	int rc = ERR_OK;
	for (int year = 0; year <= DATE_YEAR_MAX; year++)
		v->years[year] = true;     /* a store holds every record that was not disposed of */
	if (!d)
		return errno == ENOENT ? ERR_OK : err_errno(e, errno, "%s", dir);
	errno = 0;
	while (!rc && (entry = readdir(d))) {
		rc = judge_name(v, dir, entry->d_name, e);
		errno = 0;
	}
	if (!rc && errno)
		rc = err_errno(e, errno, "%s", dir);
	closedir(d);
	return rc;
}

static int judge_store(struct verify *v, struct err *e)
{
	int rc = verify_leftover_begin(v, e);
	if (!rc)
		rc = judge_years(v, e);
	v->seen_count = 0;
	if (!rc)
		rc = verify_leftover_search(v, v->repo, "ledger.git", e);
	if (!rc) {
		verify_leftover_judge(v);
		verify_keyhome_judge(v);
	}
	return rc ? rc : verify_beside_remark(v, e);
}

static int judge_clone(struct verify *v, struct err *e)
{
	int rc = judge_volumes(v, v->repo, v->refs, v->refs_count, e);
	if (rc)
		return rc;
	verify_leftover_refs(v);
	return verify_leftover_remark(v, e);
}

struct tally {
	uint64_t absent, lost, overdue;
	uint64_t stopped;             /* history_stopped */
	uint64_t lacking, unasked;    /* records that it names: not here; not looked for */
};

static void judge_kept(struct verify *v, uint64_t seq, const struct history_entry *h, struct tally *t)
{
	struct verify_entry *entry = &v->entries[seq];
	bool is_held = h->state == HISTORY_HELD || (h->disposed_by && h->disposed_by == t->stopped);
	if (is_held && entry->state == VERDICT_PRESENT)
		entry->state = VERDICT_HELD;
	t->overdue += h->state == HISTORY_DUE || h->state == HISTORY_PROPOSED || h->state == HISTORY_APPROVED;
}

/* Of a volume that somebody wrote to: its records are not gone, but what they are can't be told. */
static bool is_unread(struct verify *v, uint64_t seq)
{
	struct leaf leaf;
	bool found = false;
	if (!v->unread_count || verify_note_leaf(v, seq, &leaf, NULL))
		return false;
	for (size_t i = 0; !found && i < v->unread_count; i++)
		found = leaf_volume_compare(&leaf.volume, &v->unread[i].volume) == 0;
	leaf_release(&leaf);
	return found;
}

/* A certificate alone takes nothing away: until it is completed, what it names may be here or not. */
static void judge_going(struct verify *v, uint64_t seq, uint64_t dispose, struct tally *t)
{
	struct verify_entry *entry = &v->entries[seq];
	bool is_asked = !v->o->ledger_only && v->years[entry->year];
	if (dispose == t->stopped) {
		t->lacking += is_asked;
		t->unasked += !is_asked;
		t->absent += !is_asked;
	}
	if (entry->state == VERDICT_PRESENT)
		entry->state = VERDICT_ABSENT;
}

static void judge_gone(struct verify *v, uint64_t seq, const struct history_entry *h, struct tally *t)
{
	struct verify_entry *entry = &v->entries[seq];
	bool is_asked = !v->o->ledger_only && v->years[entry->year];
	if (!h->disposed_by && !v->o->ledger_only && leaf_ranges_hold(v->o->lost, v->o->lost_count, seq)) {
		entry->state = VERDICT_MISSING;
		t->lost++;
		return;
	}
	if (!h->disposed_by && is_asked && is_unread(v, seq)) {
		verify_fault(v, seq, VERDICT_ALTERED, "its volume was written to by something else than the ledger");
		return;
	}
	if (!h->disposed_by && is_asked) {
		verify_fault(v, seq, VERDICT_MISSING, v->closed[entry->year]
		             ? N_("its record is not seen, since the repository of its year can't be read")
		             : N_("its record is not there and no disposal names it"));
		return;
	}
	t->absent += !h->disposed_by;
	if (entry->state == VERDICT_PRESENT)
		entry->state = h->disposed_by ? VERDICT_DISPOSED : VERDICT_ABSENT;
}

static void judge_records(struct verify *v, struct tally *t)
{
	for (uint64_t seq = 0; seq < v->judged; seq++) {
		struct history_entry h;
		if (!v->entries[seq].has_record)
			continue;
		history_entry(v->history, seq, &h);
		if (v->entries[seq].has_note)
			judge_kept(v, seq, &h, t);
		else if (h.disposed_by && !verify_chain_completion(v, h.disposed_by))
			judge_going(v, seq, h.disposed_by, t);
		else
			judge_gone(v, seq, &h, t);
	}
}

static void remark_records(struct verify *v, const struct tally *t)
{
	char day[DATE_LEN + 1];
	if (t->absent && !v->o->ledger_only) {
		verify_lower(v, VERDICT_INCOMPLETE);
		verify_remark(v, t->absent == 1
		              ? N_("%" PRIu64 " record is not here: git fetch --prune VOLUMES/YEAR.git "
		                   "'+refs/notes/volumes/YEAR/*:refs/notes/volumes/YEAR/*', of its year")
		              : N_("%" PRIu64 " records are not here: git fetch --prune VOLUMES/YEAR.git "
		                   "'+refs/notes/volumes/YEAR/*:refs/notes/volumes/YEAR/*', of each of their years"),
		              t->absent);
	}
	if (t->lost)
		verify_remark(v, t->lost == 1 ? N_("%" PRIu64 " record is not here, and is known to be lost")
		                              : N_("%" PRIu64 " records are not here, and are known to be lost"), t->lost);
	date_print(date_of_time(v->chain.time), day);
	if (t->overdue)
		verify_remark(v, t->overdue == 1
		              ? N_("%" PRIu64 " record may be disposed of as of the last entry (%s) and is still kept")
		              : N_("%" PRIu64 " records may be disposed of as of the last entry (%s) and are still kept"),
		              t->overdue, day);
}

/* A hold that was placed after the certificate stops it, as a year that has not come does, and keeps all that it names:
 * then nothing is lacking. What had been deleted before that is not brought back, and what somebody takes away since
 * looks the same. */
static void judge_disposals(struct verify *v, const struct tally *t)
{
	int year = date_year_of_time(v->chain.time);
	for (size_t i = 0; i < v->disposals_count; i++) {
		uint64_t hold, seq, dispose = v->disposals[i].dispose;
		bool is_stopped = dispose == t->stopped;
		if (v->disposals[i].disposed)
			continue;
		if ((!is_stopped || t->lacking) && !v->o->takes_unfinished)
			verify_lower(v, VERDICT_INCOMPLETE);
		if (is_stopped && t->lacking)
			verify_remark(v, t->lacking == 1
			              ? N_("%" PRIu64 " record of the certificate of entry %" PRIu64 ", which is stopped, is not "
			                   "here: whether it went before that can't be told from here")
			              : N_("%" PRIu64 " records of the certificate of entry %" PRIu64 ", which is stopped, are not "
			                   "here: whether they went before that can't be told from here"), t->lacking, dispose);
		else if (!t->unasked && history_holds_late(v->history, dispose, year, &hold, &seq))
			verify_remark(v, "entry %" PRIu64 " is kept by the hold of entry %" PRIu64 ", placed after the "
			              "certificate of entry %" PRIu64, seq, hold, dispose);
		verify_remark(v, "the disposal of entry %" PRIu64 " is not completed", dispose);
		if (is_stopped && history_early_waits(v->history, year))
			verify_remark(v, "what entry %" PRIu64 " names is due from %d-01-01 on, and the clock that said so was "
			              "wrong", dispose, history_early_waits(v->history, year));
	}
}

/* One that first came after a certificate never had what it names. */
static bool has_let_go(const struct verify *v, const struct history_copy *c)
{
	bool is = false;
	for (size_t i = 0; !is && i < v->disposals_count; i++)
		is = c->first < v->disposals[i].dispose && v->disposals[i].dispose <= c->seq;
	return is;
}

/* The ledger proves who recorded it, not what another machine did. */
static void remark_copies(struct verify *v)
{
	size_t count = 0;
	for (size_t i = 0; i < history_copies(v->history); i++) {
		const struct history_copy *c = history_copy(v->history, i);
		count += history_copy_stands(c, v->chain.time) && has_let_go(v, c);
	}
	if (count)
		verify_remark(v, count == 1
		              ? N_("%zu copy acknowledged disposals: that it carried them out is the word of who recorded it")
		              : N_("%zu copies acknowledged disposals: that they carried them out is the word of who recorded "
		                   "it"), count);
}

int verify_bodies_judge(struct verify *v, struct err *e)
{
	struct tally t = { .stopped = history_stopped(v->history, date_year_of_time(v->chain.time)) };
	int rc = ERR_OK;
	if (!v->judged)
		return ERR_OK;
	if (!v->o->ledger_only)
		rc = v->is_store ? judge_store(v, e) : judge_clone(v, e);
	if (!rc) {
		verify_persons_sort(v);
		rc = verify_persons_judge(v, e);
	}
	if (!rc)
		rc = verify_author_judge(v, e);
	if (rc)
		return rc;
	verify_repeats_judge(v);
	verify_late_judge(v);
	judge_records(v, &t);
	remark_records(v, &t);
	verify_loss_remark(v);
	judge_disposals(v, &t);
	remark_copies(v);
	return ERR_OK;
}
