/*
 * Front: the role that listens. Takes whole requests from the Unix socket, refuses what is not well-formed JSON or does
 * not fit the schema of its kind, and passes the rest to the keeper. It has no repository, no key and, once jailed, no
 * way to open a file.
 */
#ifndef FRONT_FRONT_H
#define FRONT_FRONT_H

/* argv: "front", most connections, most connections of one user. Descriptor 3 is the keeper, 4 the listening socket. */
int front_main(int argc, char **argv);

#endif
