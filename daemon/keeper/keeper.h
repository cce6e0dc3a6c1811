/* Keeper: the only writer of the store; starts and watches the other roles. Runs until SIGTERM. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

struct keeper_options {
	const char *store;
};

int keeper_main(const struct keeper_options *o);   /* returns an exit status */

#endif
