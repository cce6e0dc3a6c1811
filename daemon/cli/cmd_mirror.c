#include "cli/cmd_mirror.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "base/file.h"
#include "base/lang.h"
#include "base/mem.h"
#include "base/text.h"
#include "cli/cli.h"
#include "cli/days.h"
#include "cli/options.h"
#include "cli/output.h"
#include "cli/usage.h"
#include "foreign/repo.h"
#include "ledger/mirror.h"

int cmd_mirror_store(const struct context *c, struct store *out, struct err *e)
{
	if (!c->store)
		return usage_refuse("mirror", e, "--store: the store is wanted");
	return store_open(c->store, out, e);
}

int cmd_mirror_find(const struct store *s, const char *name, const struct store_mirror **out, struct err *e)
{
	*out = store_mirror(s, name);
	if (*out)
		return ERR_OK;
	err_set(e, ERR_NOTFOUND, "mirror %s: daicho.ini has none of this name", name);
	return err_next(e, "daicho mirror list; or make it: daicho mirror add NAME URL");
}

static int check_new(const struct cmd_mirror *o, struct err *e)
{
	if (!text_is_name(o->name, strlen(o->name)))
		return usage_refuse("mirror", e, "a name of a-z, 0-9 and hyphens is wanted, beginning with a letter");
	if (o->key && !leaf_is_fpr(o->key, strlen(o->key)))
		return usage_refuse("mirror", e, "--key: the full fingerprint, 40 upper-case hex digits, is wanted");
	if (!store_url_is_known(o->url))
		return usage_refuse("mirror", e, "an absolute path, file:///..., ssh://... or HOST:PATH is wanted");
	return ERR_OK;
}

static void print_added(const struct store *s, const struct store_mirror *m)
{
	const struct store_pins pins = mirror_pins(s);
	BUF_CLEANUP struct buf text = BUF_INIT;
	if (mirror_folder_of(m->url)) {
		fprintf(stderr, _("daicho: the mirror is made; next: daicho mirror push %s\n"), m->name);
		return;
	}
	fprintf(stderr, _("daicho: on its machine, with these lines in FILE:\n"
	                  "        daicho mirror prepare FOLDER --name %s --pin FILE%s\n"
	                  "        then here: daicho mirror push %s\n"), m->name, m->volumes ? " --volumes" : "", m->name);
	store_pins_print(&pins, &text);
	output_text(&text);
}

static int make(struct context *c, const struct store *s, const struct store_mirror *m, const char *sign, struct err *e)
{
	const char *folder = mirror_folder_of(m->url);
	struct mirror_folder made = { .volumes = m->volumes, .pins = mirror_pins(s) };
	strcpy(made.name, m->name);
	int rc = folder ? mirror_prepare(folder, &made, 0, 0, e) : ERR_OK;
	/* before the first record leaves; beside pins, which are printed for another machine, nothing else is */
	if (!rc && m->volumes)
		rc = cmd_mirror_announce(c, s, m->name, NULL, sign, !folder, e);
	if (rc)
		return rc;
	rc = store_mirror_add(s, m, e);
	struct err ignored = ERR_INIT;
	if (rc && m->volumes)
		cmd_mirror_withdraw(c, s, m->name, sign, true, &ignored);
	return rc;
}

static int add(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct store s;
	struct store_mirror m = { .url = (char *)o->url, .volumes = o->volumes };
	int rc = check_new(o, e);
	if (!rc)
		rc = cmd_mirror_store(c, &s, e);
	if (rc)
		return rc;
	strcpy(m.name, o->name);
	if (o->key)
		strcpy(m.key, o->key);
	rc = cmd_mirror_check_name(&s, m.name, e);
	if (!rc)
		rc = make(c, &s, &m, o->sign, e);
	if (!rc)
		print_added(&s, &m);
	store_release(&s);
	*out_status = 0;
	return rc;
}

/* What is reached from here says itself whether it is a copy still. */
static int check_gone(const struct store_mirror *m, struct err *e)
{
	const char *folder = mirror_folder_of(m->url);
	MEM_CLEANUP char *volumes = file_path(folder ? folder : "", "volumes");
	bool empty = true;
	int rc = folder && file_exists(volumes) ? file_is_empty_dir(volumes, &empty, e) : ERR_OK;
	if (rc || empty)
		return rc;
	err_set(e, ERR_CONFLICT, "mirror %s: %s still holds records", m->name, volumes);
	return err_next(e, "remove that folder first; while it is there certificates name the copy");
}

/* Of what is no mirror, as a backup, the ledger alone knows. */
static int withdraw(struct context *c, const struct store *s, const struct cmd_mirror *o, bool is_mirror, struct err *e)
{
	bool known = false;
	int rc = ack_is_known(s, o->name, &known, e);
	if (!rc && known)
		return cmd_mirror_withdraw(c, s, o->name, o->sign, false, e);
	if (rc || is_mirror)
		return rc;
	err_set(e, ERR_NOTFOUND, "copy %s: neither daicho.ini nor the ledger knows one of this name", o->name);
	return err_next(e, "daicho mirror list tells which there are");
}

/* Its records are no longer there: until yesterday it was a copy. What is elsewhere is removed by its keeper. */
static int take_out(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	struct store s = { .lock_fd = -1 };
	int rc = cmd_mirror_store(c, &s, e);
	const struct store_mirror *m = rc ? NULL : store_mirror(&s, o->name);
	if (!rc && m && m->volumes)
		rc = check_gone(m, e);
	if (!rc && (!m || m->volumes))
		rc = withdraw(c, &s, o, m != NULL, e);
	if (!rc && m)
		rc = store_mirror_remove(&s, o->name, e);
	store_release(&s);
	*out_status = 0;
	return rc;
}

