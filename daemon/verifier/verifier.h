/* Verifier: answers one question about bytes of others, in a jail, and ends. */
#ifndef VERIFIER_VERIFIER_H
#define VERIFIER_VERIFIER_H

/* argv: "verifier", further read roots. Descriptor 3 is the keeper. Returns an exit status. */
int verifier_main(int argc, char **argv);

#endif
