/*
 * Errors: a closed list of codes, one table (err.c) that maps each code to its word, its exit status and its HTTP
 * status, and a struct that carries the text written by the function that saw the failure.
 *
 * A function that can fail returns an enum err_code as int (0 = success) and takes `struct err *e` last. It starts
 * pessimistic and assigns success once, last. Callers add at most one prefix (err_prefix).
 *
 * Three words: *refused* (input breaks a rule), *failed* (the environment), *bug* (our own assertion).
 */
#ifndef BASE_ERR_H
#define BASE_ERR_H

enum err_code {
	ERR_OK = 0,
	/* refused: what was asked breaks a rule */
	ERR_KIND,        /* unknown kind, unit, role or matter */
	ERR_SCHEMA,      /* the record does not fit the schema of its kind */
	ERR_UTF8,        /* not UTF-8, or characters that must not stand in a record */
	ERR_TOOBIG,      /* body, attachment, message or line over its limit */
	ERR_DUPLICATE,   /* a JSON member occurs twice */
	ERR_DEPTH,       /* JSON nested too deep */
	ERR_SYNTAX,      /* malformed JSON, INI, leaf, note, commit, signature */
	ERR_MEDIA,       /* wrong content type */
	ERR_HALF,        /* a request that never became whole, or a wrong method or version */
	ERR_RULE,        /* a rule of the rule book or of the ledger refuses it */
	ERR_CONFLICT,    /* a request id used again with other bytes; a plan that is no longer the same */
	ERR_CLOCK,       /* the clock can't be believed */
	ERR_GONE,        /* the record existed and was disposed of */
	ERR_REASON,      /* a rule allows it with a written reason only */
	/* failed: the environment */
	ERR_USAGE,       /* unknown command or option, missing argument */
	ERR_NOTFOUND,    /* no such entry, file or store */
	ERR_UNAVAILABLE, /* daemon or one of its roles not reachable */
	ERR_BUG,         /* our own assertion */
	ERR_READONLY,    /* the file system or the store takes no writes */
	ERR_FORMAT,      /* store or ledger of a newer format than this program */
	ERR_FULL,        /* no space left */
	ERR_IO,          /* any other failure of the system */
	ERR_BUSY,        /* locked by another process, or no answer in time */
	ERR_KEY,         /* key missing, unusable, or not the one that the ledger names */
	ERR_PERM,        /* the caller may not do this */
	ERR_CONFIG,      /* configuration or rule book is wrong */
	ERR_LEDGER,      /* the ledger does not hold what it must: see `daicho verify` */
	ERR_COUNT
};

#define ERR_TEXT_MAX 1024
#define ERR_NEXT_MAX 512

struct err {
	enum err_code code;
	char text[ERR_TEXT_MAX]; /* object: rule or reason. Never a secret, never personal data */
	char next[ERR_NEXT_MAX]; /* what the user can do next; empty: what err_next_text says of the code */
	/* The same in English for a log, "" where text and next are English: see err_log_text, err_log_next. */
	char log_text[ERR_TEXT_MAX];
	char log_next[ERR_NEXT_MAX];
};

#define ERR_INIT { .code = ERR_OK }

/* Formats are translated here into this thread's language (base/lang.h), not what stands in for %s: a caller gives that
 * as _("..."). */

/* Sets code and text, clears next; returns code. `e` may be NULL. Text that does not fit is cut. */
int err_set(struct err *e, enum err_code code, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* The same for a failed system call: picks ERR_FULL (ENOSPC, EDQUOT), ERR_READONLY (EROFS), ERR_PERM (EACCES, EPERM),
 * ERR_NOTFOUND (ENOENT) or ERR_IO, and appends the system's reason. `errnum` is the errno value. */
int err_errno(struct err *e, int errnum, const char *fmt, ...) __attribute__((format(printf, 3, 4)));

/* A sync that failed: always ERR_IO, whatever the reason, for nobody knows what is on the medium now. */
int err_sync(struct err *e, int errnum, const char *path);

/* Sets what to do next; returns e->code (ERR_BUG where e is NULL), so that `return err_next(e, ...)` reads well. */
int err_next(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* Puts "prefix: " before the text; returns e->code. */
int err_prefix(struct err *e, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

/* What is told to the user: `next`, or where that is empty what can be done about any error of this code, in this
 * thread's language. Never empty but of ERR_OK. */
const char *err_next_text(const struct err *e);

const char *err_log_text(const struct err *e); /* in English, whatever the language of the thread was */
const char *err_log_next(const struct err *e);

const char *err_word(enum err_code code);      /* "SCHEMA"; stable, never translated */
const char *err_meaning(enum err_code code);   /* one sentence, for manual and --help */
int err_exit(enum err_code code);              /* exit status of a command that ends with this code */
int err_http(enum err_code code);              /* HTTP status of an answer with this code */
enum err_code err_from_word(const char *word); /* ERR_BUG for an unknown word */

#endif
