#include "life.h"

#include <sys/stat.h>

#include "outcome.h"

uint64_t life_gone[LIFE_GONE], life_kept[LIFE_KEPT];

/* Of the notes and attachments that go: a line each. */
#define SALT_LINE ((size_t)2 * NOTE_SALT_LEN + 1)
static char *gone_salts;

void life_to(int year)
{
	int64_t to = date_to_time((struct date){ year, 1, 1 }) + OFFICE_DAY / 2;
	while (office->now < to) {
		office->now = office->now + 60 * OFFICE_DAY < to ? office->now + 60 * OFFICE_DAY : to;
		office_heartbeat(office);
	}
}

void life_fill(void)
{
	office_signers(office);
	life_gone[0] = office_slip(office, "first");
	life_gone[1] = office_add(office, "slip", "\"body\":{\"text\":\"with a scan\"},"
	                                          "\"attachments\":[{\"media\":\"text/plain\",\"data\":\"c2Nhbg==\"}]");
	life_gone[2] = office_add(office, "badge", "\"body\":{\"text\":\"A\"}");
	life_kept[0] = office_add(office, "badge", "\"body\":{\"text\":\"B\"}");
	MEM_CLEANUP char *end_of = mem_printf("\"body\":{\"badge_entry\":%llu}", (unsigned long long)life_gone[2]);
	life_gone[3] = office_add(office, "badge-end", end_of);
	life_kept[1] = office->taro;
	life_kept[2] = office->hanako;
	life_kept[3] = office->jiro;
	life_to(office->year + 2);
	life_kept[4] = office_slip(office, "of this year");
}

/* What one year had and has no more. */
void life_note_gone(void)
{
	office_do("cd %s; git --git-dir=kept/volumes/%d.git cat-file --batch-all-objects --batch-check | grep ' blob ' |"
	          " cut -d ' ' -f 1 | sort > before;"
	          " git --git-dir=s/volumes/%d.git cat-file --batch-all-objects --batch-check | grep ' blob ' |"
	          " cut -d ' ' -f 1 | sort > after;"
	          " comm -23 before after > gone-ids; git --git-dir=kept/volumes/%d.git cat-file --batch < gone-ids |"
	          " sed -n 's/^Salt: //p' > gone-salts", room, office->year, office->year, office->year);
	MEM_CLEANUP char *counts = office_sh("cd %s; echo $(wc -l < gone-ids) $(wc -l < gone-salts)", room);
	outcome_expect_same("ids and salts that go", counts, "5 5");
	MEM_CLEANUP char *salts = office_sh("cat %s/gone-salts", room);
	gone_salts = mem_printf("%s\n", salts);
	if (strlen(gone_salts) != 5 * SALT_LINE)
		fail_msg("not five salts: %s", gone_salts);
}

void life_expect_kept(void)
{
	for (size_t i = 0; i < LIFE_KEPT; i++)
		if (!outcome_has_note(life_kept[i]))
			fail_msg("record %llu is gone", (unsigned long long)life_kept[i]);
}

size_t life_count_gone(void)
{
	size_t n = 0;
	for (size_t i = 0; i < LIFE_GONE; i++)
		n += !outcome_has_note(life_gone[i]);
	return n;
}

/* Files of the folder itself, as the index. */
static void expect_no_salt(const char *folder)
{
	MEM_CLEANUP char *names = outcome_names(folder);
	char *rest = names, *name;
	struct stat st;
	while ((name = strsep(&rest, "\n")) && *name) {
		MEM_CLEANUP char *path = file_path(folder, name);
		BUF_CLEANUP struct buf bytes = BUF_INIT;
		struct err e = ERR_INIT;
		if (lstat(path, &st) < 0 || !S_ISREG(st.st_mode))
			continue;
		office_must(file_read(path, FILE_MOST, &bytes, &e), &e);
		for (const char *salt = gone_salts; *salt; salt += SALT_LINE)
			if (memmem(buf_str(&bytes), bytes.len, salt, SALT_LINE - 1))
				fail_msg("%s: holds the salt of a record that is gone", path);
	}
}

/* In none of the object databases, by git; and no salt in any other file. */
void life_expect_absent(const char *folder, const struct hash *state)
{
	expect_no_salt(folder);
	if (outcome_is_known(state, OUTCOME_ABSENT))
		return;
	MEM_CLEANUP char *found = office_sh(
		"cd %s; for r in ledger.git volumes/*.git; do git --git-dir=$r cat-file --batch-check < %s/gone-ids;"
		" done | grep -v ' missing$' || true; grep -rFl -f %s/gone-salts --exclude-dir=objects ledger.git volumes ||"
		" true", folder, room, room);
	outcome_expect_same("still there", found, "");
	outcome_learn(state, OUTCOME_ABSENT);
}

void life_expect_next_record(void)
{
	uint64_t seq = office_slip(office, "the next one");
	if (!outcome_has_note(seq))
		fail_msg("the next record, %llu, is not there", (unsigned long long)seq);
}
