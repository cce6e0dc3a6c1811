/* Life: an office that has lived for some years, what of it is due, and what stays. */
#ifndef FAULT_LIFE_H
#define FAULT_LIFE_H

#include "room.h"

#define LIFE_GONE 4
#define LIFE_KEPT 5

extern uint64_t life_gone[LIFE_GONE], life_kept[LIFE_KEPT];   /* of the year in which the store was made; also later */

void life_fill(void);                     /* two years: what is of the first is due then */
void life_to(int year);
void life_note_gone(void);                /* once they went from s, and are still in `kept`: by what they are found */

void life_expect_kept(void);
size_t life_count_gone(void);
void life_expect_absent(const char *folder, const struct hash *state); /* what went is nowhere below it */
void life_expect_next_record(void);

#endif
