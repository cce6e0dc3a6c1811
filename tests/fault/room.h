/*
 * Room: the folder whose calls are counted, and the store in it, which is put back as it was before each point. Below
 * it: s (the store), s-archive, copies (where a case has some), tmp (TMPDIR), kept (the store as it is put back).
 */
#ifndef FAULT_ROOM_H
#define FAULT_ROOM_H

#include <stdint.h>

#include "../unit/ledger_office.h"

#define FILE_MOST ((size_t)1 << 26)

/* What a process under fault has been told; shared with it. */
struct told {
	bool is_done;                     /* what was tried came to its end */
	bool is_received;                 /* the receipt of a transfer stands */
	bool is_trimmed;                  /* the file system gave blocks back when nothing was left to be deleted */
	uint64_t added;                   /* number of the record that was acknowledged; 0 = none */
	int code;                         /* with which the first try failed, and what it said */
	char why[ERR_TEXT_MAX];
};

extern struct office *office;             /* of the room */
extern char *room;
extern int64_t room_clock;                /* what the clock shows at each point */
extern struct told *told;

void told_first_try(int code, const struct err *e);

/* With an office in it (office_under), whose ledger is open. In memory, unless it has to be on a disk. */
void room_make(const char *script, bool on_disk);
void room_remove(void);
void room_keep(void);                     /* as the store is now, closed, it is put back from here on */
void room_put_back(void);                 /* an agent serves the keys */
void room_put_back_without_agent(void);
void *room_share(size_t size);            /* zeroed, with all processes to come */

/* As a keeper opens it at its start, with a signer of its own; the keeper's children end with room_leave. */
int room_open_as_keeper(struct err *e);
int room_open_plainly(struct err *e);     /* the signer is this process */
void room_leave(void);                    /* but for the agent: to start it costs more than all the rest */

#endif
