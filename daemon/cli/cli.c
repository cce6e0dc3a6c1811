#include "cli/cli.h"

#include <string.h>

#include "base/lang.h"
#include "cli/client.h"
#include "cli/usage.h"
#include "cli/verify_help.h"

const struct cli_command cli_commands[] = {
	{ "init", cmd_init, "init DIR [--origin NAME] [--key FPR [--passphrase FILE]] [--recovery-key FILE] "
	  "[--rulebook DIR] [--schemas DIR] [--archive DIR] [--appoint FILE [--appoint-unit UNIT]]",
	  N_("make a store; prints what an auditor must pin"),
	  N_("  --origin NAME        name of the ledger for ever (default: the folder's name)\n"
	  "  --key FPR            use this ed25519 key of your own key ring instead of making one\n"
	  "  --passphrase FILE    that of the key, one line, readable by you alone (default: gpg's agent asks)\n"
	  "  --recovery-key FILE  armored public key, kept offline, that may one day replace a lost ledger key\n"
	  "  --rulebook DIR       folder of the rule book (default: kumamoto-r6-120)\n"
	  "  --schemas DIR        folder of the schemas of its kinds\n"
	  "  --archive DIR        folder for archives, outside the store (default: DIR-archive)\n"
	  "  --appoint FILE       the first appointment, JSON (default: your login, as the rule book's first_role)\n"
	  "  --appoint-unit UNIT  its unit (default: the rule book's office)\n") },
	{ "add", cmd_add, "add KIND --unit UNIT [--FIELD VALUE ...] [--set FIELD=VALUE] [--file FILE] [--attach FILE] "
	  "[--as ROLE] [--sign FPR] [--corrects N] [--reason TEXT] [--request ID]",
	  N_("commit a record; answers when it is durable"),
	  N_("  --FIELD VALUE        a field of the kind (daicho kinds KIND); repeat it for a list\n"
	  "  --set FIELD=VALUE    the same, for a field that has the name of an option\n"
	  "  --file FILE          the fields as a JSON object; - is standard input\n"
	  "  --attach FILE        a scan or photo (jpg, png, pdf, txt); may be repeated\n"
	  "  --as ROLE            the role in which you act\n"
	  "  --sign FPR           sign the record with this key of your own key ring\n"
	  "  --corrects N         this record corrects record N (see daicho correct)\n"
	  "  --reason TEXT        why: of a correction, or of passing a rule that warns\n"
	  "  --request ID         32 hex digits: repeating the command with it never records twice\n") },
	{ "correct", cmd_correct, "correct N --reason TEXT [--FIELD VALUE ...] [--set FIELD=VALUE] "
	  "[--unset FIELD] [--file FILE] [--attach FILE] [--as ROLE] [--sign FPR] [--request ID]",
	  N_("correct record N by a new record; the old one stays, struck through"),
	  N_("  --reason TEXT        why, in one line\n"
	  "  --FIELD VALUE        what a field of the record should have been; the others stay\n"
	  "  --set FIELD=VALUE    the same, for a field that has the name of an option\n"
	  "  --unset FIELD        the record should not have this field; may be repeated\n"
	  "  --file FILE          fields as a JSON object; - is standard input\n"
	  "  --attach FILE        a scan or photo more; those of record N are taken over\n"
	  "  --as, --sign, --request  as for add\n") },
	{ "void", cmd_void, "void N --reason TEXT [--sign FPR]",
	  N_("take record N back as another person than who submitted it; it stays, struck through"),
	  N_("  --reason TEXT        why\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "loss", cmd_loss, "loss report --on TARGET ... --noticed DAY --what TEXT --cause TEXT --personal-data yes|no "
	  "[--persons N] [--restorable TEXT] [--reported-to TEXT --reported-on DAY] [--published yes|no] [--sign FPR] | "
	  "list",
	  N_("report records that were lost or destroyed by mistake; list the reports"),
	  N_("  --on TARGET ...      N, N-M or \"volume YEAR/KIND/UNIT\"\n"
	  "  --noticed DAY        when it was noticed\n"
	  "  --what, --cause      what is gone, and why\n"
	  "  --restorable TEXT    from where it can be made good\n"
	  "  --personal-data B    yes or no: it held personal data; --persons N of how many people\n"
	  "  --reported-to TEXT   to whom it was reported; --reported-on DAY when\n"
	  "  --published B        yes or no: it was made public\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "show", cmd_show, "show N [--attachment M --out FILE]",
	  N_("show a record, what it corrects or what corrects it, and its leaf"),
	  N_("  --attachment M       write attachment M\n  --out FILE           into this new file\n") },
	{ "list", cmd_list, "list [--kind K] [--unit U] [--year Y] [--since DAY] [--until DAY] [--text T] [--limit N] "
	  "[--after N] [--newest]",
	  N_("list records"),
	  N_("  --kind, --unit       only this kind, this unit\n  --year Y             only volumes of this year\n"
	  "  --since, --until     accepted from, to this day (2026-02-22, R8.2.22, ..., Japan)\n"
	  "  --text T             only records whose text holds T\n  --limit N            at most N (100)\n"
	  "  --after N            go on after record N\n  --newest             newest first\n") },
	{ "log", cmd_log, "log [--kind K] [--unit U] [--year Y] [--since DAY] [--until DAY] [--limit N] [--after N] "
	  "[--newest]",
	  N_("list all entries, administrative ones too"), N_("  as for list, without --text\n") },
	{ "due", cmd_due, "due [--unit U]", N_("list what the rule book asks for and has not got"),
	  N_("  --unit U             only of this unit\n") },
	{ "status", cmd_status, "status [--at DAY] [--unit U]",
	  N_("show the ledger that is served, and what stands in it"),
	  N_("  --at DAY             what stood on that day (YYYY-MM-DD, Japan)\n"
	  "  --unit U             only of this unit\n") },
	{ "volume", cmd_volume, "volume list [--at DAY] [--kind K] [--unit U] [--year Y] | show YEAR/KIND/UNIT [--at DAY]",
	  N_("the register of volumes: how long each is kept, what stays open, what is due"),
	  N_("  list                 all volumes, or those of a kind, a unit, a year\n"
	  "  show                 all that the register says of one, and its records\n"
	  "  --at DAY             as of that day: a day that is past, or one to come (2026-12-31, R8.12.31, ...)\n") },
	{ "kinds", cmd_kinds, "kinds [KIND]", N_("list the kinds of record, or the fields of one"), "" },
	{ "disposal", cmd_disposal, "disposal status | plan | propose --plan DIGEST [--sign FPR] | approve --plan DIGEST "
	  "--decision NUMBER --sign FPR | abort --plan DIGEST --reason TEXT [--sign FPR] | run --plan DIGEST "
	  "[--checkpoint FILE [--time-stamp FILE]] | receipt --plan DIGEST --receipt NUMBER --sign FPR | "
	  "register [--year Y]",
	  N_("the yearly run: what is due, and its disposal by several persons"),
	  N_("  status               where the run stands, what is waited for, what expired and is still here\n"
	  "  plan                 what is due today; deletes nothing\n"
	  "  propose, approve     different persons; who approves signs, as many as the rule book wants\n"
	  "  run                  archive, delete, prove; goes on where it was stopped\n"
	  "  receipt              what is transferred was received by who signs; then run goes on\n"
	  "  register             every disposal so far: what, by whom, its certificate, the copies left\n"
	  "  --plan DIGEST        the digest that `daicho disposal plan` printed\n"
	  "  --decision NUMBER    number of the outside decision\n"
	  "  --receipt NUMBER     number of the receiver's receipt\n"
	  "  --checkpoint FILE    of run: a checkpoint since the proposal, cosigned by witnesses of daicho.ini, or\n"
	  "                       stamped; it proves in the certificate that this was not early, whatever this\n"
	  "                       machine's clock says\n"
	  "  --time-stamp FILE    the reply of the authority that stamped it (RFC 3161)\n"
	  "  --year Y             only what was certified in this year\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "hold", cmd_hold, "hold place TARGET ... --basis B --reason TEXT [--decided DAY] [--sign FPR] | "
	  "release N --reason TEXT --sign FPR --motion FILE | list [--all]",
	  N_("keep records although they expired; let them go again"),
	  N_("  TARGET               N, \"matter N\", \"entries N-M\" or \"volume YEAR/KIND/UNIT\"\n"
	  "  --basis B            audit, suit, appeal, disclosure or duty\n"
	  "  --decided DAY        of an appeal or a disclosure that is decided: the hold ends a year after it\n"
	  "  release              two persons let hold N go: the first writes a motion, the other seconds it\n"
	  "  --motion FILE        a new file, for the other person\n"
	  "  list                 what is held and extended, why and until when; --all: what is past, too\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "extend", cmd_extend, "extend TARGET ... --years TOTAL --reason TEXT --decision NUMBER [--basis B] [--sign FPR]",
	  N_("keep records longer than their class says, for a period"),
	  N_("  TARGET               as for hold\n"
	  "  --years TOTAL        calendar years in all, from the base year on; the day follows from it\n"
	  "  --decision NUMBER    number of the decision\n"
	  "  --basis B            audit, suit, appeal, disclosure or duty\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "classify", cmd_classify, "classify KIND --years N --from creation|closing --clause TEXT --sign FPR "
	  "--motion FILE",
	  N_("give a class to a kind that has none, or a longer one, by two persons"),
	  N_("  --years N            calendar years, never fewer than the kind has\n"
	  "  --from               counted from the record's own year, or from the closing of its matters\n"
	  "  --clause TEXT        the clause that says so\n"
	  "  --motion FILE        a new file, for the other person\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "key", cmd_key, "key list | add USE [--key FPR] [--file FILE] --reason TEXT | retire FPR --reason TEXT | "
	  "revoke FPR --reason TEXT | rotate [USE] [--key FPR] [--recovery FPR [--homedir DIR]] --reason TEXT | "
	  "compromised FPR --since N [--recovery FPR [--homedir DIR]] --reason TEXT",
	  N_("the keys of the ledger: list, add, retire, revoke, rotate them, tell that one is in other hands"),
	  N_("  USE                  entry (of rotate the default), archive, checkpoint; of add recovery, too\n"
	  "  --key FPR            a signing key that stands in the key home; without it the daemon makes one\n"
	  "  --file FILE          of add recovery: its armored public key\n"
	  "  --since N            the first entry that the key may have signed in other hands\n"
	  "  --recovery FPR       the entry is signed with the offline recovery key, by your own gpg\n"
	  "  --homedir DIR        the key home that has it (default: your own)\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "clock", cmd_clock, "clock [status] | attest --entries N[-M] --counts YEAR --reason TEXT --sign FPR "
	  "--motion FILE",
	  N_("what the clock shows and whether it is believed; vouch for it by two persons"),
	  N_("  status               the day in words, the last entry, and which entries would have to be named\n"
	  "  attest               two persons say that the clock shows the right day: the first writes a motion, the\n"
	  "                       other seconds it on the same day\n"
	  "  --entries N[-M]      the last entry before a pause, or those that a wrong clock has dated\n"
	  "  --counts YEAR        the year in which they were made\n"
	  "  --reason TEXT        what happened to the clock\n"
	  "  --motion FILE        a new file, for the other person\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "second", cmd_second, "second FILE [--sign FPR]",
	  N_("show what another person moved, or second it"),
	  N_("  --sign FPR           second it, with this key of your own key ring\n") },
	{ "archive", cmd_archive, "archive list | verify [NAME|FILE ...] [--pin FILE] | show NAME|FILE [N] | "
	  "extract NAME|FILE --out FOLDER [N ...] | destroy NAME --decision TEXT --sign FPR --motion FILE",
	  N_("the archives of disposals: where they are, what is in them, and their end"),
	  N_("  list                 those of this store, and whether their files are there\n"
	  "  verify               offline; exit status is the verdict; without a name all of the store's folder\n"
	  "  show                 what is in one, or record N of it\n"
	  "  extract              into a new folder, all of it or records N\n"
	  "  destroy              by two persons: this one moves it, another seconds the motion (daicho second)\n"
	  "  --pin FILE           what `daicho init` printed (default for names: what the store's daicho.ini says)\n"
	  "  --out FOLDER         a folder that is not there yet\n"
	  "  --decision TEXT      the decision by which it is destroyed\n"
	  "  --sign FPR           sign with this key of your own key ring\n"
	  "  --motion FILE        write the motion into this new file\n"
	  "  --deadline S         give up after S seconds (3600)\n") },
	{ "rules", cmd_rules, "rules check FOLDER [--schemas DIR] | show [--at N] | diff [OLD] NEW [--schemas DIR] | "
	  "update FOLDER [--schemas DIR] [--sign FPR]",
	  N_("the rule book: what is wrong with one, what is in force, what differs, and its successor"),
	  N_("  check                each fault as file:line: [section] key: reason; exit status 0 if there is none; "
	  "offline\n"
	  "  show                 what is in force, or was at entry N (--at N)\n"
	  "  diff                 what the folder NEW changes in what is in force, or in the folder OLD\n"
	  "  update               bring the folder's rule book into force, as an appointed person\n"
	  "  --schemas DIR        folder of the schemas of its kinds (default: those installed)\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "mirror", cmd_mirror, "mirror add NAME URL [--volumes] [--key FPR] [--sign FPR] | list | "
	  "push [NAME] [--apply] [--sign FPR] | verify NAME [--pin FILE] | ack FILE [--sign FPR] | "
	  "remove NAME [--sign FPR] | prepare FOLDER --name NAME --pin FILE [--volumes] [--years Y-Y] | "
	  "apply FOLDER [--pin FILE] [--sign FPR] [--out FILE]",
	  N_("copies of the ledger elsewhere, and of its records where told"),
	  N_("  add                  writes [mirror NAME] into daicho.ini; makes the folder, or says what to run on "
	  "its machine\n"
	  "  push                 records first, then entries; all mirrors, or one\n"
	  "  verify               judges it by the pins, and says how far it is behind\n"
	  "  ack                  records that a mirror has carried out the disposals up to an entry\n"
	  "  remove               takes it out of daicho.ini; its records are no copy any more\n"
	  "  prepare              on the other machine: repositories with hooks that know the pins\n"
	  "  apply                on the other machine: carries out the disposals that its ledger certifies\n"
	  "  --volumes            records too, not entries alone\n"
	  "  --key FPR            by which its keeper signs acknowledgements\n"
	  "  --apply              carry out disposals in a folder that is reached from here, and record that\n"
	  "  --sign FPR           sign with this key of your own key ring\n"
	  "  --out FILE           write the acknowledgement there\n"
	  "  --years Y-Y          years whose repositories are made (this and the next)\n") },
	{ "witness", cmd_witness, "witness list | push [NAME] [--checkpoint FILE] [--out FILE]",
	  N_("have witnesses cosign the ledger's head: whoever cuts or rewrites it later is found out"),
	  N_("  push                 asks all witnesses of daicho.ini, or NAME, and keeps what they cosign in the store\n"
	  "  --checkpoint FILE    the signed checkpoint (default: the daemon signs one)\n"
	  "  --out FILE           write the cosigned checkpoint into this new file\n") },
	{ "timestamp", cmd_timestamp, "timestamp query CHECKPOINT --out FILE | verify CHECKPOINT --reply FILE --ca FILE "
	  "[--crl FILE] [--query FILE]",
	  N_("a time stamp (RFC 3161) of a checkpoint, by files: ask an authority for one, see what it says"),
	  N_("  --out FILE           of query: the new file that goes to the authority\n"
	  "  --reply FILE         of verify: what the authority answered\n"
	  "  --ca FILE            of verify: the certificates to which it has to lead, in PEM\n"
	  "  --crl FILE           of verify: the revocation lists that are asked of them, in PEM\n"
	  "  --query FILE         of verify: the query that it has to answer\n") },
	{ "backup", cmd_backup, "backup FOLDER --until DAY [--name NAME] [--with-keys] [--sign FPR]",
	  N_("a copy of the store while it is served, verified and known to the ledger until a day"),
	  N_("  --until DAY          the last day on which the backup is kept; certificates name it until then\n"
	  "  --name NAME          of the copy (default: backup- and the time)\n"
	  "  --with-keys          the ledger's secret keys too: who has the backup can then sign as the ledger\n"
	  "  --sign FPR           sign with this key of your own key ring\n") },
	{ "restore", cmd_restore, "restore BACKUP DIR (--ledger REPO | --head N) [--records COPY] [--keys FOLDER] "
	  "[--pin FILE]",
	  N_("make a store of a backup; later disposals are carried out before it is served"),
	  N_("  --ledger REPO        the newest copy of the ledger: its later entries are taken over\n"
	  "  --records COPY       a further copy from which the records are taken that the others lack\n"
	  "  --head N             the last entry of the backup, typed: you say that no later one was ever made\n"
	  "  --keys FOLDER        key home of the ledger, when the backup has none\n"
	  "  --pin FILE           what `daicho init` printed (default: the pins in the backup)\n") },
	{ "verify", cmd_verify, "verify " VERIFY_HELP_SYNOPSIS, VERIFY_HELP_SUMMARY, VERIFY_HELP_OPTIONS },
	{ "checkpoint", cmd_checkpoint, "checkpoint [--out FILE]",
	  N_("the ledger's head, signed: keep it elsewhere, and no later history can pass for this one"),
	  N_("  --out FILE           write it into this new file\n") },
	{ "prove", cmd_prove, "prove N [--with-record] [--checkpoint FILE] [--out FILE]",
	  N_("a proof of entry N that is checked with nothing else at hand (C2SP tlog-proof)"),
	  N_("  --with-record        put the record into it, with all that it says of persons\n"
	  "  --checkpoint FILE    the signed checkpoint to prove it by (default: the daemon signs one); then --store may\n"
	  "                       be a clone, and no daemon is asked\n"
	  "  --out FILE           write it into this new file\n") },
	{ "consistency", cmd_consistency, "consistency OLD [NEW] [--out FILE]",
	  N_("a proof that the ledger of one checkpoint goes on from that of another, as a witness is sent it"),
	  N_("  OLD                  the file of a signed checkpoint, or a number of entries (0: a first contact)\n"
	  "  NEW                  the file of a signed checkpoint (default: the daemon signs one)\n"
	  "  --out FILE           write it into this new file\n") },
	{ "export", cmd_export, "export tlog FOLDER [--checkpoint FILE]",
	  N_("all entries as files that tools of others read (C2SP tlog-tiles); no records"),
	  N_("  FOLDER               new, or of an earlier export, to which what is new is added\n"
	  "  --checkpoint FILE    as for prove\n") },
	{ "help", cmd_help, "help [COMMAND]", N_("this list, or the help of one command"), "" },
};
const unsigned cli_commands_count = sizeof cli_commands / sizeof *cli_commands;

const struct cli_command *cli_command(const char *name)
{
	for (unsigned i = 0; i < cli_commands_count; i++)
		if (strcmp(cli_commands[i].name, name) == 0)
			return &cli_commands[i];
	return NULL;
}

static int show_help(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	char *words[] = { (char *)"help", argc ? argv[0] : NULL, NULL };
	return cmd_help(c, argc ? 2 : 1, words, out_status, e);
}

static int run_command(struct context *c, int argc, char **argv, int *out_status, struct err *e)
{
	const struct cli_command *command = argc ? cli_command(argv[0]) : NULL;
	if (!command)
		return usage_refuse("daicho", e, argc ? N_("unknown command") : N_("which command?"));
	int rc = client_configure(c, e);
	return rc ? rc : command->run(c, argc, argv, out_status, e);
}

/* Of commands of two words those that judge say so themselves. */
static bool is_judging(int argc, char **argv)
{
	return argc && strcmp(argv[0], "verify") == 0;
}

const struct program cli_program = { "daicho", true, run_command, show_help, is_judging };
