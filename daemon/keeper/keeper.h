/* Keeper: the only writer of the store; starts and watches the other roles. Runs until SIGTERM. */
#ifndef KEEPER_KEEPER_H
#define KEEPER_KEEPER_H

struct keeper_options {
	const char *store;
	const char *accept_loss;    /* "3,7-12": entries whose record the operator says is lost; or NULL */
};

int keeper_main(const struct keeper_options *o);   /* returns an exit status */

#endif