/* What one acknowledges without a key rests on the word of who recorded it. */
static void add_copy(struct buf *out, const struct store *s, const struct days *days, const struct jdoc *copy)
{
	BUF_CLEANUP struct buf line = BUF_INIT, day = BUF_INIT;
	const char *name = jdoc_get_text(copy, "name"), *until = jdoc_get_text(copy, "until");
	const struct store_mirror *m = store_mirror(s, name);
	int64_t seq = 0, entry = 0;
	jdoc_get_integer(copy, "seq", &seq);
	jdoc_get_integer(copy, "entry", &entry);
	const char *worth = m && *m->key ? _("which asked for its keeper's signature")
	                                 : _("on the word of who recorded it");
	buf_printf(&line, _("holds records; disposals up to entry %" PRId64 " are carried out, by entry %" PRId64 ", %s"),
	           seq, entry, worth);
	if (until) {
		days_add(days, until, &day);
		buf_printf(&line, _("; kept until %s"), buf_str(&day));
	}
	output_row(out, name, buf_str(&line));
}

static struct jdoc *say_mirror(const struct store_mirror *m)
{
	struct jdoc *d = jdoc_object();
	jdoc_set_string(d, "name", m->name);
	jdoc_set_string(d, "url", m->url);
	jdoc_set_bool(d, "volumes", m->volumes);
	jdoc_set(d, "key", *m->key ? jdoc_string(m->key) : jdoc_null());
	return d;
}

static int list(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e)
{
	BUF_CLEANUP struct buf out = BUF_INIT;
	DAYS_CLEANUP struct days days = DAYS_INIT;
	struct jdoc *d = jdoc_object(), *all = jdoc_array();
	struct store s;
	(void)o;
	int rc = cmd_mirror_store(c, &s, e);
	if (!rc)
		days_open(c, &days);
	for (size_t i = 0; !rc && i < s.mirrors_count; i++) {
		const struct store_mirror *m = &s.mirrors[i];
		MEM_CLEANUP char *line = mem_printf("%s  %s", m->url, m->volumes ? _("entries and records") : _("entries"));
		output_row(&out, m->name, line);
		jdoc_append(all, say_mirror(m));
	}
	struct history *h = NULL;
	if (!rc)
		rc = ack_history(&s, &h, e);
	struct jdoc *copies = rc ? jdoc_array() : ack_say_copies(h);
	for (size_t i = 0; !rc && i < jdoc_size(copies); i++)
		add_copy(&out, &s, &days, jdoc_at(copies, i));
	jdoc_set_string(d, "format", "daicho.mirrors.v1");
	jdoc_set(d, "mirrors", all);
	jdoc_set(d, "copies", copies);
	history_free(h);
	if (!rc && c->json)
		output_json(d);
	else if (!rc)
		output_text(&out);
	jdoc_free(d);
	if (!rc)
		store_release(&s);
	*out_status = 0;
	return rc;
}

static const struct {
	const char *name;
	size_t least, most;                 /* arguments behind it */
	int (*run)(struct context *c, const struct cmd_mirror *o, int *out_status, struct err *e);
} subcommands[] = {
	{ "add", 2, 2, add }, { "list", 0, 0, list }, { "push", 0, 1, cmd_mirror_push },
	{ "verify", 1, 1, cmd_mirror_verify }, { "prepare", 1, 1, cmd_mirror_prepare },
	{ "apply", 1, 1, cmd_mirror_apply }, { "ack", 1, 1, cmd_mirror_ack }, { "remove", 1, 1, take_out },
};

int cmd_mirror(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	struct cmd_mirror o = { .name = NULL };
	const char *args[3] = { NULL }, *name = NULL;
	size_t n = 0;
	const struct options_spec specs[] = {
		{ "name", &name, NULL }, { "pin", &o.pin, NULL }, { "years", &o.years, NULL }, { "key", &o.key, NULL },
		{ "sign", &o.sign, NULL }, { "out", &o.out, NULL }, { "volumes", NULL, &o.volumes },
		{ "apply", NULL, &o.apply },
	};
	int rc = options_read("mirror", argc, argv, specs, sizeof specs / sizeof *specs, NULL, NULL, args, 3, &n, e);
	if (!rc)
		rc = repo_library_init(e);
	o.name = args[1];
	o.url = args[2];
	if (name) {                         /* of prepare: its argument is the folder */
		o.url = args[1];
		o.name = name;
	}
	MEM_CLEANUP char *absolute = o.url && name ? file_absolute(o.url) : NULL;
	if (absolute)
		o.url = absolute;
	for (size_t i = 0; !rc && n && i < sizeof subcommands / sizeof *subcommands; i++) {
		if (strcmp(subcommands[i].name, args[0]) != 0)
			continue;
		if (n - 1 < subcommands[i].least || n - 1 > subcommands[i].most)
			return usage_refuse("mirror", e, "%s: more or fewer arguments than it takes", subcommands[i].name);
		return subcommands[i].run(c, &o, out_status, e);
	}
	return rc ? rc : usage_refuse("mirror", e, "add, list, push, verify, prepare, apply, ack or remove is wanted");
}
